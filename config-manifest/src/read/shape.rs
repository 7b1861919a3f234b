//! The shape of a binding: which rules its type can have, and whether some value obeys them all.

use std::ops::Range;

use crate::json::{Member, Node};
use crate::manifest::ValueType;
use crate::mistake::Mistakes;
use crate::value::{self, Form, Rules, Scalar, Shape};
use crate::wire::{self, text};
use crate::write;

/// Reads a shape. `None` where it has a mistake.
pub(super) fn read<'a>(
    member: Member<'a>,
    ty: &ValueType,
    secret: bool,
    mistakes: &mut Mistakes,
) -> Option<Shape<String>> {
    let before = mistakes.count();
    let wire: wire::Shape<'a> = wire::read(member.value, "`shape`", member.key.span(), mistakes)?;
    let (rules, scalar) = match *ty {
        ValueType::Scalar(scalar) => (scalar.rules(), Some(scalar)),
        ValueType::Enum(_) | ValueType::List(_) => (Rules::None, None),
    };
    let limits = scalar.filter(|_| matches!(rules, Rules::Limits | Rules::LimitsAsText));
    for rule in [wire.starts_with, wire.min_length, wire.max_length].into_iter().flatten() {
        if rules != Rules::OfText {
            not_for(ty, rule, &[Rules::OfText], mistakes);
        }
    }
    for rule in [wire.min, wire.max].into_iter().flatten() {
        if limits.is_none() {
            not_for(ty, rule, &[Rules::Limits, Rules::LimitsAsText], mistakes);
        }
    }
    let mut limit = |member: Option<Member<'_>>| {
        member.zip(limits).and_then(|(member, scalar)| read_limit(member, scalar, mistakes))
    };
    let (min, max) = (limit(wire.min), limit(wire.max));
    // What is not for the type has been said.
    let of_text = |member: Option<Member<'a>>| member.filter(|_| rules == Rules::OfText);
    let mut length = |member: Option<Member<'a>>| of_text(member).and_then(|member| read_length(member, mistakes));
    let (min_length, max_length) = (length(wire.min_length), length(wire.max_length));
    let starts_with = of_text(wire.starts_with).and_then(|start| text(start.value, "`starts_with`", mistakes));
    let shape = Shape { starts_with: starts_with.map(Into::into), min_length, max_length, min, max };
    if mistakes.count() == before
        && let Some((at, why)) = unsatisfiable(&wire, &shape, ty, secret)
    {
        mistakes.add(at, || format!("no value can have this shape: {why}"));
    }
    (mistakes.count() == before).then_some(shape)
}

/// A rule that only types with some of these can have.
fn not_for(ty: &ValueType, rule: Member<'_>, only: &[Rules], mistakes: &mut Mistakes) {
    let what = match ty {
        ValueType::Scalar(scalar) => format!("`{scalar}`"),
        ValueType::Enum(_) => "an enum".to_owned(),
        ValueType::List(_) => "a list".to_owned(),
    };
    mistakes.add(rule.key.span(), || {
        let rule = rule.key.text().unwrap_or_default();
        let able = Scalar::ALL.into_iter().filter(|scalar| only.contains(&scalar.rules()));
        let mut types: Vec<String> =
            able.map(|scalar| if scalar.is_number() { "numbers".to_owned() } else { format!("`{scalar}`") }).collect();
        types.dedup();
        let (last, others) = types.split_last().expect("some type has every rule");
        format!("`{rule}` is for {} and {last}, not for {what}", others.join(", "))
    });
}

fn read_limit(member: Member<'_>, scalar: Scalar, mistakes: &mut Mistakes) -> Option<String> {
    let is_text = scalar.rules() == Rules::LimitsAsText;
    let text = if is_text { member.value.text().ok() } else { member.value.number().map(Into::into) };
    let limit = text.and_then(|text| canonical(scalar, &text));
    if limit.is_none() {
        mistakes.add(member.value.span(), || {
            let key = member.key.text().unwrap_or_default();
            let form = if is_text { " in quotes" } else { ", without quotes" };
            format!("`{key}` must be {}{form}", scalar.expected())
        });
    }
    limit
}

/// The one spelling of a limit: `1e2` and `100.0` are `100`.
fn canonical(scalar: Scalar, text: &str) -> Option<String> {
    scalar.check(text).ok()?;
    match scalar.form() {
        Form::Integer { .. } => value::integer::<i128>(text).map(|number| number.to_string()),
        Form::Float => value::float(text).and_then(write::number).map(|number| number.to_string()),
        Form::Text | Form::Bool | Form::Url | Form::Duration | Form::Json => Some(text.to_owned()),
    }
}

fn read_length(member: Member<'_>, mistakes: &mut Mistakes) -> Option<u64> {
    let length = member.value.number().and_then(value::integer::<u64>);
    if length.is_none() {
        mistakes.add(member.value.span(), || {
            let key = member.key.text().unwrap_or_default();
            format!("`{key}` must be a whole number of characters, from 0")
        });
    }
    length
}

/// Why no value has the shape, and the later of the rules that contradict each other.
fn unsatisfiable(
    wire: &wire::Shape<'_>,
    shape: &Shape<String>,
    ty: &ValueType,
    secret: bool,
) -> Option<(Range<usize>, &'static str)> {
    let ValueType::Scalar(scalar) = *ty else { return None };
    let at = |members: &[Option<Member<'_>>]| {
        members.iter().flatten().map(|member| member.value).max_by_key(|node| node.start()).map(Node::span)
    };
    let check = |contradiction: bool, members: &[Option<Member<'_>>], why| {
        at(members).filter(|_| contradiction).map(|at| (at, why))
    };
    let wire::Shape { starts_with, min_length, max_length, min, max } = *wire;
    let start = shape.starts_with.as_deref().unwrap_or_default();
    let start_length = start.chars().count() as u64;
    let limits_cross =
        shape.min.as_deref().zip(shape.max.as_deref()).is_some_and(|(min, max)| value::is_less(scalar, max, min));
    let lengths_cross = shape.min_length.zip(shape.max_length).is_some_and(|(min, max)| max < min);
    let least = match scalar.form() {
        Form::Text => u64::from(secret),
        Form::Bool | Form::Integer { .. } | Form::Float | Form::Duration | Form::Json => 1,
        // A scheme and its colon.
        Form::Url => 2,
    };
    check(limits_cross, &[min, max], "`min` is above `max`")
        .or_else(|| check(lengths_cross, &[min_length, max_length], "`min_length` is above `max_length`"))
        .or_else(|| {
            let longer = shape.max_length.is_some_and(|most| most < start_length);
            check(longer, &[starts_with, max_length], "`starts_with` has more characters than `max_length`")
        })
        .or_else(|| {
            let too_short = shape.max_length.is_some_and(|most| most < least);
            check(too_short, &[max_length], "`max_length` is less than any value of this kind and type has")
        })
        .or_else(|| check(!can_start(scalar, start), &[starts_with], "no value of this type starts so"))
}

fn can_start(scalar: Scalar, start: &str) -> bool {
    let Some(first) = start.trim_start().chars().next() else { return true };
    match scalar.form() {
        Form::Url => first.is_ascii_alphabetic(),
        Form::Json => matches!(first, '{' | '[' | '"' | '-' | '0'..='9' | 't' | 'f' | 'n'),
        Form::Text | Form::Bool | Form::Integer { .. } | Form::Float | Form::Duration => true,
    }
}
