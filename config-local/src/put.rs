//! `PutParameter`: what is asked for, every rule for it, and the new version.

use std::collections::BTreeMap;
use std::fmt;

use crate::limits::{self, Constraints};
use crate::parameter::{Parameter, ParameterType, Tier, Value, Version};
use crate::store::Store;
use crate::{Refusal, clock::Moment};

/// A parameter to store with [`LocalSsm::put`](crate::LocalSsm::put).
///
/// An existing parameter gets a new version, unless [`create_only`](Self::create_only) was called.
///
/// # Security
///
/// Holds the value. `Debug` does not show it.
///
/// ```
/// use bind_config_local::{LocalSsm, NewParameter, Tier};
///
/// let ssm = LocalSsm::start()?;
/// let version = ssm.put(NewParameter::secure("/orders/certificate", "-----BEGIN").tier(Tier::Advanced))?;
///
/// assert_eq!(version, 1);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct NewParameter {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// `None` keeps the type of the parameter that is overwritten.
    pub(crate) kind: Option<ParameterType>,
    pub(crate) tier: Option<Tier>,
    pub(crate) key_id: Option<String>,
    pub(crate) overwrite: bool,
    pub(crate) description: Option<String>,
    pub(crate) allowed_pattern: Option<String>,
    pub(crate) policies: Option<String>,
    pub(crate) data_type: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl NewParameter {
    /// A `String`.
    pub fn string(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, Value::new(value), Some(ParameterType::String))
    }

    /// A `StringList`: comma-separated text.
    pub fn list(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, Value::new(value), Some(ParameterType::StringList))
    }

    /// A `SecureString`.
    pub fn secure(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, Value::new(value), Some(ParameterType::SecureString))
    }

    pub(crate) fn new(name: impl Into<String>, value: Value, kind: Option<ParameterType>) -> Self {
        Self {
            name: name.into(),
            value,
            kind,
            tier: None,
            key_id: None,
            overwrite: true,
            description: None,
            allowed_pattern: None,
            policies: None,
            data_type: None,
            tags: BTreeMap::new(),
        }
    }

    /// The tier; without it a new parameter is Standard and an overwritten one keeps its own.
    #[must_use]
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = Some(tier);
        self
    }

    /// The KMS key of a `SecureString`; `alias/aws/ssm` without it.
    #[must_use]
    pub fn key(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    /// The description.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// A regular expression the value must match.
    #[must_use]
    pub fn allowed_pattern(mut self, pattern: impl Into<String>) -> Self {
        self.allowed_pattern = Some(pattern.into());
        self
    }

    /// Adds a tag. AWS takes tags only with [`create_only`](Self::create_only).
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Refuses to overwrite: `ParameterAlreadyExists`.
    #[must_use]
    pub fn create_only(mut self) -> Self {
        self.overwrite = false;
        self
    }
}

impl fmt::Debug for NewParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, kind, tier, .. } = self;
        f.debug_struct("NewParameter")
            .field("name", name)
            .field("value", value)
            .field("type", kind)
            .field("tier", tier)
            .finish_non_exhaustive()
    }
}

/// Where a version went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) version: i64,
    pub(crate) tier: Tier,
}

impl Store {
    /// Changes nothing where it refuses.
    pub(crate) fn put(&mut self, new: NewParameter, now: Moment) -> Result<Stored, Refusal> {
        check_shape(&new)?;
        limits::new_name(&new.name, &self.arn(&new.name))?;
        if new.overwrite && !new.tags.is_empty() {
            return Err(Refusal::validation(TAGS_AND_OVERWRITE));
        }
        let key = Self::key(&new.name);
        let current = self.parameters.get(&key);
        if current.is_some() && !new.overwrite {
            return Err(Refusal::client("ParameterAlreadyExists", ALREADY_EXISTS));
        }
        let version = next_version(&new, current, now)?;
        let stored = Stored { version: version.number, tier: version.tier };
        self.check_quota(current, version.tier)?;

        let parameter = self.parameters.entry(key).or_insert_with(|| Parameter {
            name: new.name,
            versions: Vec::new(),
            tags: new.tags,
        });
        if parameter.versions.len() >= limits::VERSIONS {
            parameter.versions.remove(0);
        }
        parameter.versions.push(version);
        Ok(stored)
    }

    fn check_quota(&self, current: Option<&Parameter>, tier: Tier) -> Result<(), Refusal> {
        if current.is_some_and(|current| current.latest().tier == tier) {
            return Ok(());
        }
        let limit = if tier == Tier::Advanced { limits::ADVANCED_PARAMETERS } else { limits::STANDARD_PARAMETERS };
        if self.parameters.len() < limit {
            return Ok(());
        }
        let used = self.parameters.values().filter(|parameter| parameter.latest().tier == tier).count();
        if used < limit { Ok(()) } else { Err(Refusal::client("ParameterLimitExceeded", TOO_MANY)) }
    }
}

fn next_version(new: &NewParameter, current: Option<&Parameter>, now: Moment) -> Result<Version, Refusal> {
    let latest = current.map(Parameter::latest);
    let kind = match (new.kind, latest) {
        (Some(kind), Some(latest)) if kind != latest.kind => {
            return Err(Refusal::client("HierarchyTypeMismatchException", TYPE_CHANGE));
        }
        (Some(kind), _) => kind,
        (None, Some(latest)) => latest.kind,
        (None, None) => return Err(Refusal::validation(TYPE_NEEDED)),
    };
    check_value(new, kind)?;
    let length = new.value.expose().chars().count();
    let tier = limits::tier(new.tier, latest.map(|latest| latest.tier), length, new.policies.is_some())?;
    if let Some(current) = current {
        check_oldest(current)?;
    }
    let secure = kind == ParameterType::SecureString;
    let key_id = new.key_id.clone().unwrap_or_else(|| DEFAULT_KEY.to_owned());
    let kept = |own: &Option<String>, old: fn(&Version) -> &Option<String>| {
        own.clone().or_else(|| latest.and_then(|latest| old(latest).clone()))
    };
    Ok(Version {
        number: latest.map_or(1, |latest| latest.number + 1),
        value: new.value.clone(),
        kind,
        tier,
        key_id: secure.then_some(key_id),
        description: kept(&new.description, |version| &version.description),
        allowed_pattern: new.allowed_pattern.clone(),
        policies: new.policies.clone(),
        data_type: new.data_type.clone().unwrap_or_else(|| "text".to_owned()),
        modified: now.ms,
        labels: Vec::new(),
    })
}

fn check_shape(new: &NewParameter) -> Result<(), Refusal> {
    let mut constraints = Constraints::default();
    if new.value.expose().is_empty() {
        constraints.broken("value", "''", "Member must have length greater than or equal to 1.");
    }
    constraints.length("name", &new.name, 1, limits::NAME_IN_REQUEST);
    constraints.length("description", new.description.as_deref().unwrap_or_default(), 0, limits::DESCRIPTION);
    constraints.length(
        "allowedPattern",
        new.allowed_pattern.as_deref().unwrap_or_default(),
        0,
        limits::ALLOWED_PATTERN,
    );
    constraints.length("dataType", new.data_type.as_deref().unwrap_or_default(), 0, limits::DATA_TYPE);
    if let Some(key_id) = &new.key_id {
        constraints.length("keyId", key_id, 1, limits::KEY_ID);
        if !key_id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-')) {
            let rule = "Member must satisfy regular expression pattern: ^([a-zA-Z0-9:/_-]+)$";
            constraints.broken("keyId", &format!("'{key_id}'"), rule);
        }
    }
    constraints.check()
}

fn check_value(new: &NewParameter, kind: ParameterType) -> Result<(), Refusal> {
    let value = new.value.expose();
    if limits::nests_a_parameter(value) {
        return Err(Refusal::validation(NESTED));
    }
    if kind == ParameterType::StringList && value.split(',').any(str::is_empty) {
        return Err(Refusal::validation(EMPTY_ITEM));
    }
    if let Some(data_type) = new.data_type.as_deref().filter(|data_type| !DATA_TYPES.contains(data_type)) {
        let text =
            format!("The following data type is not supported: {data_type} (Data type names are all lowercase.)");
        return Err(Refusal::validation(text));
    }
    if kind != ParameterType::SecureString && new.key_id.is_some() {
        return Err(Refusal::validation(KEY_WITHOUT_SECURE));
    }
    limits::tags(new.tags.len())?;
    let Some(pattern) = new.allowed_pattern.as_deref().filter(|pattern| !pattern.is_empty()) else { return Ok(()) };
    let Ok(regex) = regex_lite::Regex::new(pattern) else {
        return Err(Refusal::client("InvalidAllowedPatternException", BAD_PATTERN));
    };
    if regex.is_match(value) {
        return Ok(());
    }
    let text = format!("Parameter value, cannot be validated against allowedPattern: {pattern}");
    Err(Refusal::client("ParameterPatternMismatchException", text))
}

fn check_oldest(current: &Parameter) -> Result<(), Refusal> {
    if current.versions.len() < limits::VERSIONS {
        return Ok(());
    }
    let Some(oldest) = current.versions.first().filter(|oldest| !oldest.labels.is_empty()) else { return Ok(()) };
    let text = format!(
        "You attempted to create a new version of {} by calling the PutParameter API with the overwrite flag. Version {}, \
         the oldest version, can't be deleted because it has a label associated with it. Move the label to another version \
         of the parameter, and try again.",
        current.name, oldest.number
    );
    Err(Refusal::client("ParameterMaxVersionLimitExceeded", text))
}

/// The model, documentation of `PutParameter.DataType`. What a type demands of a value is not checked here.
const DATA_TYPES: [&str; 16] = [
    "text",
    "aws:ec2:image",
    "aws:ssm:integration",
    "aws:region",
    "aws:account:id",
    "boolean",
    "integer",
    "float",
    "binary",
    "hostname",
    "email",
    "ipv4-address",
    "ipv6-address",
    "url",
    "json",
    "jsonc",
];
pub(crate) const DEFAULT_KEY: &str = "alias/aws/ssm";
const ALREADY_EXISTS: &str =
    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
const TYPE_NEEDED: &str = "A parameter type is required when you create a parameter.";
/// The model's documentation of the exception.
const TYPE_CHANGE: &str = "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't \
    change a parameter from a String type to a SecureString type. You must create a new, unique parameter.";
const TAGS_AND_OVERWRITE: &str = "Invalid request: tags and overwrite can't be used together. To create a parameter with \
    tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or \
    RemoveTagsFromResource.";
const NESTED: &str = "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.";
const EMPTY_ITEM: &str = "StringList parameters can't have empty items.";
const KEY_WITHOUT_SECURE: &str = "KeyId is required for SecureString type parameter only.";
const BAD_PATTERN: &str = "The request doesn't meet the regular expression requirement.";
const TOO_MANY: &str = "You have exceeded the number of parameters for this Amazon Web Services account. Delete one or more \
    parameters and try again.";
