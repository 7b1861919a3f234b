//! The parameters and the secrets of one account and region, and reading them by name. Writing is in `put` and `label`.

use std::collections::BTreeMap;

use crate::Refusal;
use crate::clock::Moment;
use crate::limits::{self, Constraints};
use crate::managed;
use crate::parameter::{ManagedSecret, ManagedVersion, Parameter, Value, Version};

/// Everything that is stored. Cheap to clone as far as values go: they are shared.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) region: String,
    pub(crate) account: String,
    /// By [`Store::key`].
    pub(crate) parameters: BTreeMap<String, Parameter>,
    /// By name.
    pub(crate) managed: BTreeMap<String, ManagedSecret>,
}

/// What a name in a request led to.
pub(crate) enum Found<'a> {
    /// A version, and the selector it was asked for with (`:3`).
    Parameter(&'a Parameter, &'a Version, Option<String>),
    /// A secret of Secrets Manager: its name, its version, and the selector.
    Managed(String, &'a ManagedVersion, Option<String>),
}

impl Store {
    pub(crate) fn new(region: &str, account: &str) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            parameters: BTreeMap::new(),
            managed: BTreeMap::new(),
        }
    }

    /// `name` and `/name` are one parameter; deeper names always start with the slash.
    pub(crate) fn key(name: &str) -> String {
        let name = name.trim();
        format!("/{}", name.strip_prefix('/').unwrap_or(name))
    }

    /// `arn:aws:ssm:us-east-1:123456789012:parameter/name`
    pub(crate) fn arn(&self, name: &str) -> String {
        format!("arn:aws:ssm:{}:{}:parameter{}", self.region, self.account, Self::key(name))
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.get(&Self::key(name))
    }

    /// `GetParameter`, and one name of `GetParameters`: a name, an ARN, either with a selector, or a managed secret.
    pub(crate) fn find(&self, asked: &str, decrypt: bool) -> Result<Found<'_>, Refusal> {
        if let Some(id) = asked.strip_prefix(managed::PREFIX) {
            return managed::find(&self.managed, asked, id, decrypt);
        }
        let name =
            if asked.starts_with("arn:") { self.name_of_arn(asked).ok_or_else(|| not_found(asked))? } else { asked };
        let (name, selector) = match name.split_once(':') {
            Some((name, selector)) => (name, Some(selector)),
            None => (name, None),
        };
        if selector.is_some_and(|selector| selector.is_empty() || selector.contains(':')) {
            return Err(Refusal::validation(BAD_SELECTOR));
        }
        limits::name_to_read(name)?;
        let parameter = self.parameter(name).ok_or_else(|| not_found(name))?;
        let Some(selector) = selector else { return Ok(Found::Parameter(parameter, parameter.latest(), None)) };
        let version = parameter.select(selector).ok_or_else(|| version_not_found(selector, name))?;
        Ok(Found::Parameter(parameter, version, Some(format!(":{selector}"))))
    }

    /// The name (and selector) behind an ARN of this region and account.
    pub(crate) fn name_of_arn<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let prefix = format!("arn:aws:ssm:{}:{}:parameter/", self.region, self.account);
        let name = arn.strip_prefix(&prefix)?;
        // A name with levels keeps the slash that ends the prefix.
        if name.contains('/') { arn.get(prefix.len() - 1..) } else { Some(name) }
    }

    /// `DeleteParameter`
    pub(crate) fn delete(&mut self, name: &str) -> Result<(), Refusal> {
        let mut constraints = Constraints::default();
        constraints.length("name", name, 1, limits::NAME_IN_REQUEST);
        constraints.check()?;
        let name = self.name_of_arn(name).unwrap_or(name);
        self.parameters.remove(&Self::key(name)).map(drop).ok_or_else(|| not_found(name))
    }

    /// A new `AWSCURRENT` of a secret of Secrets Manager; the one before it becomes `AWSPREVIOUS`.
    pub(crate) fn put_managed(&mut self, name: &str, value: Value, now: Moment) {
        let secret = self.managed.entry(name.to_owned()).or_insert_with(|| ManagedSecret { versions: Vec::new() });
        for version in &mut secret.versions {
            version.stages.retain(|stage| stage != "AWSPREVIOUS");
            for stage in &mut version.stages {
                if stage == "AWSCURRENT" {
                    "AWSPREVIOUS".clone_into(stage);
                }
            }
        }
        let id = managed::version_id(name, secret.versions.len());
        let stages = vec!["AWSCURRENT".to_owned()];
        secret.versions.push(ManagedVersion { id, stages, value, created: now.ms });
    }
}

pub(crate) fn not_found(name: &str) -> Refusal {
    Refusal::client("ParameterNotFound", format!("Parameter {name} not found."))
}

pub(crate) fn version_not_found(selector: &str, name: &str) -> Refusal {
    let text =
        format!("Systems Manager could not find version {selector} of {name}. Verify the version and try again.");
    Refusal::client("ParameterVersionNotFound", text)
}

const BAD_SELECTOR: &str =
    "Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label>";
