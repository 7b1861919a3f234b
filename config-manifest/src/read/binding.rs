//! One binding.

use std::collections::BTreeSet;

use super::{extension, shape, value_type};
use crate::json::{Member, Node};
use crate::manifest::{Binding, Required, ValueType};
use crate::mistake::Mistakes;
use crate::name::{self, Kind};
use crate::spelling::{did_you_mean, is_short_identifier, quoted};
use crate::value::{Scalar, Shape};
use crate::wire::{self, text};

/// Reads a binding. `None` where it has a mistake.
pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Binding> {
    let before = mistakes.count();
    let wire: wire::Binding<'_> = wire::read(member.value, "a binding", member.key.span(), mistakes)?;
    let kind = wire.kind.and_then(|kind| read_kind(kind.value, mistakes));
    let ty = match wire.ty {
        Some(ty) => value_type::read(ty.value, mistakes),
        None => Some(ValueType::Scalar(Scalar::String)),
    };
    let required = wire.required.map_or(Some(Required::Always), |required| read_required(required.value, mistakes));
    let shape = match (wire.shape, &ty) {
        (None, _) => Some(Shape::ANY),
        (Some(shape), Some(ty)) => shape::read(shape, ty, kind == Some(Kind::Secret), mistakes),
        (Some(_), None) => None,
    };
    let fallback = wire.fallback.map_or(Some(true), |fallback| read_fallback(fallback, kind, mistakes));
    let docs = wire.docs.and_then(|docs| text(docs.value, "`docs`", mistakes));
    let deprecated =
        wire.deprecated.and_then(|deprecated| text(deprecated.value, "`deprecated` (what to use instead)", mistakes));
    let default = wire.default.and_then(|default| read_default(default, kind, mistakes));
    let example = wire.example.and_then(|example| sample(example, mistakes));
    let extensions = extension::read_all(wire.extensions, mistakes);

    let kind = kind?;
    let mut binding = Binding {
        kind,
        ty: ty?,
        required: required?,
        shape: shape?,
        fallback: fallback?,
        docs: docs.map(Into::into),
        deprecated: deprecated.map(Into::into),
        default: None,
        example: None,
        extensions,
    };
    binding.default =
        wire.default.zip(default).and_then(|(at, value)| fitting(&binding, "default", at, value, mistakes));
    binding.example =
        wire.example.zip(example).and_then(|(at, value)| fitting(&binding, "example", at, value, mistakes));
    (mistakes.count() == before).then_some(binding)
}

fn read_kind(node: Node<'_>, mistakes: &mut Mistakes) -> Option<Kind> {
    let spelled = text(node, "`kind`", mistakes)?;
    let kind = [Kind::Secret, Kind::Parameter].into_iter().find(|kind| kind.as_str() == spelled);
    if kind.is_none() {
        mistakes.add(node.span(), || {
            if !is_short_identifier(&spelled) {
                return "unknown kind: it is `secret` or `parameter`".to_owned();
            }
            let hint = did_you_mean(if spelled == "param" { "parameter" } else { &spelled }, ["secret", "parameter"]);
            let hint = if hint.is_empty() { ": it is `secret` or `parameter`".to_owned() } else { hint };
            format!("unknown kind {}{hint}", quoted(&spelled))
        });
    }
    kind
}

fn read_required(node: Node<'_>, mistakes: &mut Mistakes) -> Option<Required> {
    if let Some(always) = node.boolean() {
        return Some(if always { Required::Always } else { Required::Never });
    }
    let Some(items) = node.items() else {
        mistakes.add(node.span(), || "`required` must be `true`, `false` or a list of stages".to_owned());
        return None;
    };
    if items.is_empty() {
        mistakes.add(node.span(), || "`required` names no stage: write `false`, or name one".to_owned());
        return None;
    }
    let before = mistakes.count();
    let mut stages = BTreeSet::new();
    for item in items {
        let Some(stage) = text(item, "a stage in `required`", mistakes) else { continue };
        if !name::is_stage(&stage) {
            mistakes.add(item.span(), || "stages are a letter, then letters, digits and `-`".to_owned());
        } else if !stages.insert(stage.into_owned()) {
            mistakes.add(item.span(), || "this stage stands in `required` for the second time".to_owned());
        }
    }
    (mistakes.count() == before).then_some(Required::In(stages))
}

fn read_fallback(member: Member<'_>, kind: Option<Kind>, mistakes: &mut Mistakes) -> Option<bool> {
    if kind == Some(Kind::Parameter) {
        mistakes.add(member.key.span(), || "only a secret has a `fallback`".to_owned());
        return None;
    }
    let fallback = member.value.boolean();
    if fallback.is_none() {
        mistakes.add(member.value.span(), || "`fallback` must be `true` or `false`".to_owned());
    }
    fallback
}

fn read_default(member: Member<'_>, kind: Option<Kind>, mistakes: &mut Mistakes) -> Option<String> {
    if kind == Some(Kind::Secret) {
        mistakes.add(member.key.span(), || {
            "a secret has no `default`: remove it, and if it is a real one, change it; secrets are set with `bind-config secrets set`"
                .to_owned()
        });
        return None;
    }
    sample(member, mistakes)
}

/// The text of `default` or `example`. The message does not say what stands there instead.
fn sample(member: Member<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let key = member.key.text().unwrap_or_default();
    let what = format!("{} (the text form of the value, in quotes)", quoted(&key));
    text(member.value, &what, mistakes).map(Into::into)
}

/// The value, if it is of the binding's type and shape.
fn fitting(binding: &Binding, key: &str, at: Member<'_>, value: String, mistakes: &mut Mistakes) -> Option<String> {
    if binding.kind == Kind::Secret && value.is_empty() {
        mistakes.add(at.value.span(), || format!("`{key}` is empty, which a secret never is"));
        return None;
    }
    match binding.check(&value) {
        Ok(()) => Some(value),
        Err(misfit) => {
            mistakes.add(at.value.span(), || format!("`{key}` {misfit}"));
            None
        }
    }
}
