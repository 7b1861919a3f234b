//! `UpdateFunctionConfiguration`: its rules, and the new revision. Members besides `Environment`, `KMSKeyArn`,
//! `Description` and `RevisionId` are ignored.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value as Json;

use super::function::Status;
use super::{Functions, Route, environment};
use crate::Refusal;
use crate::input::Input;
use crate::limits::Constraints;
use crate::parameter::Value;
use crate::service::Setting;

/// What is to be changed.
struct Change {
    /// All of them: those that are not among them are gone.
    variables: Option<BTreeMap<String, Value>>,
    description: Option<String>,
    /// An empty one takes the key away.
    key: Option<String>,
    revision: Option<String>,
}

pub(super) fn configuration(
    functions: &mut Functions,
    route: &Route,
    input: Input<'_>,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    let name = functions.asked_unqualified(route.operation, route.function(), setting.caller)?;
    let change = Change::read(input)?;
    if let Some(variables) = &change.variables {
        environment::check(variables)?;
    }
    functions.check_turn(&name, change.revision.as_deref())?;

    let revision = functions.next_revision();
    let function = functions.function_mut(&name)?;
    let latest = &mut function.latest;
    if let Some(variables) = change.variables {
        latest.variables = variables;
    }
    if let Some(description) = change.description {
        latest.description = description;
    }
    if let Some(key) = change.key {
        latest.key = Some(key).filter(|key| !key.is_empty());
    }
    (latest.revision, latest.modified) = (revision, setting.now);
    function.status = Status::InProgress { since: Instant::now() };
    function.updates += 1;
    functions.detailed(&name, None, setting)
}

impl Change {
    fn read(input: Input<'_>) -> Result<Self, Refusal> {
        let owned = |name: &str| input.text(name).map(|text| text.map(str::to_owned));
        let variables = input.object("Environment")?.map(variables).transpose()?;
        let (description, key) = (owned("Description")?, owned("KMSKeyArn")?);
        let mut constraints = Constraints::default();
        constraints.length("description", description.as_deref().unwrap_or_default(), 0, DESCRIPTION);
        if let Some(key) = key.as_deref().filter(|key| !key.is_empty() && !key.starts_with("arn:")) {
            let rule = r"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";
            constraints.broken("kMSKeyArn", &format!("'{key}'"), rule);
        }
        constraints.check()?;
        Ok(Self { variables, description, key, revision: owned("RevisionId")? })
    }
}

/// An `Environment` without `Variables` is one that has none.
fn variables(environment: Input<'_>) -> Result<BTreeMap<String, Value>, Refusal> {
    let Some(variables) = environment.object("Variables")? else { return Ok(BTreeMap::new()) };
    Ok(variables.entries()?.into_iter().map(|(name, value)| (name.to_owned(), Value::new(value))).collect())
}

impl Functions {
    /// Whether the function can be changed now, and is still the one that the caller has seen.
    fn check_turn(&self, name: &str, seen: Option<&str>) -> Result<(), Refusal> {
        let function = self.function(name)?;
        if matches!(function.status, Status::InProgress { .. }) {
            let text = format!("{IN_PROGRESS}{}", self.arn(name, None));
            return Err(Refusal::client("ResourceConflictException", text).with_status(409));
        }
        if seen.is_some_and(|seen| seen != function.latest.revision) {
            return Err(Refusal::client("PreconditionFailedException", STALE).with_status(412));
        }
        Ok(())
    }
}

/// The model, `Description`.
const DESCRIPTION: usize = 256;
/// Issues of other projects quote both, such as aws/aws-cli#6718 and aws/aws-sdk#377.
const IN_PROGRESS: &str = "The operation cannot be performed at this time. An update is in progress for resource: ";
const STALE: &str = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
    retrieve the latest Revision Id";
