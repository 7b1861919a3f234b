//! What a manifest says: types and the questions that the macro and the CLI ask. How it is read and written is elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::name::{self, Kind};
use crate::value::{Misfit, Scalar, Shape, Type};
use crate::words::EnumWords;

/// A bindings manifest: what infrastructure bound, and never a value.
///
/// One that was parsed obeys every rule of the format. One that was put together in code is written as it is; ask
/// [`Manifest::check`] before it goes anywhere.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Manifest {
    /// The app's name.
    pub app: String,
    /// The template of the SSM prefix. `None` is [`name::DEFAULT_SSM_PREFIX`].
    pub ssm_prefix: Option<String>,
    /// What wrote the file.
    pub generator: Option<Generator>,
    /// The secrets and parameters, by id as spelled in the file.
    pub bindings: BTreeMap<String, Binding>,
    /// The functions, by logical name. `None`: every binding is visible everywhere.
    pub functions: Option<BTreeMap<String, Function>>,
    /// `$schema`: where editors find the JSON Schema.
    pub schema: Option<String>,
    /// The keys that start with `x-`: nobody interprets them.
    pub extensions: BTreeMap<String, Value>,
}

/// What wrote a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generator {
    /// Its name, without a version: the file changes only when the bindings do.
    pub name: String,
    /// What it read.
    pub source: Option<String>,
}

/// A secret or a parameter.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Binding {
    /// Secret or parameter.
    pub kind: Kind,
    /// The type of its value.
    pub ty: ValueType,
    /// Where it must be set.
    pub required: Required,
    /// What its value must look like, beyond the type.
    pub shape: Shape<String>,
    /// Whether the fallback of a secret is read where the stage has none. `true` for a parameter, which has no fallback.
    pub fallback: bool,
    /// What it is, for people.
    pub docs: Option<String>,
    /// What to use instead, if it is deprecated.
    pub deprecated: Option<String>,
    /// The value on a laptop where nothing else gives the parameter, in the text form of its type. Never on a secret.
    pub default: Option<String>,
    /// A value for `Config::example()`, in the text form of its type.
    pub example: Option<String>,
    /// The keys that start with `x-`: nobody interprets them.
    pub extensions: BTreeMap<String, Value>,
}

/// The type of a binding's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueType {
    /// One value.
    Scalar(Scalar),
    /// One of some words.
    Enum(EnumWords),
    /// A JSON array of such values.
    List(Scalar),
}

/// Where a binding must be set. Anything but `Always` makes its field an `Option`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Required {
    /// In every stage.
    Always,
    /// In none.
    Never,
    /// In these stages: at least one.
    In(BTreeSet<String>),
}

/// A function, and what is bound to it.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Function {
    /// The ids of its bindings, as spelled in the manifest.
    pub bind: BTreeSet<String>,
    /// The cargo binary, where it has another name than the function.
    pub bin: Option<String>,
    /// The keys that start with `x-`: nobody interprets them.
    pub extensions: BTreeMap<String, Value>,
}

impl Manifest {
    /// A manifest of an app without bindings and without functions.
    pub fn new(app: impl Into<String>) -> Manifest {
        Manifest {
            app: app.into(),
            ssm_prefix: None,
            generator: None,
            bindings: BTreeMap::new(),
            functions: None,
            schema: None,
            extensions: BTreeMap::new(),
        }
    }

    /// The template of the SSM prefix: the manifest's own, or the default one.
    pub fn prefix_template(&self) -> &str {
        self.ssm_prefix.as_deref().unwrap_or(name::DEFAULT_SSM_PREFIX)
    }

    /// The bindings of a function, sorted by id. `None` where there is no such function.
    pub fn bindings_of(&self, function: &str) -> Option<impl Iterator<Item = (&str, &Binding)>> {
        let bind = &self.functions.as_ref()?.get(function)?.bind;
        Some(bind.iter().filter_map(|id| self.bindings.get_key_value(id)).map(|(id, binding)| (id.as_str(), binding)))
    }

    /// For every binding that a function has: the functions that have it, sorted.
    pub fn functions_by_binding(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut map: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, function) in self.functions.iter().flatten() {
            for id in &function.bind {
                map.entry(id).or_default().push(name);
            }
        }
        map
    }

    /// The functions whose binary is compiled as the crate `crate_name` (`CARGO_CRATE_NAME`), sorted.
    pub fn functions_of_crate(&self, crate_name: &str) -> Vec<&str> {
        let functions = self.functions.iter().flatten();
        functions.filter(|(name, function)| function.crate_name(name) == crate_name).map(|(name, _)| &**name).collect()
    }
}

impl Generator {
    /// What wrote a manifest, without saying what it read.
    pub fn new(name: impl Into<String>) -> Generator {
        Generator { name: name.into(), source: None }
    }
}

impl Function {
    /// The crate name of its binary, where the function is called `name`: `bin` or `name`, with dashes folded.
    pub fn crate_name(&self, name: &str) -> String {
        name::fold(self.bin.as_deref().unwrap_or(name)).into_owned()
    }
}

impl Binding {
    /// A binding with every default of the format: a required string of any shape, and for a secret with a fallback.
    pub fn new(kind: Kind) -> Binding {
        Binding {
            kind,
            ty: ValueType::Scalar(Scalar::String),
            required: Required::Always,
            shape: Shape::ANY,
            fallback: true,
            docs: None,
            deprecated: None,
            default: None,
            example: None,
            extensions: BTreeMap::new(),
        }
    }

    /// Whether its field is an `Option`.
    pub fn is_optional(&self) -> bool {
        self.required != Required::Always
    }

    /// Checks that `text` is of the type and the shape.
    ///
    /// # Errors
    ///
    /// A [`Misfit`] that names the first rule that the text breaks.
    pub fn check(&self, text: &str) -> Result<(), Misfit> {
        self.ty.with(|ty| ty.check_with(&self.shape, text))
    }
}

impl ValueType {
    /// Checks that `text` is of this type.
    ///
    /// # Errors
    ///
    /// A [`Misfit`] that says what is expected.
    pub fn check(&self, text: &str) -> Result<(), Misfit> {
        self.with(|ty| ty.check(text))
    }

    /// Calls `then` with the borrowed form of this type.
    fn with<R>(&self, then: impl FnOnce(Type<'_>) -> R) -> R {
        match self {
            ValueType::Scalar(scalar) => then(Type::Scalar(*scalar)),
            ValueType::List(scalar) => then(Type::List(*scalar)),
            ValueType::Enum(words) => {
                let words: Vec<&str> = words.words().iter().map(String::as_str).collect();
                then(Type::Enum(&words))
            }
        }
    }
}

impl fmt::Display for ValueType {
    /// As the fingerprint spells it: `u64`, `enum(a|b)`, `list(string)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|ty| ty.fmt(f))
    }
}

impl Required {
    /// Whether it must be set in `stage`.
    pub fn in_stage(&self, stage: &str) -> bool {
        match self {
            Required::Always => true,
            Required::Never => false,
            Required::In(stages) => stages.contains(stage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(functions: &str) -> Manifest {
        let text = format!(
            r#"{{ "format": "bind-manifest", "version": 1, "app": "orders", "functions": {functions},
                "bindings": {{ "A": {{ "kind": "secret" }}, "B-C": {{ "kind": "parameter", "required": ["prod"] }} }} }}"#
        );
        Manifest::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_function_has_what_is_bound_to_it() {
        let manifest = manifest(r#"{ "api": { "bind": ["B-C", "A"] }, "worker": { "bind": ["A"] }, "idle": {} }"#);
        let ids = |function| manifest.bindings_of(function).map(|all| all.map(|(id, _)| id).collect::<Vec<_>>());
        assert_eq!(ids("api"), Some(vec!["A", "B-C"]));
        assert_eq!(ids("idle"), Some(vec![]));
        assert_eq!(ids("other"), None);
        assert_eq!(
            manifest.functions_by_binding(),
            BTreeMap::from([("A", vec!["api", "worker"]), ("B-C", vec!["api"])])
        );
    }

    #[test]
    fn a_function_is_found_by_the_crate_of_its_binary() {
        let manifest = manifest(r#"{ "api": { "bin": "orders-api" }, "orders_api": {}, "my-worker": {} }"#);
        assert_eq!(manifest.functions_of_crate("orders_api"), ["api", "orders_api"]);
        assert_eq!(manifest.functions_of_crate("my_worker"), ["my-worker"]);
        assert_eq!(manifest.functions_of_crate("api"), Vec::<&str>::new());
    }

    #[test]
    fn a_binding_is_required_in_its_stages() {
        let manifest = manifest("{}");
        let binding = &manifest.bindings["B-C"];
        assert!(binding.is_optional() && binding.required.in_stage("prod") && !binding.required.in_stage("dev"));
        assert!(!manifest.bindings["A"].is_optional() && manifest.bindings["A"].required.in_stage("dev"));
    }

    #[test]
    fn a_manifest_made_in_code_is_checked_by_what_it_is_written_as() {
        let mut manifest = Manifest::new("my orders");
        let mut binding = Binding::new(Kind::Parameter);
        binding.ty = ValueType::Scalar(Scalar::U8);
        binding.shape.min = Some("many".to_owned());
        manifest.bindings.insert("A".to_owned(), binding);
        let err = manifest.check().unwrap_err();
        let messages: Vec<&str> = err.mistakes().iter().map(crate::Mistake::message).collect();
        assert_eq!(
            messages,
            [
                "`app` must be 1 to 64 letters, digits, `_`, `.` and `-`",
                "`A`: `min` must be a whole number from 0 to 255 (u8), without quotes"
            ]
        );
    }
}
