//! Methods and paths: which operation, of which function.

use serde_json::Value as Json;

use super::name::FunctionName;
use super::{Functions, list, update};
use crate::input::Input;
use crate::service::Setting;
use crate::{Operation, Refusal, uri};

/// How an operation is carried out.
pub(super) type Work = fn(&mut Functions, &Route, Input<'_>, &Setting<'_>) -> Result<Json, Refusal>;

/// What a request is for.
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(super) work: Work,
    /// The function (or the ARN) in the path, as the client wrote it.
    function: String,
    query: Vec<(String, String)>,
}

impl Route {
    pub(crate) fn new(method: &str, path: &str, query: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let segments: Vec<String> =
            path.strip_suffix('/').unwrap_or(path).split('/').map(uri::decode).collect::<Option<_>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (operation, work, function): (_, Work, _) = match (method, segments.as_slice()) {
            ("GET", ["2015-03-31", "functions"]) => (Operation::ListFunctions, list::functions, ""),
            ("GET", ["2015-03-31", "functions", name, "configuration"]) => {
                (Operation::GetFunctionConfiguration, list::configuration, *name)
            }
            ("PUT", ["2015-03-31", "functions", name, "configuration"]) => {
                (Operation::UpdateFunctionConfiguration, update::configuration, *name)
            }
            ("GET", ["2015-03-31", "functions", name, "aliases"]) => (Operation::ListAliases, list::aliases, *name),
            ("GET", ["2015-03-31", "functions", name, "versions"]) => {
                (Operation::ListVersionsByFunction, list::versions, *name)
            }
            ("GET", ["2019-09-30", "functions", name, "provisioned-concurrency"]) => {
                (Operation::ListProvisionedConcurrencyConfigs, list::provisioned_concurrency, *name)
            }
            ("GET", ["2017-03-31", "tags", arn]) => (Operation::ListTags, list::tags, *arn),
            _ => return None,
        };
        let route = Self { operation, work, function: function.to_owned(), query: uri::pairs(query)? };
        // Without `List=ALL` the path is that of `GetProvisionedConcurrencyConfig`.
        let other = operation == Operation::ListProvisionedConcurrencyConfigs && route.parameter("List") != Some("ALL");
        (!other).then_some(route)
    }

    /// The function that is asked for, for faults and the log.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = FunctionName::parse(&self.function).map_or_else(|| self.function.clone(), |name| name.name);
        if name.is_empty() { Vec::new() } else { vec![name] }
    }

    pub(super) fn function(&self) -> &str {
        &self.function
    }

    /// A parameter of the query; an empty one is as good as absent.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}
