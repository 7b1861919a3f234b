//! Provenance: where each field of a loaded configuration came from. Holds no value.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use bind_config_manifest::name::Kind;

use crate::generated::Binding;

/// Where the fields of a configuration came from: a row per binding, sorted by name.
///
/// `Display` is a table, [`to_json`](Sources::to_json) the same as JSON.
///
/// # Security
///
/// Holds names, paths and versions, and no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources(pub(crate) Vec<FieldSource>);

impl FieldSource {
    pub(crate) fn new(binding: &Binding, origin: Origin) -> Self {
        let ty = binding.ty.to_string();
        FieldSource { name: binding.field, binding: binding.name, kind: BindingKind::of(binding.kind), ty, origin }
    }
}

/// Where one field came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldSource {
    /// The field.
    pub name: &'static str,
    /// The binding, as the environment and the store spell it: another name where the call renames the field.
    pub binding: &'static str,
    /// Secret or parameter.
    pub kind: BindingKind,
    /// The type in the manifest: `u64`, `enum(a|b)`, `list(string)`.
    pub ty: String,
    /// Where the value came from.
    pub origin: Origin,
}

/// What a binding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BindingKind {
    /// A plain value that the deployment knows: it is in the function's environment.
    Parameter,
    /// A value that only the store knows: the environment says that it must be fetched.
    Secret,
}

impl BindingKind {
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Parameter => BindingKind::Parameter,
            Kind::Secret => BindingKind::Secret,
        }
    }

    /// `parameter` or `secret`.
    pub fn as_str(self) -> &'static str {
        match self {
            BindingKind::Parameter => Kind::Parameter.as_str(),
            BindingKind::Secret => Kind::Secret.as_str(),
        }
    }
}

impl fmt::Display for BindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// An environment variable.
    Environment {
        /// The variable.
        variable: String,
    },
    /// The store, under the stage's path.
    Stage {
        /// The SSM name.
        path: String,
        /// The version that was read.
        version: i64,
    },
    /// The store, under the app's fallback.
    Fallback {
        /// The SSM name.
        path: String,
        /// The version that was read.
        version: i64,
    },
    /// The store, under a name that the environment gave.
    Elsewhere {
        /// The SSM name or ARN.
        path: String,
        /// The version that was read.
        version: i64,
    },
    /// Nowhere: an optional binding without a value.
    NotSet,
    /// The program: `CONFIG.set(…)`.
    Program,
}

impl Origin {
    /// `env`, `stage`, `fallback`, `elsewhere`, `not_set` or `program`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Origin::Environment { .. } => "env",
            Origin::Stage { .. } => "stage",
            Origin::Fallback { .. } => "fallback",
            Origin::Elsewhere { .. } => "elsewhere",
            Origin::NotSet => "not_set",
            Origin::Program => "program",
        }
    }

    /// The variable or the SSM name.
    pub fn place(&self) -> Option<&str> {
        match self {
            Origin::Environment { variable } => Some(variable),
            Origin::Stage { path, .. } | Origin::Fallback { path, .. } | Origin::Elsewhere { path, .. } => Some(path),
            Origin::NotSet | Origin::Program => None,
        }
    }

    /// The version in the store.
    pub fn version(&self) -> Option<i64> {
        match self {
            Origin::Stage { version, .. } | Origin::Fallback { version, .. } | Origin::Elsewhere { version, .. } => {
                Some(*version)
            }
            _ => None,
        }
    }
}

/// The name of a field of the configuration `T`, from `bind_config::field!`: the compiler has checked that there is one.
pub struct Field<T> {
    name: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> Field<T> {
    /// Made by `field!`. A keyword comes with its `r#`.
    #[doc(hidden)]
    pub const fn new(name: &'static str) -> Self {
        let name = match name.as_bytes() {
            [b'r', b'#', ..] => name.split_at(2).1,
            _ => name,
        };
        Field { name, of: PhantomData }
    }

    /// For [`Sources::field`], and for messages.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}

impl<T> PartialEq for Field<T> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl<T> Eq for Field<T> {}

impl<T> Hash for Field<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl<T> fmt::Display for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

impl Sources {
    /// A row per binding, sorted by name.
    pub fn fields(&self) -> &[FieldSource] {
        &self.0
    }

    /// The row of a field.
    pub fn field(&self, name: &str) -> Option<&FieldSource> {
        self.0.iter().find(|field| field.name == name)
    }

    /// An array of objects with `name`, `binding`, `kind`, `type`, `source`, `place` and `version`.
    pub fn to_json(&self) -> String {
        let row = |field: &FieldSource| {
            serde_json::json!({
                "name": field.name, "binding": field.binding, "kind": field.kind.as_str(), "type": field.ty,
                "source": field.origin.as_str(), "place": field.origin.place(), "version": field.origin.version(),
            })
        };
        serde_json::Value::from(self.0.iter().map(row).collect::<Vec<_>>()).to_string()
    }
}

impl fmt::Display for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.iter().map(|field| field.name.len()).max().unwrap_or(0).max(4);
        let ty = self.0.iter().map(|field| field.ty.len()).max().unwrap_or(0).max(4);
        write!(f, "{:name$}  {:9}  {:ty$}  {:9}  PLACE", "NAME", "KIND", "TYPE", "SOURCE")?;
        for field in &self.0 {
            let row = format!(
                "{:name$}  {:9}  {:ty$}  {:9}",
                field.name,
                field.kind.as_str(),
                field.ty,
                field.origin.as_str()
            );
            let place = field.origin.place().map(|place| format!("  {place}")).unwrap_or_default();
            let version = field.origin.version().map(|version| format!(" (version {version})")).unwrap_or_default();
            write!(f, "\n{}", format!("{row}{place}{version}").trim_end())?;
        }
        Ok(())
    }
}
