//! Lambda, as far as a program needs it that restarts functions: a path in, a body out. Functions live in memory alone.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::clock::Moment;
use crate::input::Input;
use crate::parameter::Value;
use crate::service::Setting;
use crate::{Operation, Refusal};

mod encode;
mod environment;
mod function;
mod list;
mod name;
mod new_function;
mod route;
mod update;

pub use new_function::NewFunction;
pub(crate) use route::Route;

use function::Function;

/// The functions of one account and region.
pub(crate) struct Functions {
    region: String,
    account: String,
    /// How long an update is in progress.
    update_time: Duration,
    /// How many revisions there were, so that no two have the same id.
    revisions: u64,
    by_name: BTreeMap<String, Function>,
}

impl Functions {
    pub(crate) fn new(region: &str, account: &str, update_time: Duration) -> Self {
        let (region, account) = (region.to_owned(), account.to_owned());
        Self { region, account, update_time, revisions: 0, by_name: BTreeMap::new() }
    }

    pub(crate) fn carry_out(&mut self, route: &Route, body: &[u8], setting: &Setting<'_>) -> Result<Json, Refusal> {
        let body = if body.is_empty() { Json::Object(Map::new()) } else { parse(body)? };
        self.settle();
        (route.work)(self, route, Input::new(&body)?, setting)
    }

    pub(crate) fn delete(&mut self, name: &str) -> Result<(), Refusal> {
        let name = name::own(name)?;
        self.by_name.remove(&name).map(drop).ok_or_else(|| self.not_found(&name, None))
    }

    pub(crate) fn variables(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let variables = &self.by_name.get(name)?.latest.variables;
        Some(variables.iter().map(|(key, value)| (key.clone(), value.expose().to_owned())).collect())
    }

    /// Somebody else's change, which is done at once.
    pub(crate) fn set_variable(&mut self, name: &str, key: String, value: Value, now: Moment) -> Result<(), Refusal> {
        self.settle();
        let name = name::own(name)?;
        let mut variables = self.function(&name)?.latest.variables.clone();
        variables.insert(key, value);
        environment::check(&variables)?;
        let revision = self.next_revision();
        let latest = &mut self.function_mut(&name)?.latest;
        (latest.variables, latest.revision, latest.modified) = (variables, revision, now);
        Ok(())
    }

    pub(crate) fn updates(&self, name: &str) -> usize {
        self.by_name.get(name).map_or(0, |function| function.updates)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// IAM's text for one function, or for all.
    pub(crate) fn denied(&self, operation: Operation, name: Option<&str>, caller: &str) -> Refusal {
        let resource = name.map_or_else(|| "*".to_owned(), |name| self.arn(name, None));
        access_denied(operation, &resource, caller, "identity")
    }

    /// Ends the updates whose time is over. AWS gives a function yet another revision then (aws/aws-sdk#377).
    fn settle(&mut self) {
        for function in self.by_name.values_mut() {
            if function.ends_update(self.update_time) {
                self.revisions += 1;
                function.latest.revision = revision(self.revisions);
            }
        }
    }

    fn next_revision(&mut self) -> String {
        self.revisions += 1;
        revision(self.revisions)
    }

    fn function(&self, name: &str) -> Result<&Function, Refusal> {
        self.by_name.get(name).ok_or_else(|| self.not_found(name, None))
    }

    fn function_mut(&mut self, name: &str) -> Result<&mut Function, Refusal> {
        let refusal = self.not_found(name, None);
        self.by_name.get_mut(name).ok_or(refusal)
    }

    fn not_found(&self, name: &str, qualifier: Option<&str>) -> Refusal {
        not_found(format!("Function not found: {}", self.arn(name, qualifier)))
    }
}

/// The members that the model gives each error: some have a `Message`, others a `message`.
pub(crate) fn error(refusal: &Refusal) -> Json {
    let message = refusal.message();
    match refusal.code() {
        "ResourceNotFoundException" => json!({ "Type": "User", "Message": message }),
        "ServiceException" => json!({ "Type": "Service", "Message": message }),
        "TooManyRequestsException" => {
            json!({ "Reason": "CallerRateLimitExceeded", "Type": "User", "message": message })
        }
        "InvalidParameterValueException" | "PreconditionFailedException" | "ResourceConflictException" => {
            json!({ "Type": "User", "message": message })
        }
        "AccessDeniedException" => json!({ "Message": message }),
        _ if message.is_empty() => json!({}),
        _ => json!({ "message": message }),
    }
}

/// HTTP 500 with the text of the model.
pub(crate) fn internal() -> Refusal {
    Refusal::server(500, "ServiceException", "The Lambda service encountered an internal error.")
}

pub(crate) fn unknown_operation() -> Refusal {
    Refusal::client("UnknownOperationException", "").with_status(404)
}

/// `policies`: those that do not allow it, `identity` or `resource`.
fn access_denied(operation: Operation, resource: &str, caller: &str, policies: &str) -> Refusal {
    let operation = operation.as_str();
    let text = format!(
        "User: {caller} is not authorized to perform: lambda:{operation} on resource: {resource} because no \
         {policies}-based policy allows the lambda:{operation} action"
    );
    Refusal::client("AccessDeniedException", text).with_status(403)
}

fn not_found(text: String) -> Refusal {
    Refusal::client("ResourceNotFoundException", text).with_status(404)
}

fn invalid_parameter(text: impl Into<String>) -> Refusal {
    Refusal::client("InvalidParameterValueException", text)
}

fn parse(body: &[u8]) -> Result<Json, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::serialization(""))
}

fn revision(number: u64) -> String {
    crate::hex::uuid(&format!("revision {number}"))
}
