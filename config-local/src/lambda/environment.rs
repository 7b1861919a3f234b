//! The rules for the variables of a function. No text names a value.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::invalid_parameter;
use crate::Refusal;
use crate::limits::Constraints;
use crate::parameter::Value;

/// Whether a function may have these variables.
pub(super) fn check(variables: &BTreeMap<String, Value>) -> Result<(), Refusal> {
    let mut constraints = Constraints::default();
    if !variables.keys().all(|name| well_formed(name)) {
        constraints.broken_sensitive("environment.variables", NAME_RULE);
    }
    constraints.check()?;
    let reserved: Vec<&str> = variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return Err(invalid_parameter(format!("{RESERVED_USED}{}", reserved.join(", "))));
    }
    if size(variables) > SIZE {
        return Err(invalid_parameter(TOO_LARGE));
    }
    Ok(())
}

fn well_formed(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// In bytes, as the JSON that AWS's text calls *String measured*.
fn size(variables: &BTreeMap<String, Value>) -> usize {
    let exposed: BTreeMap<&str, &str> = variables.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    Zeroizing::new(serde_json::to_vec(&exposed).unwrap_or_default()).len()
}

/// The developer guide, page "Lambda quotas".
const SIZE: usize = 4096;
/// The developer guide, page "Using Lambda environment variables", those that can be names at all.
const RESERVED: [&str; 19] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];
const NAME_RULE: &str =
    "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]";
/// Issues of other projects quote it, such as mattermost/mattermost-cloud-monitoring#264.
const RESERVED_USED: &str = "Lambda was unable to configure your environment variables because the environment variables you \
    have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this \
    request: ";
/// AWS goes on with `String measured: ` and every value. This server does not.
const TOO_LARGE: &str = "Lambda was unable to configure your environment variables because the environment variables you have \
    provided exceeded the 4KB limit.";
