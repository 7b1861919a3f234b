//! What a value must look like, beyond its type.

use super::{Form, Misfit, Scalar, duration, float, integer};

/// What a value must look like, beyond its type. All parts are optional.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape<S = &'static str> {
    /// For text: how it starts.
    pub starts_with: Option<S>,
    /// For text: at least so many characters.
    pub min_length: Option<u64>,
    /// For text: at most so many characters.
    pub max_length: Option<u64>,
    /// For numbers and durations: the smallest value, in the text form of the type.
    pub min: Option<S>,
    /// For numbers and durations: the largest value, in the text form of the type.
    pub max: Option<S>,
}

/// Which parts of a [`Shape`] a type can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// How it starts, and how long it is.
    OfText,
    /// The smallest and the largest, as numbers.
    Limits,
    /// The smallest and the largest, as text.
    LimitsAsText,
    /// None.
    None,
}

impl<S> Shape<S> {
    /// The shape that every value has.
    pub const ANY: Shape<S> = Shape { starts_with: None, min_length: None, max_length: None, min: None, max: None };
}

impl<S: AsRef<str>> Shape<S> {
    /// Whether nothing is asked.
    pub fn is_any(&self) -> bool {
        self.starts_with.is_none()
            && self.min_length.is_none()
            && self.max_length.is_none()
            && self.min.is_none()
            && self.max.is_none()
    }

    /// Checks a text that is already known to be of the type.
    ///
    /// # Errors
    ///
    /// A [`Misfit`] that names the first rule that the text breaks.
    pub fn check(&self, scalar: Scalar, text: &str) -> Result<(), Misfit> {
        if let Some(start) = self.starts_with.as_ref().map(AsRef::as_ref).filter(|start| !text.starts_with(start)) {
            return Err(Misfit::of_shape(format!("must start with `{start}`")));
        }
        if self.min_length.is_some() || self.max_length.is_some() {
            let length = text.chars().count() as u64;
            if let Some(least) = self.min_length.filter(|least| length < *least) {
                return Err(Misfit::of_shape(format!("must have at least {}", characters(least))));
            }
            if let Some(most) = self.max_length.filter(|most| length > *most) {
                return Err(Misfit::of_shape(format!("must have at most {}", characters(most))));
            }
        }
        if let Some(min) = self.min.as_ref().map(AsRef::as_ref).filter(|min| is_less(scalar, text, min)) {
            return Err(Misfit::of_shape(format!("must be at least {min}")));
        }
        if let Some(max) = self.max.as_ref().map(AsRef::as_ref).filter(|max| is_less(scalar, max, text)) {
            return Err(Misfit::of_shape(format!("must be at most {max}")));
        }
        Ok(())
    }
}

fn characters(count: u64) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}

/// Whether `a` is less than `b`, both in the text form of the type.
pub fn is_less(scalar: Scalar, a: &str, b: &str) -> bool {
    match scalar.form() {
        Form::Duration => duration(a).zip(duration(b)).is_some_and(|(a, b)| a < b),
        Form::Float => float(a).zip(float(b)).is_some_and(|(a, b)| a < b),
        Form::Integer { .. } => integer::<i128>(a).zip(integer(b)).is_some_and(|(a, b)| a < b),
        Form::Text | Form::Bool | Form::Url | Form::Json => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_names_the_rule_and_not_the_value() {
        let text = Shape { starts_with: Some("sk_"), min_length: Some(5), max_length: Some(6), ..Shape::ANY };
        let rule = |shape: &Shape, scalar, text| shape.check(scalar, text).map_err(|misfit| misfit.to_string());
        assert_eq!(rule(&text, Scalar::String, "sk_ab"), Ok(()));
        assert_eq!(rule(&text, Scalar::String, "pk_ab"), Err("must start with `sk_`".to_owned()));
        assert_eq!(rule(&text, Scalar::String, "sk_é"), Err("must have at least 5 characters".to_owned()));
        assert_eq!(rule(&text, Scalar::String, "sk_éééé"), Err("must have at most 6 characters".to_owned()));
        let number = Shape { min: Some("2"), max: Some("18446744073709551615"), ..Shape::ANY };
        assert_eq!(rule(&number, Scalar::U64, "10"), Ok(()));
        // Limits are inclusive.
        assert_eq!(rule(&number, Scalar::U64, "2"), Ok(()));
        assert_eq!(rule(&number, Scalar::U64, "18446744073709551615"), Ok(()));
        assert_eq!(rule(&number, Scalar::U64, "1"), Err("must be at least 2".to_owned()));
        let span = Shape { min: Some("90s"), max: Some("2m"), ..Shape::ANY };
        assert_eq!(rule(&span, Scalar::Duration, "1m 30s"), Ok(()));
        assert_eq!(rule(&span, Scalar::Duration, "121s"), Err("must be at most 2m".to_owned()));
        let below = Shape { min: Some("-5"), max: Some("-1"), ..Shape::ANY };
        assert_eq!(rule(&below, Scalar::I8, "-3"), Ok(()));
        assert_eq!(rule(&below, Scalar::I8, "-6"), Err("must be at least -5".to_owned()));
        assert_eq!(rule(&below, Scalar::I8, "0"), Err("must be at most -1".to_owned()));
        let one = Shape { min_length: Some(1), ..Shape::ANY };
        assert_eq!(rule(&one, Scalar::String, ""), Err("must have at least 1 character".to_owned()));
        let float = Shape { max: Some("0.5"), ..Shape::ANY };
        assert_eq!(rule(&float, Scalar::F64, "0.50001"), Err("must be at most 0.5".to_owned()));
        assert_eq!(rule(&float, Scalar::F64, "0.50"), Ok(()));
        assert_eq!(rule(&span, Scalar::Duration, "2m"), Ok(()));
    }
}
