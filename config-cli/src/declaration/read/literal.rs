//! Values as TOML spells them, and the text forms that they have everywhere else.

use std::ops::Range;

use bind_config_manifest::ValueType;
use bind_config_manifest::value::{Form as TypeForm, Scalar};

use super::draft;
use super::tree::{Form, Node};

/// Where something is that has no form here, and why.
pub(super) type Unwritable = (Range<usize>, &'static str);

/// The text form of a value, whatever its type: arrays and tables are JSON.
pub(super) fn text_form(node: &Node<'_>) -> Result<String, Unwritable> {
    match &node.form {
        Form::Text(text) => Ok((*text).to_owned()),
        // No type takes what is not finite, and says so itself.
        Form::Float(number) => Ok(draft::float(*number).unwrap_or_else(|| number.to_string())),
        _ => json(node),
    }
}

/// The JSON of a value.
pub(super) fn json(node: &Node<'_>) -> Result<String, Unwritable> {
    let mut json = String::new();
    push_json(node, &mut json)?;
    Ok(json)
}

/// The first thing in a value that JSON has no form for.
pub(super) fn without_json(node: &Node<'_>) -> Option<Unwritable> {
    push_json(node, &mut String::new()).err()
}

/// What stands in quotes where a value has this type, if it does and the value does not: its text form does not tell.
pub(super) fn needs_quotes(ty: &ValueType, node: &Node<'_>) -> Option<String> {
    let expected = match ty {
        ValueType::Scalar(scalar) if is_text(*scalar) => scalar.expected().into_owned(),
        ValueType::Enum(words) => format!("one of `{}`", words.words().join("`, `")),
        ValueType::Scalar(_) | ValueType::List(_) => return None,
    };
    node.text().is_none().then_some(expected)
}

/// The element of an array to blame where it is not a list of this type: the first that is not spelled as one.
pub(super) fn misfit_at(ty: &ValueType, node: &Node<'_>) -> Range<usize> {
    let items = node.items().unwrap_or_default();
    let ValueType::List(scalar) = ty else { return node.at.clone() };
    let fits = |item: &Node<'_>| match scalar.form() {
        TypeForm::Json => true,
        // As text: `"80"` is no number in an array.
        TypeForm::Text | TypeForm::Url | TypeForm::Duration => {
            item.text().is_some_and(|text| scalar.check(text).is_ok())
        }
        TypeForm::Bool | TypeForm::Integer { .. } | TypeForm::Float => {
            item.text().is_none() && text_form(item).is_ok_and(|text| scalar.check(&text).is_ok())
        }
    };
    items.iter().find(|item| !fits(item)).unwrap_or(node).at.clone()
}

/// What the type of a value is where nobody says: as the manifest spells it, in JSON.
pub(super) enum Inferred {
    Scalar(Scalar),
    List(Scalar),
    /// The elements of an array have several.
    Mixed,
}

/// The type that a literal has of itself.
pub(super) fn infer(node: &Node<'_>) -> Inferred {
    match &node.form {
        Form::List(items) => infer_list(items),
        _ => Inferred::Scalar(of_itself(node)),
    }
}

fn infer_list(items: &[Node<'_>]) -> Inferred {
    let mut all = items.iter().map(of_itself);
    let Some(first) = all.next() else { return Inferred::List(Scalar::String) };
    let joined = all.try_fold(first, |ty, next| match (ty, next) {
        (a, b) if a == b => Some(a),
        (Scalar::I64, Scalar::F64) | (Scalar::F64, Scalar::I64) => Some(Scalar::F64),
        _ => None,
    });
    joined.map_or(Inferred::Mixed, Inferred::List)
}

fn of_itself(node: &Node<'_>) -> Scalar {
    match node.form {
        Form::Text(_) | Form::Date => Scalar::String,
        Form::Integer(_) => Scalar::I64,
        Form::Float(_) => Scalar::F64,
        Form::Bool(_) => Scalar::Bool,
        Form::List(_) | Form::Table(_) | Form::TooDeep => Scalar::Json,
    }
}

fn is_text(scalar: Scalar) -> bool {
    matches!(scalar.form(), TypeForm::Text | TypeForm::Url | TypeForm::Duration)
}

fn push_json(node: &Node<'_>, json: &mut String) -> Result<(), Unwritable> {
    match &node.form {
        Form::Text(text) => json.push_str(&draft::quoted(text)),
        Form::Integer(number) => json.push_str(&number.to_string()),
        Form::Float(number) => json.push_str(&draft::float(*number).ok_or((node.at.clone(), NOT_FINITE))?),
        Form::Bool(value) => json.push_str(if *value { "true" } else { "false" }),
        Form::Date => return Err((node.at.clone(), DATE)),
        Form::TooDeep => return Err((node.at.clone(), TOO_DEEP)),
        Form::List(items) => {
            json.push('[');
            for (index, item) in items.iter().enumerate() {
                json.push_str(if index == 0 { "" } else { "," });
                push_json(item, json)?;
            }
            json.push(']');
        }
        Form::Table(members) => {
            json.push('{');
            for (index, member) in members.iter().enumerate() {
                json.push_str(if index == 0 { "" } else { "," });
                json.push_str(&draft::quoted(member.key));
                json.push(':');
                push_json(&member.value, json)?;
            }
            json.push('}');
        }
    }
    Ok(())
}

const DATE: &str = "a date or a time must be in quotes: there is no type for it";
const NOT_FINITE: &str = "a number must be finite";
const TOO_DEEP: &str = "nested too deep: at most 64 levels";
