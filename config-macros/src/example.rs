//! Texts for `Config::example()` where the manifest has none.

use bind_config_manifest::name::Kind;
use bind_config_manifest::value::{Form, Shape};
use bind_config_manifest::{Binding, ValueType};

/// A text that is of the binding's type and shape, and that `fits` what the field reads. Nothing, where none is found.
pub(crate) fn placeholder(binding: &Binding, fits: impl Fn(&str) -> bool) -> Option<String> {
    let shape = &binding.shape;
    let is_empty_secret = |text: &str| binding.kind == Kind::Secret && text.is_empty();
    candidates(binding)
        .into_iter()
        .filter_map(|text| sized(text, shape))
        .find(|text| !is_empty_secret(text) && binding.check(text).is_ok() && fits(text))
}

fn candidates(binding: &Binding) -> Vec<String> {
    let shape = &binding.shape;
    let start = shape.starts_with.as_deref().unwrap_or_default();
    let scalar = match &binding.ty {
        ValueType::Enum(words) => return words.words().to_vec(),
        ValueType::List(_) => return vec!["[]".to_owned()],
        ValueType::Scalar(scalar) => scalar,
    };
    match scalar.form() {
        Form::Text => vec![format!("{start}example"), start.to_owned()],
        Form::Url if start.is_empty() => vec!["https://example.com/".to_owned()],
        Form::Url => {
            let ends = ["", "example.com/", "/example.com/", "//example.com/", "://example.com/", "s://example.com/"];
            ends.into_iter().map(|end| format!("{start}{end}")).collect()
        }
        Form::Json => vec!["{}".to_owned(), "[]".to_owned()],
        Form::Bool => vec!["false".to_owned()],
        Form::Duration => limited("1s", shape),
        Form::Integer { .. } | Form::Float => limited("1", shape),
    }
}

/// The limits are in the text form of the type.
fn limited(text: &str, shape: &Shape<String>) -> Vec<String> {
    [Some(text), shape.min.as_deref(), shape.max.as_deref()].into_iter().flatten().map(str::to_owned).collect()
}

/// Filled up with `x`, or cut.
fn sized(mut text: String, shape: &Shape<String>) -> Option<String> {
    let length = text.chars().count();
    let least = usize::try_from(shape.min_length.unwrap_or(0)).ok().filter(|least| *least <= LONGEST)?;
    let most = usize::try_from(shape.max_length.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    if length < least {
        text.extend(std::iter::repeat_n('x', least - length));
    } else if length > most {
        text = text.chars().take(most).collect();
    }
    Some(text)
}

/// SSM takes no longer value: no text of that length would help anybody.
const LONGEST: usize = 8192;

#[cfg(test)]
mod tests {
    use bind_config_manifest::value::Scalar;

    use super::*;

    fn binding(kind: Kind, ty: ValueType, shape: Shape<String>) -> Binding {
        let mut binding = Binding::new(kind);
        (binding.ty, binding.shape) = (ty, shape);
        binding
    }

    fn text(shape: Shape<String>) -> Option<String> {
        placeholder(&binding(Kind::Secret, ValueType::Scalar(Scalar::String), shape), |_| true)
    }

    fn scalar(scalar: Scalar, shape: Shape<String>) -> Option<String> {
        placeholder(&binding(Kind::Parameter, ValueType::Scalar(scalar), shape), |_| true)
    }

    #[test]
    fn a_text_has_the_start_and_the_length() {
        let starts_with = Some("sk_".to_owned());
        assert_eq!(text(Shape::ANY).as_deref(), Some("example"));
        let shape = Shape { starts_with: starts_with.clone(), min_length: Some(12), ..Shape::ANY };
        assert_eq!(text(shape).as_deref(), Some("sk_examplexx"));
        let shape = Shape { starts_with: starts_with.clone(), max_length: Some(4), ..Shape::ANY };
        assert_eq!(text(shape).as_deref(), Some("sk_e"));
        assert_eq!(text(Shape { starts_with, max_length: Some(2), ..Shape::ANY }), None);
        assert_eq!(text(Shape { max_length: Some(0), ..Shape::ANY }), None);
        assert_eq!(text(Shape { min_length: Some(u64::MAX), ..Shape::ANY }), None);
    }

    #[test]
    fn a_number_is_within_the_limits() {
        let shape = |min: &str, max: &str| Shape { min: Some(min.into()), max: Some(max.into()), ..Shape::ANY };
        assert_eq!(scalar(Scalar::U8, Shape::ANY).as_deref(), Some("1"));
        assert_eq!(scalar(Scalar::U16, shape("1024", "65535")).as_deref(), Some("1024"));
        assert_eq!(scalar(Scalar::F64, shape("-2.5", "-1")).as_deref(), Some("-2.5"));
        assert_eq!(scalar(Scalar::Duration, shape("2m", "1h")).as_deref(), Some("2m"));
    }

    #[test]
    fn other_types_have_their_forms() {
        assert_eq!(scalar(Scalar::Bool, Shape::ANY).as_deref(), Some("false"));
        assert_eq!(scalar(Scalar::Json, Shape::ANY).as_deref(), Some("{}"));
        assert_eq!(scalar(Scalar::Url, Shape::ANY).as_deref(), Some("https://example.com/"));
        let postgres = Shape { starts_with: Some("postgres:".into()), ..Shape::ANY };
        assert!(scalar(Scalar::Url, postgres).unwrap().starts_with("postgres:"));
    }

    #[test]
    fn a_narrower_field_is_asked_too() {
        let thousand = Shape { min: Some("1000".into()), ..Shape::ANY };
        let number = binding(Kind::Parameter, ValueType::Scalar(Scalar::U64), thousand);
        assert_eq!(placeholder(&number, |text| text.len() < 4), None);
    }
}
