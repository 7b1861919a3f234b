//! Values: the types, the text each of them accepts, and the shapes. The macro checks defaults with it, the CLI
//! what is set, the runtime what it loads.
//!
//! # Security
//!
//! A [`Misfit`] names the rule that a text breaks, never the text.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

mod shape;

pub use shape::{Rules, Shape, is_less};

/// What scalars of one form have in common: whatever depends on a scalar's form asks this, so that rustc names every
/// place that a new form concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer {
        /// The smallest.
        min: i128,
        /// The largest.
        max: i128,
    },
    /// A finite number, as an `f64` holds it.
    Float,
    /// An absolute URL.
    Url,
    /// A span of time.
    Duration,
    /// Any JSON.
    Json,
}

/// One row per scalar: its name in the manifest, its form, and what a text must be, for a message.
macro_rules! scalars {
    ($($(#[$docs:meta])* $name:ident = $text:literal, $form:expr, $expected:literal;)*) => {
        /// A type with one text form.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scalar {
            $($(#[$docs])* $name,)*
        }

        impl Scalar {
            /// All of them, in the order in which messages list them.
            pub const ALL: [Scalar; [$($text),*].len()] = [$(Scalar::$name),*];

            /// The name in the manifest.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Scalar::$name => $text,)*
                }
            }

            /// What its text form is like.
            pub const fn form(self) -> Form {
                match self {
                    $(Scalar::$name => $form,)*
                }
            }

            /// What a text must be, for a message: `a whole number from 0 to 255 (u8)`.
            pub fn expected(self) -> Cow<'static, str> {
                Cow::Borrowed(match self {
                    $(Scalar::$name => $expected,)*
                })
            }
        }
    };
}

/// The form of a whole number's type.
macro_rules! integer {
    // `as` widens here: `i128::from` is not const.
    ($ty:ident) => {
        Form::Integer { min: $ty::MIN as i128, max: $ty::MAX as i128 }
    };
}

scalars! {
    /// Any text.
    String = "string", Form::Text, "text (string)";
    /// `true` or `false`.
    Bool = "bool", Form::Bool, "`true` or `false` (bool)";
    /// A whole number of 8 bits, from 0.
    U8 = "u8", integer!(u8), "a whole number from 0 to 255 (u8)";
    /// A whole number of 16 bits, from 0.
    U16 = "u16", integer!(u16), "a whole number from 0 to 65535 (u16)";
    /// A whole number of 32 bits, from 0.
    U32 = "u32", integer!(u32), "a whole number from 0 to 4294967295 (u32)";
    /// A whole number of 64 bits, from 0.
    U64 = "u64", integer!(u64), "a whole number from 0 to 18446744073709551615 (u64)";
    /// A whole number of 8 bits.
    I8 = "i8", integer!(i8), "a whole number from -128 to 127 (i8)";
    /// A whole number of 16 bits.
    I16 = "i16", integer!(i16), "a whole number from -32768 to 32767 (i16)";
    /// A whole number of 32 bits.
    I32 = "i32", integer!(i32), "a whole number from -2147483648 to 2147483647 (i32)";
    /// A whole number of 64 bits.
    I64 = "i64", integer!(i64), "a whole number from -9223372036854775808 to 9223372036854775807 (i64)";
    /// A finite number.
    F64 = "f64", Form::Float, "a finite number (f64)";
    /// An absolute URL.
    Url = "url", Form::Url, "an absolute URL (url)";
    /// A span of time as `humantime` reads it: `1m 30s`.
    Duration = "duration", Form::Duration, "a duration such as `1m 30s` (duration)";
    /// Any JSON.
    Json = "json", Form::Json, "JSON (json)";
}

impl Scalar {
    /// The type with this name in the manifest.
    pub fn from_name(name: &str) -> Option<Scalar> {
        Scalar::ALL.into_iter().find(|scalar| scalar.as_str() == name)
    }

    /// Whether it is a number, whole or not.
    pub const fn is_number(self) -> bool {
        matches!(self.form(), Form::Integer { .. } | Form::Float)
    }

    /// Which parts of a [`Shape`] it can have.
    pub const fn rules(self) -> Rules {
        match self.form() {
            Form::Text | Form::Url | Form::Json => Rules::OfText,
            Form::Integer { .. } | Form::Float => Rules::Limits,
            Form::Duration => Rules::LimitsAsText,
            Form::Bool => Rules::None,
        }
    }

    /// Checks that `text` is of this type.
    ///
    /// # Errors
    ///
    /// A [`Misfit`] that says what is expected.
    pub fn check(self, text: &str) -> Result<(), Misfit> {
        let fits = match self.form() {
            Form::Text => true,
            Form::Bool => boolean(text).is_some(),
            Form::Integer { min, max } => {
                integer(text).is_some_and(|n: i128| (min..=max).contains(&n) && (min < 0 || !text.starts_with('-')))
            }
            Form::Float => float(text).is_some(),
            Form::Url => is_url(text),
            Form::Duration => duration(text).is_some(),
            Form::Json => serde_json::from_str::<serde_json::Value>(text).is_ok(),
        };
        if fits { Ok(()) } else { Err(Misfit::of_type(self.expected())) }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The type of a binding, borrowed: the macro writes it as a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type<'a> {
    /// One value.
    Scalar(Scalar),
    /// One of these words.
    Enum(&'a [&'a str]),
    /// A JSON array of such values.
    List(Scalar),
}

impl Type<'_> {
    /// Checks that `text` is of this type.
    ///
    /// # Errors
    ///
    /// A [`Misfit`] that says what is expected.
    pub fn check(self, text: &str) -> Result<(), Misfit> {
        self.check_exactly(text).map_err(|misfit| {
            let inner = without_edges(text);
            match misfit {
                Misfit::Type { expected } if inner != text && self.check_exactly(inner).is_ok() => {
                    Misfit::of_type(format!("{expected}, without the blank or line break around it"))
                }
                misfit => misfit,
            }
        })
    }

    /// Checks that `text` is of this type and, where it has one, of the shape.
    ///
    /// # Errors
    ///
    /// A [`Misfit`] that names the first rule that the text breaks.
    pub fn check_with<S: AsRef<str>>(self, shape: &Shape<S>, text: &str) -> Result<(), Misfit> {
        self.check(text)?;
        match self {
            Type::Scalar(scalar) => shape.check(scalar, text),
            Type::Enum(_) | Type::List(_) => Ok(()),
        }
    }

    /// What is said of a text that is not of this type.
    pub fn misfit(self) -> Misfit {
        match self {
            Type::Scalar(scalar) => Misfit::of_type(scalar.expected()),
            Type::Enum(words) => Misfit::of_type(format!("one of `{}`", words.join("`, `"))),
            Type::List(scalar) => list_of(scalar),
        }
    }

    fn check_exactly(self, text: &str) -> Result<(), Misfit> {
        match self {
            Type::Scalar(scalar) => scalar.check(text),
            Type::Enum(words) if words.contains(&text) => Ok(()),
            Type::Enum(_) => Err(self.misfit()),
            Type::List(scalar) => elements(scalar, text)?
                .iter()
                .try_for_each(|element| scalar.check(element))
                .map_err(|_| list_of(scalar)),
        }
    }
}

/// A text without what nobody sees at its start and end where it is pasted: blanks, line breaks, a byte order mark.
pub fn without_edges(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    })
}

impl fmt::Display for Type<'_> {
    /// As the fingerprint spells it: `u64`, `enum(a|b)`, `list(string)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Scalar(scalar) => scalar.fmt(f),
            Type::Enum(words) => write!(f, "enum({})", words.join("|")),
            Type::List(scalar) => write!(f, "list({scalar})"),
        }
    }
}

/// Reads a whole number as Rust does (so `-0` only where there is a sign), without the sign `+`.
pub fn integer<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

/// Reads a finite number as Rust does, without the sign `+`.
pub fn float(text: &str) -> Option<f64> {
    if text.starts_with('+') { None } else { text.parse().ok().filter(|n: &f64| n.is_finite()) }
}

/// Reads a finite number with the precision of an `f32`, as [`float`] does. No type of the manifest: fields can have it.
pub fn single(text: &str) -> Option<f32> {
    float(text).and_then(|_| text.parse().ok()).filter(|number: &f32| number.is_finite())
}

/// Reads `true` or `false`.
pub fn boolean(text: &str) -> Option<bool> {
    text.parse().ok()
}

/// Reads what humantime calls a duration.
pub fn duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok()
}

fn is_url(text: &str) -> bool {
    // What parses URLs would drop these in silence.
    !text.contains(|c: char| c.is_whitespace() || c.is_control()) && has_scheme(text)
}

/// A scheme, a colon and something behind it. What a field of type `Url` makes of it is checked when that is read.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            && !rest.is_empty()
    })
}

/// The elements of a list, each in the text form of its type.
///
/// # Errors
///
/// A [`Misfit`] unless `text` is a JSON array of numbers, booleans or strings, as the element's type asks.
pub fn elements(scalar: Scalar, text: &str) -> Result<Vec<String>, Misfit> {
    use serde_json::Value;

    let values: Vec<Value> = serde_json::from_str(text).map_err(|_| list_of(scalar))?;
    let element = |value: Value| match (scalar.form(), value) {
        (Form::Json, value) => Some(value.to_string()),
        (Form::Bool, Value::Bool(value)) => Some(value.to_string()),
        (Form::Integer { .. } | Form::Float, Value::Number(number)) => Some(number.to_string()),
        (Form::Text | Form::Url | Form::Duration, Value::String(text)) => Some(text),
        (Form::Text | Form::Bool | Form::Integer { .. } | Form::Float | Form::Url | Form::Duration, _) => None,
    };
    values.into_iter().map(element).collect::<Option<_>>().ok_or_else(|| list_of(scalar))
}

fn list_of(scalar: Scalar) -> Misfit {
    let of = match scalar.form() {
        Form::Text => "strings",
        Form::Bool => "`true` and `false`",
        Form::Url => "strings, each an absolute URL",
        Form::Duration => "strings, each a duration such as `1m 30s`",
        Form::Json => "any JSON",
        Form::Float => "finite numbers",
        Form::Integer { .. } => return Misfit::of_type(format!("a JSON array, each element {}", scalar.expected())),
    };
    Misfit::of_type(format!("a JSON array of {of} (list of {scalar})"))
}

/// The rule that a text breaks. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// It is not of the type.
    Type {
        /// What is expected, as a noun: `a whole number from 0 to 255 (u8)`.
        expected: Cow<'static, str>,
    },
    /// It is of the type, but not of the shape.
    Shape {
        /// The rule, as a predicate: must start with …
        rule: String,
    },
}

impl Misfit {
    /// A text that is not `expected`.
    pub fn of_type(expected: impl Into<Cow<'static, str>>) -> Misfit {
        Misfit::Type { expected: expected.into() }
    }

    fn of_shape(rule: String) -> Misfit {
        Misfit::Shape { rule }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misfit::Type { expected } => write!(f, "must be {expected}"),
            Misfit::Shape { rule } => f.write_str(rule),
        }
    }
}

impl std::error::Error for Misfit {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(scalar: Scalar, texts: &[&str]) {
        for text in texts {
            assert_eq!(scalar.check(text), Ok(()), "{scalar} {text:?}");
        }
    }

    fn misfits(scalar: Scalar, texts: &[&str]) {
        for text in texts {
            assert_eq!(scalar.check(text), Err(Misfit::of_type(scalar.expected())), "{scalar} {text:?}");
        }
    }

    #[test]
    fn whole_numbers_are_those_of_rust_without_plus_and_blanks() {
        fits(Scalar::U8, &["0", "255", "007", "00000000000000000000001"]);
        misfits(Scalar::U8, &["", "-1", "256", "+5", " 1", "1 ", "1.0", "1e2", "0x10", "١", "1_000"]);
        fits(Scalar::I64, &["-9223372036854775808", "9223372036854775807", "-0"]);
        misfits(Scalar::I64, &["-9223372036854775809", "9223372036854775808", "--1", "-"]);
        fits(Scalar::U64, &["18446744073709551615"]);
        misfits(Scalar::U64, &["18446744073709551616"]);
    }

    #[test]
    fn a_scalar_accepts_exactly_what_its_rust_type_reads() {
        for text in ["-0", "0", "255", "256", "-129", "65536", "+1", "", "1.5"] {
            assert_eq!(Scalar::U8.check(text).is_ok(), integer::<u8>(text).is_some(), "{text}");
            assert_eq!(Scalar::I8.check(text).is_ok(), integer::<i8>(text).is_some(), "{text}");
            assert_eq!(Scalar::U16.check(text).is_ok(), integer::<u16>(text).is_some(), "{text}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        fits(Scalar::F64, &["0", "-1.5", "1e3", ".5", "5."]);
        misfits(Scalar::F64, &["", "inf", "-inf", "NaN", "infinity", "+1", "1e999", " 1", "1,5"]);
    }

    #[test]
    fn booleans_durations_urls_and_json_have_their_forms() {
        fits(Scalar::Bool, &["true", "false"]);
        misfits(Scalar::Bool, &["True", "1", "yes", "", " true"]);
        fits(Scalar::Duration, &["1m 30s", "500ms", "2h", "0"]);
        misfits(Scalar::Duration, &["", "10", "-1s", "1 fortnight"]);
        fits(Scalar::Url, &["https://example.com", "postgres://db/x"]);
        misfits(
            Scalar::Url,
            &[
                "",
                "example.com",
                "/path",
                "1http://x",
                " https://x",
                "https://x\n",
                "http://a b/",
                "http://a\tb/",
                "http://a\u{7}b/",
            ],
        );
        fits(Scalar::Json, &["{}", "[1]", "null", "\"x\"", " 1 "]);
        misfits(Scalar::Json, &["", "{", "{} {}", "x", &"[".repeat(10_000)]);
        fits(Scalar::String, &["", " ", "\0", "ünïcode\n"]);
    }

    #[test]
    fn a_url_has_a_scheme_and_something_behind_it() {
        for text in ["https://example.com", "postgres://db/x", "a+b-c.1:x"] {
            assert!(has_scheme(text), "{text}");
        }
        for text in ["", ":", "https:", ":x", "example.com", "1http://x", "ht tp://x", "é:x"] {
            assert!(!has_scheme(text), "{text}");
        }
    }

    #[test]
    fn a_list_is_a_json_array_of_its_elements() {
        assert_eq!(
            elements(Scalar::U64, "[1, 18446744073709551615]"),
            Ok(vec!["1".to_owned(), "18446744073709551615".to_owned()])
        );
        assert_eq!(elements(Scalar::String, r#"["a,b", "\n"]"#), Ok(vec!["a,b".to_owned(), "\n".to_owned()]));
        assert_eq!(
            elements(Scalar::Json, r#"[{"a":[1]}, null]"#),
            Ok(vec![r#"{"a":[1]}"#.to_owned(), "null".to_owned()])
        );
        let expected = Misfit::of_type("a JSON array, each element a whole number from 0 to 255 (u8)");
        for text in ["", "1", "1,2", "[\"1\"]", "[256]", "[1.5]", "[-1]", "[1e2]", "[1,]", "{}", "[true]"] {
            assert_eq!(Type::List(Scalar::U8).check(text), Err(expected.clone()), "{text}");
        }
        for (scalar, expected) in [
            (Scalar::String, "a JSON array of strings (list of string)"),
            (Scalar::Bool, "a JSON array of `true` and `false` (list of bool)"),
            (Scalar::Url, "a JSON array of strings, each an absolute URL (list of url)"),
            (Scalar::Duration, "a JSON array of strings, each a duration such as `1m 30s` (list of duration)"),
            (Scalar::Json, "a JSON array of any JSON (list of json)"),
            (Scalar::F64, "a JSON array of finite numbers (list of f64)"),
        ] {
            assert_eq!(Type::List(scalar).check("{}"), Err(Misfit::of_type(expected)));
        }
        assert_eq!(Type::List(Scalar::Duration).check(r#"["1s", "2m"]"#), Ok(()));
        assert_eq!(Type::List(Scalar::F64).check("[1, 2.5, -3e2]"), Ok(()));
        let exact = "0.9073038322028689";
        assert_eq!(elements(Scalar::F64, &format!("[{exact}]")), Ok(vec![exact.to_owned()]));
        assert_eq!(Type::List(Scalar::Bool).check("[]"), Ok(()));
    }

    #[test]
    fn an_enum_is_one_of_its_words() {
        let levels = Type::Enum(&["debug", "info"]);
        assert_eq!(levels.check("info"), Ok(()));
        assert_eq!(levels.check("Info").unwrap_err().to_string(), "must be one of `debug`, `info`");
        assert_eq!(levels.to_string(), "enum(debug|info)");
    }

    #[test]
    fn what_nobody_sees_is_no_part_of_a_text_without_edges() {
        for edge in [
            ' ', '\n', '\r', '\0', '\u{7f}', '\u{a0}', '\u{ad}', '\u{180e}', '\u{200b}', '\u{200f}', '\u{202a}',
            '\u{202e}', '\u{2060}', '\u{2069}', '\u{feff}',
        ] {
            assert_eq!(without_edges(&format!("{edge}a b{edge}")), "a b", "{edge:?}");
        }
        assert_eq!(without_edges("\u{e9}!"), "\u{e9}!");
    }

    #[test]
    fn what_stands_unseen_around_a_value_is_named() {
        let told = |ty: Type<'_>, text| ty.check(text).unwrap_err().to_string();
        let number = Type::Scalar(Scalar::U8);
        for text in ["25\n", " 25", "25\r\n", "\u{feff}25", "25\u{a0}"] {
            let expected = "must be a whole number from 0 to 255 (u8), without the blank or line break around it";
            assert_eq!(told(number, text), expected, "{text:?}");
        }
        assert_eq!(told(number, "256\n"), "must be a whole number from 0 to 255 (u8)");
        let levels = Type::Enum(&["debug", "info"]);
        assert_eq!(told(levels, "info\n"), "must be one of `debug`, `info`, without the blank or line break around it");
        assert_eq!(told(levels, " "), "must be one of `debug`, `info`");
    }
}
