//! Writing a manifest: the same bytes for the same bindings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value, json};

use crate::manifest::{Binding, Function, Manifest, Required, ValueType};
use crate::name::DEFAULT_SSM_PREFIX;
use crate::value::{self, Form, Scalar, Shape};

impl Manifest {
    /// The file's text: keys sorted, what equals its default left out, two spaces, LF, a newline at the end, and the
    /// fingerprints.
    pub fn to_json(&self) -> String {
        let mut root = Fields::from(&self.extensions);
        root.set("format", Some("bind-manifest"));
        root.set("version", Some(1));
        root.set("$schema", self.schema.as_deref());
        root.set("app", Some(&*self.app));
        root.set("ssm_prefix", self.ssm_prefix.as_deref().filter(|prefix| *prefix != DEFAULT_SSM_PREFIX));
        root.set(
            "generator",
            self.generator.as_ref().map(|generator| {
                let mut fields = Fields::default();
                fields.set("name", Some(&*generator.name));
                fields.set("source", generator.source.as_deref());
                fields.into_value()
            }),
        );
        root.set("bindings", Some(object(&self.bindings, |_, binding| binding_fields(binding))));
        root.set(
            "functions",
            self.functions.as_ref().map(|all| object(all, |name, function| self.function_fields(name, function))),
        );
        root.set("fingerprint", Some(self.fingerprint()));
        let mut text = format!("{:#}", root.into_value());
        text.push('\n');
        text
    }

    fn function_fields(&self, name: &str, function: &Function) -> Fields {
        let Function { bind, bin, extensions } = function;
        let mut fields = Fields::from(extensions);
        fields.set("bind", some_set(bind));
        fields.set("bin", bin.as_deref().filter(|bin| *bin != name));
        fields.set("fingerprint", self.function_fingerprint(name));
        fields
    }
}

impl ValueType {
    /// As a manifest names it: `"u64"`, `{ "enum": ["debug", "info"] }`, `{ "list": "u16" }`.
    pub fn to_json(&self) -> Value {
        match self {
            ValueType::Scalar(scalar) => json!(scalar.as_str()),
            ValueType::Enum(words) => json!({ "enum": words.words() }),
            ValueType::List(scalar) => json!({ "list": scalar.as_str() }),
        }
    }
}

fn binding_fields(binding: &Binding) -> Fields {
    // Whole, so that a key that is read cannot be forgotten here.
    let Binding { kind, ty, required, shape, fallback, docs, deprecated, default, example, extensions } = binding;
    let mut fields = Fields::from(extensions);
    fields.set("kind", Some(kind.as_str()));
    fields.set("type", Some(ty.to_json()).filter(|_| *ty != ValueType::Scalar(Scalar::String)));
    fields.set(
        "required",
        match required {
            Required::Always => None,
            Required::Never => Some(json!(false)),
            Required::In(stages) => Some(json!(stages)),
        },
    );
    fields.set("shape", Some(shape_fields(&binding.shape, &binding.ty).into_value()).filter(|_| !shape.is_any()));
    fields.set("fallback", Some(false).filter(|_| !*fallback));
    fields.set("docs", docs.as_deref());
    fields.set("deprecated", deprecated.as_deref());
    fields.set("default", default.as_deref());
    fields.set("example", example.as_deref());
    fields
}

fn shape_fields(shape: &Shape<String>, ty: &ValueType) -> Fields {
    let Shape { starts_with, min_length, max_length, min, max } = shape;
    let limit = |text: &Option<String>| text.as_deref().map(|text| limit(ty, text));
    let mut fields = Fields::default();
    fields.set("starts_with", starts_with.as_deref());
    fields.set("min_length", *min_length);
    fields.set("max_length", *max_length);
    fields.set("min", limit(min));
    fields.set("max", limit(max));
    fields
}

/// A number for numbers; text for durations, and for what is not of the type (which reading refuses).
fn limit(ty: &ValueType, text: &str) -> Value {
    let whole =
        || value::integer::<u64>(text).map(Number::from).or_else(|| value::integer::<i64>(text).map(Number::from));
    let number = match ty {
        ValueType::Scalar(scalar) => match scalar.form() {
            Form::Float => value::float(text).and_then(number),
            Form::Integer { .. } => whole(),
            Form::Text | Form::Bool | Form::Url | Form::Duration | Form::Json => None,
        },
        ValueType::Enum(_) | ValueType::List(_) => None,
    };
    number.map_or_else(|| text.into(), Value::Number)
}

/// `1`, not `1.0`, where that is the same number.
pub(crate) fn number(n: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and smaller than 2^53")]
    if n.fract() == 0.0 && n.abs() < EXACT { Some(Number::from(n as i64)) } else { Number::from_f64(n) }
}

fn some_set(set: &BTreeSet<String>) -> Option<Value> {
    Some(json!(set)).filter(|_| !set.is_empty())
}

fn object<T>(all: &BTreeMap<String, T>, fields: impl Fn(&str, &T) -> Fields) -> Value {
    Value::Object(all.iter().map(|(name, one)| (name.clone(), fields(name, one).into_value())).collect())
}

/// The keys of one object, sorted.
#[derive(Default)]
struct Fields(BTreeMap<String, Value>);

impl Fields {
    fn from(extensions: &BTreeMap<String, Value>) -> Fields {
        Fields(extensions.iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
    }

    fn set(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
    }

    fn into_value(self) -> Value {
        Value::Object(self.0.into_iter().collect())
    }
}

/// Any crate of a build may turn on `serde_json`'s `preserve_order`: sorted here, the keys are sorted either way.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            Value::Object(keys.into_iter().map(|key| (key.clone(), sorted(&map[key]))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_equals_its_default_is_left_out_and_the_rest_is_sorted() {
        let text = r#"{ "version": 1, "format": "bind-manifest", "x-b": {"b": 1, "a": 2}, "app": "orders",
            "ssm_prefix": "/sst/{app}/{stage}/",
            "bindings": { "B": { "kind": "parameter", "type": "f64", "shape": { "min": 1e2, "max": 0.25e3 } },
                          "A": { "kind": "secret", "type": "string", "required": ["prod", "dev"], "fallback": true, "shape": {} } },
            "functions": { "api": { "bin": "api", "bind": ["B", "A"] }, "idle": { "bind": [] } } }"#;
        let written = Manifest::parse(text.as_bytes()).unwrap().to_json();
        assert_eq!(
            written,
            r#"{
  "app": "orders",
  "bindings": {
    "A": {
      "kind": "secret",
      "required": [
        "dev",
        "prod"
      ]
    },
    "B": {
      "kind": "parameter",
      "shape": {
        "max": 250,
        "min": 100
      },
      "type": "f64"
    }
  },
  "fingerprint": "fdf5f3d1a917ae2a3c2c04276e87c94a",
  "format": "bind-manifest",
  "functions": {
    "api": {
      "bind": [
        "A",
        "B"
      ],
      "fingerprint": "fdf5f3d1a917ae2a3c2c04276e87c94a"
    },
    "idle": {
      "fingerprint": "b04fcdda6eebe4e966ed0cc53b6c473e"
    }
  },
  "version": 1,
  "x-b": {
    "a": 2,
    "b": 1
  }
}
"#
        );
    }

    #[test]
    fn a_whole_number_is_written_without_a_point() {
        let number = |n| number(n).unwrap().to_string();
        assert_eq!(number(100.0), "100");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(0.1), "0.1");
        assert_eq!(number(9_007_199_254_740_991.0), "9007199254740991");
        assert_eq!(number(1e300), "1e+300");
    }
}
