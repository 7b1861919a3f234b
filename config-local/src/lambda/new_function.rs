//! A function that a test puts there, and the rules for it.

use std::collections::BTreeMap;
use std::fmt;

use super::function::{Alias, Configuration, Function, LATEST, Status};
use super::list::broken;
use super::{Functions, environment, invalid_parameter, name};
use crate::Refusal;
use crate::clock::Moment;
use crate::parameter::Value;

/// A function to store with [`LocalSsm::put_function`](crate::LocalSsm::put_function).
///
/// # Security
///
/// Holds the values of variables. `Debug` shows their names only.
///
/// ```
/// use bind_config_local::{LocalSsm, NewFunction};
///
/// let ssm = LocalSsm::start()?;
/// ssm.put_function(NewFunction::new("orders-dev-api").variable("SST_APP", "orders").version("3").alias("live", "3"))?;
///
/// assert_eq!(ssm.function_variables("orders-dev-api").map(|variables| variables.len()), Some(1));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct NewFunction {
    name: String,
    variables: BTreeMap<String, Value>,
    tags: BTreeMap<String, String>,
    key: Option<String>,
    undecryptable: bool,
    snap_start: bool,
    versions: Vec<String>,
    aliases: BTreeMap<String, String>,
    provisioned: BTreeMap<String, u32>,
    failing: Option<String>,
}

impl NewFunction {
    /// A function without variables.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            variables: BTreeMap::new(),
            tags: BTreeMap::new(),
            key: None,
            undecryptable: false,
            snap_start: false,
            versions: Vec::new(),
            aliases: BTreeMap::new(),
            provisioned: BTreeMap::new(),
            failing: None,
        }
    }

    /// Adds a variable.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), Value::new(value));
        self
    }

    /// Adds variables.
    pub fn variables(self, variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        variables.into_iter().fold(self, |function, (name, value)| function.variable(name, value))
    }

    /// Adds a tag.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// The ARN of the KMS key of its environment; without it Lambda's own.
    pub fn kms_key(mut self, arn: impl Into<String>) -> Self {
        self.key = Some(arn.into());
        self
    }

    /// The caller cannot decrypt its environment: answers have an error in its place, where it has a variable at all.
    pub fn undecryptable(mut self) -> Self {
        self.undecryptable = true;
        self
    }

    /// `SnapStart` of its published versions.
    pub fn snap_start(mut self) -> Self {
        self.snap_start = true;
        self
    }

    /// A published version, such as `3`, with what the function is put with.
    pub fn version(mut self, number: impl Into<String>) -> Self {
        self.versions.push(number.into());
        self
    }

    /// An alias of a published version, or of `$LATEST`.
    pub fn alias(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.aliases.insert(name.into(), version.into());
        self
    }

    /// Keeps so many instances of a version or alias warm.
    pub fn provisioned_concurrency(mut self, qualifier: impl Into<String>, instances: u32) -> Self {
        self.provisioned.insert(qualifier.into(), instances);
        self
    }

    /// Its updates are accepted and end `Failed`, for this reason.
    pub fn failing_updates(mut self, reason: impl Into<String>) -> Self {
        self.failing = Some(reason.into());
        self
    }
}

impl fmt::Debug for NewFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewFunction")
            .field("name", &self.name)
            .field("variables", &self.variables.keys())
            .field("aliases", &self.aliases)
            .finish_non_exhaustive()
    }
}

impl Functions {
    /// In place of one of that name.
    pub(crate) fn put(&mut self, new: NewFunction, now: Moment) -> Result<(), Refusal> {
        let name = name::own(&new.name)?;
        environment::check(&new.variables)?;
        let mut configuration = || Configuration {
            variables: new.variables.clone(),
            description: String::new(),
            key: new.key.clone(),
            revision: self.next_revision(),
            modified: now,
        };
        let latest = configuration();
        let versions =
            new.versions.iter().map(|version| Ok((number(version)?, configuration()))).collect::<Result<_, _>>()?;
        let alias = |(name, version): (String, String)| (name, Alias { version, revision: self.next_revision() });
        let aliases = new.aliases.into_iter().map(alias).collect();
        let function = Function {
            name: name.clone(),
            latest,
            versions,
            aliases,
            provisioned: new.provisioned,
            tags: new.tags,
            undecryptable: new.undecryptable,
            snap_start: new.snap_start,
            failing: new.failing,
            status: Status::Successful,
            updates: 0,
        };
        self.check_qualifiers(&function)?;
        self.by_name.insert(name, function);
        Ok(())
    }

    fn check_qualifiers(&self, function: &Function) -> Result<(), Refusal> {
        let versions = function.aliases.values().map(|alias| &alias.version);
        for qualifier in versions.chain(function.provisioned.keys()) {
            function.select(qualifier).ok_or_else(|| self.not_found(&function.name, Some(qualifier)))?;
        }
        let unpublished = |qualifier: &String| function.select(qualifier).is_some_and(|(version, _)| version == LATEST);
        if function.provisioned.keys().any(unpublished) { Err(invalid_parameter(UNPUBLISHED)) } else { Ok(()) }
    }
}

fn number(version: &str) -> Result<u64, Refusal> {
    let rule = r"Member must satisfy regular expression pattern: (\$LATEST|[0-9]+)";
    version.parse().ok().filter(|number| *number > 0).ok_or_else(|| broken("functionVersion", version, rule))
}

/// `PutProvisionedConcurrencyConfig`'s.
const UNPUBLISHED: &str = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
