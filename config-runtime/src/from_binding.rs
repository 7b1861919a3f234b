//! From text to Rust types: the built-in ones, and those of users.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bind_config_manifest::value::{self, Misfit, Scalar};

/// A type of yours that a field can have: `bind_config!("bindings.json", FEATURES: my::Flags)`.
///
/// Whatever is `FromStr` has it already. Implement it for a type of your own that is not. A type whose `FromStr` means
/// something else needs a wrapper of yours.
///
/// ```
/// # use bind_config_runtime as bind_config;
/// use bind_config::{Expected, FromBinding};
///
/// struct Flags(Vec<String>);
///
/// impl FromBinding for Flags {
///     fn from_binding(text: &str) -> Result<Self, Expected> {
///         if text.is_empty() {
///             return Err(Expected("at least one flag, separated by commas"));
///         }
///         Ok(Flags(text.split(',').map(str::to_owned).collect()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a binding",
    label = "neither `std::str::FromStr` nor `bind_config::FromBinding` is implemented for `{Self}`",
    note = "implement `std::str::FromStr` for it, or write `FIELD: json({Self})` if it has `serde::Deserialize`; a type of another crate needs a wrapper of yours"
)]
pub trait FromBinding: Sized {
    /// Reads the text form.
    ///
    /// # Errors
    ///
    /// [`Expected`] says what the text should have been. It cannot hold the text. A panic is a problem of its field; what it says is on
    /// stderr, so that it should not quote the text.
    fn from_binding(text: &str) -> Result<Self, Expected>;
}

/// What a text should have been, as a noun: `a list of flags`. A constant, so that no value gets into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected(pub &'static str);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for Expected {}

#[diagnostic::do_not_recommend]
impl<T: FromStr> FromBinding for T {
    fn from_binding(text: &str) -> Result<Self, Expected> {
        // The error of a `FromStr` often quotes the text: drop it.
        text.parse().map_err(|_| Expected(std::any::type_name::<T>()))
    }
}

/// A type of the manifest.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one of the built-in types",
    label = "write the path of your own type, `crate::{Self}`, to have it read by `FromStr`"
)]
pub trait BuiltIn: Sized {
    /// Reads the text form.
    ///
    /// # Errors
    ///
    /// The [`Misfit`] says what is expected.
    fn read(text: &str) -> Result<Self, Misfit>;
}

/// A built-in type that a list can hold.
pub trait Element: BuiltIn {
    /// Its type in the manifest.
    const SCALAR: Scalar;
}

macro_rules! built_in {
    ($($read:expr => $($ty:ty = $scalar:ident)*;)*) => {$($(
        impl BuiltIn for $ty {
            fn read(text: &str) -> Result<Self, Misfit> {
                let read: fn(&str) -> Option<$ty> = $read;
                read(text).ok_or_else(|| Misfit::of_type(Scalar::$scalar.expected()))
            }
        }

        impl Element for $ty {
            const SCALAR: Scalar = Scalar::$scalar;
        }
    )*)*};
}

built_in! {
    value::integer => u8 = U8 u16 = U16 u32 = U32 u64 = U64 i8 = I8 i16 = I16 i32 = I32 i64 = I64;
    value::float => f64 = F64;
    value::boolean => bool = Bool;
    value::duration => Duration = Duration;
    |text| Some(text.to_owned()) => String = String;
}

#[cfg(feature = "url")]
built_in! { |text| text.parse().ok() => url::Url = Url; }

#[cfg(feature = "json")]
built_in! { |text| serde_json::from_str(text).ok() => serde_json::Value = Json; }

/// Whole numbers that the manifest does not have, for overrides.
macro_rules! override_only {
    ($($ty:ident)*) => {$(
        impl BuiltIn for $ty {
            fn read(text: &str) -> Result<Self, Misfit> {
                value::integer(text).ok_or_else(|| {
                    Misfit::of_type(format!("a whole number from {} to {} ({})", $ty::MIN, $ty::MAX, stringify!($ty)))
                })
            }
        }
    )*};
}

override_only!(u128 i128 usize isize);

/// A number of the manifest, with the precision that the field has.
impl BuiltIn for f32 {
    fn read(text: &str) -> Result<Self, Misfit> {
        value::single(text).ok_or_else(|| Misfit::of_type("a finite number (f32)"))
    }
}

impl<T: Element> BuiltIn for Vec<T> {
    fn read(text: &str) -> Result<Self, Misfit> {
        value::elements(T::SCALAR, text)?.iter().map(|element| T::read(element)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_overrides_are_read_whole_and_finite() {
        assert_eq!(f32::read("0.5"), Ok(0.5));
        for text in ["1e39", "inf", "NaN", "+1", ""] {
            assert_eq!(f32::read(text), Err(Misfit::of_type("a finite number (f32)")), "{text}");
        }
        assert_eq!(u128::read("340282366920938463463374607431768211455"), Ok(u128::MAX));
        assert!(u128::read("-1").is_err() && usize::read("+1").is_err() && i128::read("1.0").is_err());
        assert_eq!(<Vec<u8>>::read("[1, 255]"), Ok(vec![1, 255]));
    }
}
