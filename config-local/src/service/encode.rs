//! Parameters as the answers show them.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use crate::clock::Moment;
use crate::parameter::{Parameter, ParameterType, Version};
use crate::service::Setting;
use crate::store::{Found, Store};
use crate::{Refusal, managed};

impl Found<'_> {
    pub(super) fn encode(&self, store: &Store, decrypt: bool, setting: &Setting<'_>) -> Result<Json, Refusal> {
        match self {
            Self::Parameter(parameter, version, selector) => {
                let mut entry = json!({
                    "Name": parameter.name,
                    "Type": version.kind.as_str(),
                    "Value": shown(store, parameter, version, decrypt, setting)?,
                    "Version": version.number,
                    "LastModifiedDate": Moment { ms: version.modified }.epoch_seconds(),
                    "ARN": store.arn(&parameter.name),
                    "DataType": version.data_type,
                });
                if let Some(selector) = selector {
                    entry["Selector"] = json!(selector);
                }
                Ok(entry)
            }
            Self::Managed(name, version, selector) => {
                let mut entry = json!({
                    "Name": format!("{}{name}", managed::PREFIX),
                    "Type": "SecureString",
                    "Value": version.value.expose(),
                    "Version": 0,
                    "SourceResult": managed::source_result(store, name, version),
                    "LastModifiedDate": Moment { ms: version.created }.epoch_seconds(),
                    "ARN": managed::arn(store, name),
                    "DataType": "text",
                });
                if let Some(selector) = selector {
                    entry["Selector"] = json!(selector);
                }
                Ok(entry)
            }
        }
    }
}

/// What `DescribeParameters` and `GetParameterHistory` have in common.
pub(super) fn metadata(
    store: &Store,
    parameter: &Parameter,
    version: &Version,
    setting: &Setting<'_>,
) -> Map<String, Json> {
    let mut entry = Map::new();
    let mut set = |name: &str, value: Json| entry.insert(name.to_owned(), value);
    set("Name", json!(parameter.name));
    set("ARN", json!(store.arn(&parameter.name)));
    set("Type", json!(version.kind.as_str()));
    set("LastModifiedDate", json!(Moment { ms: version.modified }.epoch_seconds()));
    set("LastModifiedUser", json!(setting.caller));
    set("Version", json!(version.number));
    set("Tier", json!(version.tier.as_str()));
    set("Policies", version.policies.as_deref().map_or_else(|| json!([]), policies));
    set("DataType", json!(version.data_type));
    for (name, value) in [
        ("KeyId", &version.key_id),
        ("Description", &version.description),
        ("AllowedPattern", &version.allowed_pattern),
    ] {
        if let Some(value) = value {
            set(name, json!(value));
        }
    }
    entry
}

fn policies(text: &str) -> Json {
    let parsed: Vec<Json> = serde_json::from_str(text).unwrap_or_default();
    let inline = |policy: Json| {
        let kind = policy.get("Type").cloned().unwrap_or_default();
        json!({ "PolicyText": policy.to_string(), "PolicyType": kind, "PolicyStatus": "Pending" })
    };
    parsed.into_iter().map(inline).collect()
}

/// The value, or what a `SecureString` looks like encrypted.
pub(super) fn shown(
    store: &Store,
    parameter: &Parameter,
    version: &Version,
    decrypt: bool,
    setting: &Setting<'_>,
) -> Result<String, Refusal> {
    if version.kind != ParameterType::SecureString {
        return Ok(version.value.expose().to_owned());
    }
    if !decrypt {
        return Ok(ciphertext(&store.arn(&parameter.name), version.number));
    }
    if setting.denied_key.is_some_and(|key| version.key_id.as_deref() == Some(key)) {
        return Err(Refusal::client("AccessDeniedException", DECRYPTION_DENIED));
    }
    Ok(version.value.expose().to_owned())
}

/// KMS's classic text, which SSM passes on.
const DECRYPTION_DENIED: &str = "The ciphertext refers to a customer master key that does not exist, does not exist in this \
    region, or you are not allowed to access.";

/// What a `SecureString` looks like without decryption. Made of the name, not of the value.
fn ciphertext(arn: &str, version: i64) -> String {
    let start = format!("{arn} {version}");
    let bytes: Vec<u8> = (0..4).flat_map(|part| Sha256::digest(format!("{start} {part}"))).collect();
    let digits = bytes.iter().map(|byte| char::from(BASE64[usize::from(byte & 63)]));
    "AQICAHh".chars().chain(digits).chain("==".chars()).collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
