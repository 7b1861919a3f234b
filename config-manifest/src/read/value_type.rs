//! The type of a binding.

use crate::json::Node;
use crate::manifest::ValueType;
use crate::mistake::Mistakes;
use crate::spelling::{did_you_mean, is_short_identifier, quoted};
use crate::value::Scalar;
use crate::wire::{self, text};
use crate::words::EnumWords;

/// Reads `"u64"`, `{ "enum": [words] }` or `{ "list": "u64" }`.
pub(super) fn read(node: Node<'_>, mistakes: &mut Mistakes) -> Option<ValueType> {
    if node.raw().starts_with('"') {
        return scalar(node, mistakes).map(ValueType::Scalar);
    }
    let Some(members) = node.members() else {
        mistakes.add(node.span(), || format!("`type` must be {FORMS}"));
        return None;
    };
    let has = |key: &str| members.iter().any(|member| member.key.text().is_ok_and(|text| text == key));
    match (has("enum"), has("list")) {
        (true, false) => {
            let ty: wire::EnumType<'_> = wire::read(node, "`type`", node.span(), mistakes)?;
            words(ty.words?.value, mistakes).map(ValueType::Enum)
        }
        (false, true) => {
            let ty: wire::ListType<'_> = wire::read(node, "`type`", node.span(), mistakes)?;
            element(ty.element?.value, mistakes).map(ValueType::List)
        }
        _ => {
            mistakes.add(node.span(), || format!("`type` must be {FORMS}"));
            None
        }
    }
}

fn scalar(node: Node<'_>, mistakes: &mut Mistakes) -> Option<Scalar> {
    let name = text(node, "`type`", mistakes)?;
    let scalar = Scalar::from_name(&name);
    if scalar.is_none() {
        mistakes.add(node.span(), || unknown(&name));
    }
    scalar
}

/// What stands where a type is expected may be a pasted secret: it is printed only if it looks like a type.
fn unknown(name: &str) -> String {
    let all = Scalar::ALL.map(Scalar::as_str);
    if !is_short_identifier(name) {
        return format!("unknown type: types are `{}`", all.join("`, `"));
    }
    let lower = name.to_ascii_lowercase();
    let hint = match OTHER_NAMES.iter().find(|(other, _)| *other == lower) {
        Some((_, ours)) => format!(": did you mean `{ours}`?"),
        None => did_you_mean(name, all),
    };
    let hint = if hint.is_empty() { format!(": types are `{}`", all.join("`, `")) } else { hint };
    format!("unknown type {}{hint}", quoted(name))
}

fn words(node: Node<'_>, mistakes: &mut Mistakes) -> Option<EnumWords> {
    let Some(items) = node.items() else {
        mistakes.add(node.span(), || "`enum` must be a list of words".to_owned());
        return None;
    };
    let words: Option<Vec<_>> = items.iter().map(|item| text(*item, "a word of `enum`", mistakes)).collect();
    match EnumWords::new(words?) {
        Ok(words) => Some(words),
        Err(err) => {
            let at = err.index().map_or(node, |index| items[index]);
            mistakes.add(at.span(), || err.to_string());
            None
        }
    }
}

fn element(node: Node<'_>, mistakes: &mut Mistakes) -> Option<Scalar> {
    if node.raw().starts_with('"') {
        return scalar(node, mistakes);
    }
    mistakes.add(node.span(), || {
        "`list` must be the name of a type: lists of lists and of enums do not exist; `json` can be any of them"
            .to_owned()
    });
    None
}

const FORMS: &str = "the name of a type, `{ \"enum\": [words] }` or `{ \"list\": \"string\" }`";

/// What other formats and languages call them.
const OTHER_NAMES: [(&str, &str); 22] = [
    ("str", "string"),
    ("text", "string"),
    ("boolean", "bool"),
    ("int", "i64"),
    ("integer", "i64"),
    ("long", "i64"),
    ("isize", "i64"),
    ("i128", "i64"),
    ("uint", "u64"),
    ("usize", "u64"),
    ("u128", "u64"),
    ("byte", "u8"),
    ("port", "u16"),
    ("float", "f64"),
    ("f32", "f64"),
    ("double", "f64"),
    ("number", "f64"),
    ("uri", "url"),
    ("object", "json"),
    ("map", "json"),
    ("time", "duration"),
    ("interval", "duration"),
];
