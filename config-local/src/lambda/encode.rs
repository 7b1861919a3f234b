//! Functions as the answers show them.

use serde_json::{Map, Value as Json, json};

use super::Functions;
use super::function::{Configuration, Function, LATEST, Status};
use crate::Refusal;
use crate::hex::uuid;
use crate::service::Setting;

impl Functions {
    /// A whole `FunctionConfiguration`, of what a qualifier means.
    pub(super) fn detailed(&self, name: &str, qualifier: Option<&str>, setting: &Setting<'_>) -> Result<Json, Refusal> {
        let not_found = || self.not_found(name, qualifier);
        let function = self.by_name.get(name).ok_or_else(not_found)?;
        let (version, configuration) = function.select(qualifier.unwrap_or(LATEST)).ok_or_else(not_found)?;
        let mut entry = self.configuration(function, &version, qualifier, configuration, setting);
        entry.extend(function.state(&version));
        Ok(entry.into())
    }

    /// A `FunctionConfiguration` as the listings have it. `qualifier` is the end of its ARN.
    pub(super) fn configuration(
        &self,
        function: &Function,
        version: &str,
        qualifier: Option<&str>,
        configuration: &Configuration,
        setting: &Setting<'_>,
    ) -> Map<String, Json> {
        let name = &function.name;
        let snap_start = if function.snap_start { "PublishedVersions" } else { "None" };
        let optimized = if function.snap_start && version != LATEST { "On" } else { "Off" };
        let mut entry = Map::new();
        let mut set = |name: &str, value: Json| entry.insert(name.to_owned(), value);
        set("FunctionName", json!(name));
        set("FunctionArn", json!(self.arn(name, qualifier)));
        set("Version", json!(version));
        set("RevisionId", json!(configuration.revision));
        set("Description", json!(configuration.description));
        set("LastModified", json!(configuration.modified.iso_extended()));
        set("Role", json!(format!("arn:aws:iam::{}:role/{name}", self.account)));
        set("Runtime", json!("provided.al2023"));
        set("Handler", json!("bootstrap"));
        set("CodeSize", json!(1024));
        set("Timeout", json!(3));
        set("MemorySize", json!(128));
        set("PackageType", json!("Zip"));
        set("Architectures", json!(["arm64"]));
        set("EphemeralStorage", json!({ "Size": 512 }));
        set("TracingConfig", json!({ "Mode": "PassThrough" }));
        set("LoggingConfig", json!({ "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}") }));
        set("SnapStart", json!({ "ApplyOn": snap_start, "OptimizationStatus": optimized }));
        if let Some(key) = &configuration.key {
            set("KMSKeyArn", json!(key));
        }
        if let Some(environment) = self.environment(function, configuration, setting) {
            set("Environment", environment);
        }
        entry
    }

    /// A function without variables has no such member.
    fn environment(&self, function: &Function, configuration: &Configuration, setting: &Setting<'_>) -> Option<Json> {
        let Configuration { variables, key, .. } = configuration;
        if variables.is_empty() {
            return None;
        }
        if function.undecryptable || (key.is_some() && key.as_deref() == setting.denied_key) {
            let managed = || format!("arn:aws:kms:{}:{}:key/{}", self.region, self.account, uuid("aws/lambda"));
            let message = decryption_denied(setting.caller, &key.clone().unwrap_or_else(managed));
            return Some(json!({ "Error": { "ErrorCode": "AccessDeniedException", "Message": message } }));
        }
        let exposed: Map<String, Json> =
            variables.iter().map(|(name, value)| (name.clone(), json!(value.expose()))).collect();
        Some(json!({ "Variables": exposed }))
    }
}

impl Function {
    /// The members that no listing has.
    fn state(&self, version: &str) -> Map<String, Json> {
        // A published version is never updated.
        let status = if version == LATEST { self.status } else { Status::Successful };
        let word = match status {
            Status::Successful => "Successful",
            Status::InProgress { .. } => "InProgress",
            Status::Failed => "Failed",
        };
        let mut entry = Map::new();
        let mut set = |name: &str, value: &str| entry.insert(name.to_owned(), json!(value));
        set("State", "Active");
        set("LastUpdateStatus", word);
        if status == Status::Failed {
            set("LastUpdateStatusReason", self.failing.as_deref().unwrap_or_default());
            set("LastUpdateStatusReasonCode", "InternalError");
        }
        entry
    }
}

/// Quoted by those who met it in the answers of `GetFunction`; what follows `KMS Message` is KMS's own text.
fn decryption_denied(caller: &str, key: &str) -> String {
    format!(
        "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS \
         permissions. KMS Exception: AccessDeniedException KMS Message: User: {caller} is not authorized to perform: \
         kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action"
    )
}
