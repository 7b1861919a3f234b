//! Where a service or a store is, for people and for programs.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A service of AWS, or what stands in for it at `endpoint`.
    Aws { service: &'static str, region: String, endpoint: Option<String> },
    /// The file of a laptop's store, and how somebody in this folder would type it.
    Local { path: PathBuf, shown: String },
}

impl Address {
    pub(crate) fn local(path: &Path, current: &Path) -> Self {
        let shown = path.strip_prefix(current).unwrap_or(path).display().to_string();
        Address::Local { path: path.to_owned(), shown }
    }

    pub(crate) fn to_json(&self) -> Json {
        match self {
            Address::Aws { service, region, endpoint } => {
                json!({ "kind": service.to_ascii_lowercase(), "region": region, "endpoint": endpoint })
            }
            Address::Local { path, .. } => json!({ "kind": "local", "path": path }),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Aws { service, endpoint: Some(endpoint), .. } => write!(f, "{service} at {endpoint}"),
            Address::Aws { service, region, endpoint: None } => write!(f, "{service} in {region}"),
            Address::Local { shown, .. } => write!(f, "the local store ({shown})"),
        }
    }
}
