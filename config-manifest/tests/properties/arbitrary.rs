//! Manifests that obey every rule.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::value::{Form, Scalar, Shape};
use bind_config_manifest::{Binding, EnumWords, Function, Generator, Manifest, Required, ValueType};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(crate) fn manifest() -> impl Strategy<Value = Manifest> {
    let head = (
        "[A-Za-z0-9_.-]{1,64}",
        prop::option::of("/(([a-z]{1,3}|\\{app\\}|\\{stage\\})/){0,3}"),
        prop::option::of((".{0,8}", prop::option::of(".{0,8}"))),
        prop::option::of(".{0,8}"),
        extensions(),
    );
    (
        head,
        bindings(),
        prop::option::of(prop::collection::btree_map("[A-Za-z0-9][A-Za-z0-9_.-]{0,8}", function(), 0..4)),
    )
        .prop_map(|((app, ssm_prefix, generator, schema, extensions), bindings, functions)| {
            let ids: Vec<String> = bindings.keys().cloned().collect();
            let mut manifest = Manifest::new(app);
            manifest.ssm_prefix = ssm_prefix.filter(|prefix| prefix != name::DEFAULT_SSM_PREFIX);
            manifest.generator = generator.map(|(name, source)| {
                let mut generator = Generator::new(name);
                generator.source = source;
                generator
            });
            manifest.functions = functions
                .map(|all| all.into_iter().map(|(name, parts)| (name.clone(), bound(&name, parts, &ids))).collect());
            (manifest.bindings, manifest.schema, manifest.extensions) = (bindings, schema, extensions);
            manifest
        })
}

fn bindings() -> impl Strategy<Value = BTreeMap<String, Binding>> {
    prop::collection::btree_map("[A-Za-z][A-Za-z0-9_-]{0,6}", binding(), 0..6).prop_map(|all| {
        let mut folded = BTreeSet::new();
        all.into_iter()
            .filter(|(id, _)| name::check_id(id).is_ok() && folded.insert(name::fold(id).into_owned()))
            .collect()
    })
}

fn binding() -> impl Strategy<Value = Binding> {
    let texts = (prop::option::of(".{0,20}"), prop::option::of(".{0,20}"));
    (any::<bool>(), typed(), required(), texts, any::<(bool, bool, bool)>(), extensions()).prop_map(
        |(secret, (ty, shape, sample), required, (docs, deprecated), (fallback, default, example), extensions)| {
            let sample = sample.filter(|sample| !sample.is_empty());
            let mut binding = Binding::new(if secret { Kind::Secret } else { Kind::Parameter });
            binding.ty = ty;
            binding.shape = shape;
            binding.required = required;
            binding.fallback = fallback || !secret;
            binding.default = sample.clone().filter(|_| default && !secret);
            binding.example = sample.filter(|_| example);
            (binding.docs, binding.deprecated, binding.extensions) = (docs, deprecated, extensions);
            binding
        },
    )
}

/// A type with a shape that it can have and, where there is one, a value of both.
fn typed() -> impl Strategy<Value = (ValueType, Shape<String>, Option<String>)> {
    let text = |scalar| {
        ("[a-z]{1,3}:[a-z]{0,3}", 0..3_u64, any::<bool>(), ".{0,9}").prop_map(move |(start, more, bounded, rest)| {
            let start = if scalar == Scalar::Json { String::new() } else { start };
            let length = start.chars().count() as u64;
            let shape = Shape {
                min_length: bounded.then_some(length),
                max_length: bounded.then_some(length + more + 2),
                starts_with: Some(start.clone()).filter(|start| !start.is_empty()),
                ..Shape::ANY
            };
            let sample = if scalar == Scalar::String && !bounded { start + &rest } else { start };
            (ValueType::Scalar(scalar), shape, Some(sample).filter(|_| scalar == Scalar::String))
        })
    };
    let integer = |scalar: Scalar| {
        let Form::Integer { min: least, max: most } = scalar.form() else { panic!("{scalar} is no whole number") };
        (least..=most, least..=most, any::<(bool, bool)>()).prop_map(move |(a, b, (min, max))| {
            let limit = |number: i128, set: bool| set.then(|| number.to_string());
            let shape = Shape { min: limit(a.min(b), min), max: limit(a.max(b), max), ..Shape::ANY };
            (ValueType::Scalar(scalar), shape, Some(a.to_string()))
        })
    };
    let float = prop::num::f64::NORMAL.prop_map(|n| {
        let limit = if n.fract() == 0.0 && n.abs() < 9e15 { format!("{n:.0}") } else { json!(n).to_string() };
        let shape = Shape { min: Some(limit.clone()), ..Shape::ANY };
        (ValueType::Scalar(Scalar::F64), shape, Some(limit))
    });
    let duration = (0..100_u64, 0..100_u64).prop_map(|(a, b)| {
        let shape = Shape { min: Some(format!("{a}s")), max: Some(format!("{a}s {b}ms")), ..Shape::ANY };
        (ValueType::Scalar(Scalar::Duration), shape, Some(format!("{a}s")))
    });
    let plain = prop_oneof![
        prop::collection::vec("[A-Za-z0-9][A-Za-z0-9_.-]{0,5}", 1..5).prop_filter_map("one variant each", |words| {
            EnumWords::new(words.clone()).ok().map(|all| (ValueType::Enum(all), words.last().cloned()))
        }),
        prop::sample::select(Scalar::ALL.to_vec()).prop_map(|scalar| (ValueType::List(scalar), Some("[]".to_owned()))),
        Just((ValueType::Scalar(Scalar::Bool), Some("true".to_owned()))),
    ];
    prop_oneof![
        prop::sample::select(vec![Scalar::String, Scalar::Url, Scalar::Json]).prop_flat_map(text),
        prop::sample::select(
            Scalar::ALL.into_iter().filter(|scalar| matches!(scalar.form(), Form::Integer { .. })).collect::<Vec<_>>()
        )
        .prop_flat_map(integer),
        float,
        duration,
        plain.prop_map(|(ty, sample)| (ty, Shape::ANY, sample)),
    ]
}

fn required() -> impl Strategy<Value = Required> {
    prop_oneof![
        Just(Required::Always),
        Just(Required::Never),
        prop::collection::btree_set("[A-Za-z][A-Za-z0-9-]{0,4}", 1..4).prop_map(Required::In),
    ]
}

type FunctionParts = (Vec<prop::sample::Index>, Option<String>, BTreeMap<String, Value>);

fn function() -> impl Strategy<Value = FunctionParts> {
    (prop::collection::vec(any::<prop::sample::Index>(), 0..4), prop::option::of("[A-Za-z0-9_-]{1,6}"), extensions())
}

fn bound(name: &str, (bind, bin, extensions): FunctionParts, ids: &[String]) -> Function {
    let bind = bind.iter().filter(|_| !ids.is_empty()).map(|index| index.get(ids).clone()).collect();
    let mut function = Function::default();
    (function.bind, function.bin, function.extensions) = (bind, bin.filter(|bin| bin != name), extensions);
    function
}

fn extensions() -> impl Strategy<Value = BTreeMap<String, Value>> {
    prop::collection::btree_map("x-.{0,4}", json_value(), 0..2)
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(".{0,3}", inner, 0..3).prop_map(|map| map.into_iter().collect()),
        ]
    })
}
