//! The Rust types of fields: which types in an override are built in, and what those read.

use bind_config_manifest::value::{self, Form, Misfit, Scalar};
use bind_config_manifest::{EnumWords, ValueType};
use syn::{GenericArgument, Path, PathArguments, Type};

use crate::model::RustType;

/// A type whose text form is this project's, not that of `FromStr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    /// The type of a scalar of the manifest.
    Scalar(Scalar),
    /// A number that only overrides have.
    Number(&'static str),
    /// `Vec<T>` of a scalar's type.
    List(Scalar),
    /// `str`, for a secret alone.
    Text,
}

impl BuiltIn {
    /// What the user's type is, as far as its spelling says.
    pub(crate) fn of(ty: &Type) -> Option<BuiltIn> {
        let Type::Path(path) = bare(ty) else { return None };
        if path.qself.is_some() {
            return None;
        }
        if let Some(element) = vec_element(&path.path) {
            return match BuiltIn::of(element)? {
                BuiltIn::Scalar(scalar) => Some(BuiltIn::List(scalar)),
                _ => None,
            };
        }
        let name = plain_name(&path.path)?;
        let (module, name) = name.rsplit_once("::").unwrap_or(("", &name));
        let at_home = |homes: &[&str]| module.is_empty() || homes.contains(&module);
        match name {
            "String" if at_home(&["std::string", "alloc::string"]) => Some(BuiltIn::Scalar(Scalar::String)),
            "Duration" if at_home(&["std::time", "core::time"]) => Some(BuiltIn::Scalar(Scalar::Duration)),
            "str" if at_home(&["std::primitive", "core::primitive"]) => Some(BuiltIn::Text),
            _ if !at_home(&["std::primitive", "core::primitive"]) => None,
            _ => {
                let number = NUMBERS.into_iter().find(|number| *number == name).map(BuiltIn::Number);
                Scalar::from_name(name)
                    .filter(|scalar| rust_name(*scalar) == Some(name))
                    .map(BuiltIn::Scalar)
                    .or(number)
            }
        }
    }

    /// Whether a text of the manifest's type can be one of this type at all.
    pub(crate) fn reads(self, ty: &ValueType) -> bool {
        match (self, ty) {
            (BuiltIn::Text | BuiltIn::Scalar(Scalar::String), _) => true,
            (_, ValueType::Scalar(scalar)) if is_open(*scalar) => true,
            (BuiltIn::List(of), ValueType::List(element)) => reads_scalar(of, *element),
            (BuiltIn::List(_), _) | (_, ValueType::List(_)) => false,
            (_, ValueType::Enum(words)) => self.reads_words(words),
            (BuiltIn::Number("f32"), ValueType::Scalar(scalar)) => fits_into_float(f32::MANTISSA_DIGITS, *scalar),
            (BuiltIn::Number(_), ValueType::Scalar(scalar)) => scalar.is_number(),
            (BuiltIn::Scalar(own), ValueType::Scalar(scalar)) => reads_scalar(own, *scalar),
        }
    }

    fn reads_words(self, words: &EnumWords) -> bool {
        words.words().iter().all(|word| self.fits(word))
    }

    /// Whether the runtime reads `text` as this type.
    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            BuiltIn::Scalar(scalar) => scalar.check(text).is_ok(),
            BuiltIn::List(scalar) => value::Type::List(scalar).check(text).is_ok(),
            BuiltIn::Number("u128") => value::integer::<u128>(text).is_some(),
            // As wide as where programs run; where it is narrower, the start says so.
            BuiltIn::Number("usize") => value::integer::<u64>(text).is_some(),
            BuiltIn::Number("isize") => value::integer::<i64>(text).is_some(),
            BuiltIn::Number("f32") => value::single(text).is_some(),
            BuiltIn::Number(_) => value::integer::<i128>(text).is_some(),
            BuiltIn::Text => true,
        }
    }
}

/// Numbers that only overrides have.
const NUMBERS: [&str; 5] = ["u128", "i128", "usize", "isize", "f32"];

/// How Rust calls the type of a scalar; nothing for those that are types of other crates.
fn rust_name(scalar: Scalar) -> Option<&'static str> {
    match scalar.form() {
        Form::Text => Some("String"),
        Form::Duration => Some("Duration"),
        Form::Bool | Form::Integer { .. } | Form::Float => Some(scalar.as_str()),
        Form::Url | Form::Json => None,
    }
}

/// The built-in types, as they are spelled, that read a type of the manifest.
pub(crate) fn that_read(ty: &ValueType) -> Vec<String> {
    let scalars =
        || Scalar::ALL.into_iter().filter_map(|scalar| Some((BuiltIn::Scalar(scalar), rust_name(scalar)?.to_owned())));
    let numbers = NUMBERS.map(|name| (BuiltIn::Number(name), name.to_owned()));
    let list = |(own, name): (BuiltIn, String)| match own {
        BuiltIn::Scalar(scalar) => Some((BuiltIn::List(scalar), format!("Vec<{name}>"))),
        _ => None,
    };
    let all = scalars().chain(numbers).chain(scalars().filter_map(list));
    all.filter(|(own, _)| own.reads(ty)).map(|(_, name)| name).collect()
}

fn reads_scalar(own: Scalar, scalar: Scalar) -> bool {
    match own.form() {
        _ if own == scalar || scalar == Scalar::String || own == Scalar::String => true,
        Form::Float => fits_into_float(f64::MANTISSA_DIGITS, scalar),
        Form::Integer { .. } => scalar.is_number(),
        Form::Text | Form::Bool | Form::Url | Form::Duration | Form::Json => false,
    }
}

/// Whether every number of the type is the same number as a float with so many digits, which would change any other without
/// a word. Digits behind the point are what a float is for.
fn fits_into_float(digits: u32, scalar: Scalar) -> bool {
    match scalar.form() {
        Form::Integer { min, max } => max <= 1 << digits && min >= -(1 << digits),
        Form::Float => true,
        Form::Text | Form::Bool | Form::Url | Form::Duration | Form::Json => false,
    }
}

/// Whether a text of the manifest's type can have the form of any other.
fn is_open(scalar: Scalar) -> bool {
    match scalar.form() {
        Form::Text | Form::Json => true,
        Form::Bool | Form::Integer { .. } | Form::Float | Form::Url | Form::Duration => false,
    }
}

/// Checks that the runtime reads a text, which is of the manifest's type, as that of the field.
pub(crate) fn holds(rust: &RustType, text: &str) -> Result<(), Misfit> {
    let (ty, holds) = match *rust {
        RustType::Scalar(scalar) if scalar.form() == Form::Url => (value::Type::Scalar(scalar), is_url(text)),
        RustType::List(scalar) if scalar.form() == Form::Url => {
            let are_urls = |elements: Vec<String>| elements.iter().all(|element| is_url(element));
            (value::Type::List(scalar), value::elements(scalar, text).is_ok_and(are_urls))
        }
        RustType::Text | RustType::Scalar(_) | RustType::List(_) | RustType::Enum(_) | RustType::Own(..) => {
            return Ok(());
        }
    };
    if holds { Ok(()) } else { Err(ty.misfit()) }
}

/// The manifest asks for a scheme alone, so that no feature changes what other fields accept.
fn is_url(text: &str) -> bool {
    #[cfg(feature = "url")]
    return url::Url::parse(text).is_ok();
    // No field has the type.
    #[cfg(not(feature = "url"))]
    return !text.is_empty();
}

/// What stands around a field's type already: `Option` or `Secret`, if the user's type is one by its spelling.
pub(crate) fn wrapper(ty: &Type) -> Option<&'static str> {
    let Type::Path(path) = bare(ty) else { return None };
    let last = path.path.segments.last().filter(|last| !last.arguments.is_none())?;
    let home = path.path.segments.first().filter(|_| path.path.segments.len() > 1).map(|first| first.ident.to_string());
    // The dependency may have another name.
    let is_ours = last.ident == "Secret" && path.path.segments.len() <= 2 && home.as_deref() != Some("crate");
    let is_std = last.ident == "Option" && home.is_none_or(|home| home == "std" || home == "core");
    if is_std { Some("Option") } else { is_ours.then_some("Secret") }
}

/// Without parentheses, and without the invisible ones around a type that a macro hands on (`$t:ty`).
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        ty => ty,
    }
}

/// `T` of `Vec<T>`
fn vec_element(path: &Path) -> Option<&Type> {
    let last = path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let module: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    if !matches!(module.join("::").as_str(), "Vec" | "std::vec::Vec" | "alloc::vec::Vec") {
        return None;
    }
    match arguments.args.first() {
        Some(GenericArgument::Type(element)) if arguments.args.len() == 1 => Some(element),
        _ => None,
    }
}

/// `std::time::Duration`, without a leading `::`; nothing where there are generics.
fn plain_name(path: &Path) -> Option<String> {
    let name = |segment: &syn::PathSegment| segment.arguments.is_none().then(|| segment.ident.to_string());
    Some(path.segments.iter().map(name).collect::<Option<Vec<_>>>()?.join("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ty: &str) -> Option<BuiltIn> {
        BuiltIn::of(&syn::parse_str(ty).unwrap())
    }

    #[test]
    fn built_in_types_are_known_by_their_spelling() {
        for ty in ["u32", "::core::primitive::u32", "std::primitive::u32"] {
            assert_eq!(of(ty), Some(BuiltIn::Scalar(Scalar::U32)), "{ty}");
        }
        for ty in ["Duration", "std::time::Duration", "::core::time::Duration"] {
            assert_eq!(of(ty), Some(BuiltIn::Scalar(Scalar::Duration)), "{ty}");
        }
        assert_eq!(of("Vec<String>"), Some(BuiltIn::List(Scalar::String)));
        assert_eq!(of("std::vec::Vec<u8>"), Some(BuiltIn::List(Scalar::U8)));
        assert_eq!(of("usize"), Some(BuiltIn::Number("usize")));
        assert_eq!(of("str"), Some(BuiltIn::Text));
        // As a macro around the call hands them on.
        assert_eq!(of("(u32)"), Some(BuiltIn::Scalar(Scalar::U32)));
        assert_eq!(of("((Vec<(u8)>))"), Some(BuiltIn::List(Scalar::U8)));
        let group = Type::Group(syn::TypeGroup {
            attrs: Vec::new(),
            group_token: syn::token::Group::default(),
            elem: Box::new(syn::parse_str("f64").unwrap()),
        });
        assert_eq!(BuiltIn::of(&group), Some(BuiltIn::Scalar(Scalar::F64)));
    }

    #[test]
    fn any_other_type_is_the_users() {
        for ty in ["my::Duration", "my::u32", "Vec<Flag>", "Vec<u128>", "Vec<Vec<u8>>", "url", "(u8, u8)", "[u8; 2]"] {
            assert_eq!(of(ty), None, "{ty}");
        }
        for ty in ["Option<u8>", "<T as Trait>::String", "char", "url::Url", "serde_json::Value", "Strings"] {
            assert_eq!(of(ty), None, "{ty}");
        }
    }

    #[test]
    fn a_type_reads_what_can_have_its_text_form() {
        let words = |words: &[&str]| ValueType::Enum(EnumWords::new(words.iter().copied()).unwrap());
        let reads = |ty: &str, manifest: &ValueType| of(ty).unwrap().reads(manifest);
        assert!(reads("u8", &ValueType::Scalar(Scalar::U64)) && reads("f32", &ValueType::Scalar(Scalar::I8)));
        assert!(reads("f64", &ValueType::Scalar(Scalar::U32)) && reads("f32", &ValueType::Scalar(Scalar::F64)));
        assert!(!reads("f64", &ValueType::Scalar(Scalar::U64)) && !reads("f32", &ValueType::Scalar(Scalar::I32)));
        assert!(!reads("Vec<f64>", &ValueType::List(Scalar::I64)) && reads("Vec<f64>", &ValueType::List(Scalar::I32)));
        assert!(reads("u8", &ValueType::Scalar(Scalar::String)) && reads("u16", &words(&["80", "443"])));
        assert!(reads("String", &words(&["a"])) && reads("Vec<u8>", &ValueType::List(Scalar::U64)));
        assert!(!reads("u8", &ValueType::Scalar(Scalar::Bool)) && !reads("Duration", &ValueType::Scalar(Scalar::U64)));
        assert!(!reads("u16", &words(&["80", "http"])) && !reads("u8", &ValueType::List(Scalar::U8)));
        assert!(!reads("Vec<u8>", &ValueType::Scalar(Scalar::U8)) && !reads("Vec<u8>", &ValueType::List(Scalar::Bool)));
    }

    #[test]
    fn what_is_added_anyway_is_known_by_its_spelling() {
        let wrapper = |ty: &str| wrapper(&syn::parse_str(ty).unwrap());
        for ty in ["Option<u8>", "std::option::Option<u8>", "(Option<u8>)"] {
            assert_eq!(wrapper(ty), Some("Option"), "{ty}");
        }
        assert_eq!((wrapper("Secret<str>"), wrapper("config::Secret<u8>")), (Some("Secret"), Some("Secret")));
        for ty in ["crate::my::Option<u8>", "my::Option<u8>", "crate::Secret<u8>", "Option", "u8"] {
            assert_eq!(wrapper(ty), None, "{ty}");
        }
    }

    #[test]
    fn a_number_that_only_overrides_have_is_checked_as_rust_reads_it() {
        let fits = |ty: &str, text: &str| of(ty).unwrap().fits(text);
        assert!(fits("f32", "0.5") && !fits("f32", "1e39") && !fits("f32", "inf"));
        assert!(fits("u128", "340282366920938463463374607431768211455") && !fits("u128", "-1"));
        assert!(fits("i128", "-1") && fits("isize", "-1") && !fits("usize", "-1"));
        assert!(!fits("usize", "18446744073709551616") && !fits("isize", "9223372036854775808"));
    }

    #[cfg(feature = "url")]
    #[test]
    fn a_field_of_urls_holds_what_the_url_crate_reads() {
        let list = RustType::List(Scalar::Url);
        let holds = |rust: &RustType, text: &str| holds(rust, text).is_ok();
        assert!(holds(&RustType::Scalar(Scalar::Url), "https://a.example") && holds(&list, r#"["https://a.example"]"#));
        assert!(
            !holds(&RustType::Scalar(Scalar::Url), "https://[")
                && !holds(&list, r#"["https://a.example", "https://["]"#)
        );
        assert!(holds(&RustType::Scalar(Scalar::String), "https://["));
    }

    #[test]
    fn a_type_that_does_not_fit_is_told_which_do() {
        assert_eq!(that_read(&ValueType::Scalar(Scalar::Bool)), ["String", "bool"]);
        assert_eq!(that_read(&ValueType::Scalar(Scalar::Duration)), ["String", "Duration"]);
        assert_eq!(that_read(&ValueType::List(Scalar::Bool)), ["String", "Vec<String>", "Vec<bool>"]);
        let numbers = that_read(&ValueType::Scalar(Scalar::U8));
        assert!(numbers.contains(&"i64".to_owned()) && numbers.contains(&"f32".to_owned()), "{numbers:?}");
    }
}
