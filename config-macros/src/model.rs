//! What is to be generated. Types only: whatever stands here can be generated, and how it was read is forgotten.

use bind_config_manifest::value::Scalar;
use bind_config_manifest::{Binding, EnumWords};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{Attribute, Visibility};

use crate::field_name::FieldName;
use crate::rust_type::BuiltIn;

/// Everything that one call generates.
pub(crate) struct Model {
    /// The facade.
    pub(crate) krate: TokenTree,
    /// The path of the manifest in the call: what is generated from the manifest carries its span.
    pub(crate) here: Span,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) config: Item,
    pub(crate) holder: Item,
    /// The path of the manifest, for `include_bytes!`.
    pub(crate) tracked: Option<String>,
    pub(crate) body: Body,
}

/// The struct or the static.
pub(crate) struct Item {
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
}

/// What is known about the fields.
pub(crate) enum Body {
    /// Nothing: there is no manifest, or it is none.
    Unknown,
    /// Every field, broken ones included.
    Known(Box<Config>),
}

/// A configuration.
pub(crate) struct Config {
    pub(crate) app: String,
    /// The one function that was chosen.
    pub(crate) function: Option<String>,
    pub(crate) ssm_prefix: Option<String>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) strict: bool,
    /// The names of the app's secrets that have no fallback, whether they are bound here or not.
    pub(crate) without_fallback: Vec<String>,
    /// The first line of the struct's documentation.
    pub(crate) docs: String,
    pub(crate) target: Target,
    /// Sorted by the name of the binding.
    pub(crate) fields: Vec<Field>,
    pub(crate) enums: Vec<EnumType>,
}

/// Where the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Where values are loaded at start.
    Backend,
    /// With its users: parameters are taken at build, secrets are nowhere.
    Frontend,
}

/// A field of the struct, beside `APP` and `STAGE`.
pub(crate) enum Field {
    Bound(Box<Bound>),
    /// Its binding has a mistake: it is there, and using it is no further error.
    Broken(FieldName),
}

impl Field {
    /// Without `r#`.
    pub(crate) fn name(&self) -> &str {
        match self {
            Field::Bound(bound) => bound.field.as_str(),
            Field::Broken(name) => name.as_str(),
        }
    }
}

/// A field that can be filled.
pub(crate) struct Bound {
    /// As the manifest spells it.
    pub(crate) id: String,
    /// As the environment spells it.
    pub(crate) name: String,
    pub(crate) field: FieldName,
    pub(crate) binding: Binding,
    /// The field's documentation.
    pub(crate) docs: String,
    pub(crate) rust: RustType,
    /// What reads an override, where it is not the user's.
    pub(crate) built_in: Option<BuiltIn>,
    /// What `Config::example()` reads.
    pub(crate) example: Option<String>,
}

/// The type of a field, inside `Secret` and `Option`.
pub(crate) enum RustType {
    /// `str`, inside `Secret` alone.
    Text,
    Scalar(Scalar),
    List(Scalar),
    /// An enum of [`Config::enums`].
    Enum(Ident),
    /// What the user wrote, and who reads it.
    Own(TokenStream, Via),
}

/// Who reads the text of an overridden field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Text,
    User,
    Json,
}

/// An enum that is generated beside the struct.
pub(crate) struct EnumType {
    pub(crate) name: Ident,
    pub(crate) docs: String,
    pub(crate) words: EnumWords,
}
