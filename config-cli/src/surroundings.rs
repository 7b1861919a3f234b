//! The process's environment and folder, read once; what libraries read for themselves (`aws-config`) aside.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// What the process was started with.
///
/// # Security
///
/// Holds credentials: it has no `Debug`.
#[derive(Default)]
pub(crate) struct Surroundings {
    variables: BTreeMap<OsString, OsString>,
    folder: PathBuf,
}

impl Surroundings {
    #[expect(clippy::disallowed_methods, reason = "the one place of this program that reads it")]
    pub(crate) fn of_process() -> std::io::Result<Self> {
        Ok(Surroundings { variables: first_of_each(std::env::vars_os()), folder: std::env::current_dir()? })
    }

    /// A variable that is there, readable and not empty.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.variables.get(OsStr::new(name))?.to_str().filter(|value| !value.is_empty())
    }

    /// A variable that is there and readable, empty or not.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(OsStr::new(name))?.to_str()
    }

    /// Whether a variable is there, readable or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.variables.contains_key(OsStr::new(name))
    }

    /// All variables.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// Where the process was started.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }
}

/// Of two with one name the first counts, as for everybody who calls `getenv`.
fn first_of_each(all: impl Iterator<Item = (OsString, OsString)>) -> BTreeMap<OsString, OsString> {
    let mut variables = BTreeMap::new();
    for (name, value) in all {
        variables.entry(name).or_insert(value);
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_variables_with_one_name_the_first_counts() {
        let all = [("A", "first"), ("B", "x"), ("A", "second")].map(|(name, value)| (name.into(), value.into()));
        let surroundings = Surroundings { variables: first_of_each(all.into_iter()), folder: PathBuf::new() };
        assert_eq!((surroundings.variable("A"), surroundings.variable("B")), (Some("first"), Some("x")));
    }
}
