//! What the store holds: parameters, their versions, and secrets of Secrets Manager. Values are wiped when dropped and have
//! no `Debug` output.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A parameter's type, as SSM names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "file", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum ParameterType {
    /// Plain text.
    String,
    /// Comma-separated plain text.
    StringList,
    /// Encrypted with a KMS key.
    SecureString,
}

impl ParameterType {
    /// `String`, `StringList` or `SecureString`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString => "SecureString",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::String, Self::StringList, Self::SecureString].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A parameter's tier, which sets the size of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "file", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Tier {
    /// 4 KB, free.
    Standard,
    /// 8 KB and policies. There is no way back but to delete the parameter.
    Advanced,
    /// Standard as long as that is enough. Only in requests: a stored parameter is one of the other two.
    IntelligentTiering,
}

impl Tier {
    /// `Standard`, `Advanced` or `Intelligent-Tiering`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Advanced => "Advanced",
            Self::IntelligentTiering => "Intelligent-Tiering",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Standard, Self::Advanced, Self::IntelligentTiering].into_iter().find(|tier| tier.as_str() == text)
    }
}

/// A value: shared, wiped with its last owner, never printed.
#[derive(Clone)]
#[cfg_attr(feature = "file", derive(serde::Deserialize))]
#[cfg_attr(feature = "file", serde(from = "String"))]
pub(crate) struct Value(Arc<Zeroizing<String>>);

impl Value {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

#[cfg(feature = "file")]
impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// One parameter with the versions that are kept, oldest first, never none.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "file", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Parameter {
    /// As it was first written: `name` and `/name` are the same parameter.
    pub(crate) name: String,
    pub(crate) versions: Vec<Version>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Parameter {
    pub(crate) fn latest(&self) -> &Version {
        self.versions.last().expect("a parameter is created with its first version")
    }

    pub(crate) fn version(&self, number: i64) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// By number, else by label.
    pub(crate) fn select(&self, selector: &str) -> Option<&Version> {
        match selector.parse() {
            Ok(number) => self.version(number),
            Err(_) => self.versions.iter().find(|version| version.labels.iter().any(|label| label == selector)),
        }
    }
}

/// One version of a parameter.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "file", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Version {
    pub(crate) number: i64,
    pub(crate) value: Value,
    pub(crate) kind: ParameterType,
    pub(crate) tier: Tier,
    pub(crate) key_id: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) allowed_pattern: Option<String>,
    pub(crate) policies: Option<String>,
    pub(crate) data_type: String,
    /// Milliseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) labels: Vec<String>,
}

/// A secret of Secrets Manager, which SSM serves under `/aws/reference/secretsmanager/`.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "file", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct ManagedSecret {
    pub(crate) versions: Vec<ManagedVersion>,
}

/// One version of a [`ManagedSecret`], with stages such as `AWSCURRENT`.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "file", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct ManagedVersion {
    pub(crate) id: String,
    pub(crate) stages: Vec<String>,
    pub(crate) value: Value,
    pub(crate) created: i64,
}
