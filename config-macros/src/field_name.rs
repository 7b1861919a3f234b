//! The names that fields and generated types can have.

use heck::ToUpperCamelCase as _;
use proc_macro2::{Ident, Span};

/// A name that a field can have: raw where it is a keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldName(String);

/// Why a name cannot be that of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameError {
    /// `self`, `Self`, `super`, `crate` and `_` cannot even be raw.
    Impossible,
    /// `APP` and `STAGE` are there already.
    Taken,
}

impl FieldName {
    /// The field of a binding, or of a rename.
    pub(crate) fn new(name: &str) -> Result<FieldName, NameError> {
        match name {
            "self" | "Self" | "super" | "crate" | "_" => Err(NameError::Impossible),
            "APP" | "STAGE" => Err(NameError::Taken),
            _ => Ok(FieldName(name.to_owned())),
        }
    }

    /// Without `r#`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn ident(&self, span: Span) -> Ident {
        if is_keyword(&self.0) { Ident::new_raw(&self.0, span) } else { Ident::new(&self.0, span) }
    }
}

/// The name of the enum that is generated for a binding: `LogLevel` for `LOG_LEVEL`.
pub(crate) fn enum_name(config: &str, binding: &str) -> String {
    let camel = binding.to_upper_camel_case();
    // In a module with two configurations the names stay apart; a prelude name would change what the module's own code means.
    if config == "Config" && !PRELUDE.contains(&camel.as_str()) { camel } else { format!("{config}{camel}") }
}

/// Types, traits and variants that every module sees, of the editions so far, and `Self`.
const PRELUDE: [&str; 44] = [
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// A keyword of any edition: raw is right in all of them.
fn is_keyword(name: &str) -> bool {
    KEYWORDS.binary_search(&name).is_ok()
}

/// Sorted. Without those that cannot be raw.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> String {
        FieldName::new(name).unwrap().ident(Span::call_site()).to_string()
    }

    #[test]
    fn keywords_are_raw_and_nothing_else_is() {
        assert!(KEYWORDS.is_sorted());
        for keyword in ["type", "async", "gen", "yield", "abstract", "true"] {
            assert_eq!(field(keyword), format!("r#{keyword}"));
        }
        for name in ["union", "auto", "default", "Type", "STRIPE_KEY", "static_", "macro_rules"] {
            assert_eq!(field(name), name);
        }
    }

    #[test]
    fn some_names_cannot_be_fields() {
        for name in ["self", "Self", "super", "crate", "_"] {
            assert_eq!(FieldName::new(name), Err(NameError::Impossible));
        }
        assert_eq!(FieldName::new("APP"), Err(NameError::Taken));
        assert_eq!(FieldName::new("STAGE"), Err(NameError::Taken));
    }

    #[test]
    fn enums_are_named_after_their_binding() {
        assert_eq!(enum_name("Config", "LOG_LEVEL"), "LogLevel");
        assert_eq!(enum_name("AppConfig", "LOG_LEVEL"), "AppConfigLogLevel");
        assert_eq!(enum_name("Config", "OPTION"), "ConfigOption");
        assert_eq!(enum_name("Config", "self"), "ConfigSelf");
        assert_eq!(enum_name("Config", "DEFAULT"), "ConfigDefault");
        assert_eq!(enum_name("Config", "from_iterator"), "ConfigFromIterator");
    }
}
