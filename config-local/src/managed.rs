//! Secrets of Secrets Manager, as SSM serves them under `/aws/reference/secretsmanager/ID`, read-only.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::Refusal;
use crate::clock::Moment;
use crate::hex::{hex, uuid};
use crate::parameter::{ManagedSecret, ManagedVersion};
use crate::store::{Found, Store};

pub(crate) const PREFIX: &str = "/aws/reference/secretsmanager/";

/// `id` is a secret's name, with a version stage or a version's id after a colon, or neither.
pub(crate) fn find<'a>(
    secrets: &'a BTreeMap<String, ManagedSecret>,
    asked: &str,
    id: &str,
    decrypt: bool,
) -> Result<Found<'a>, Refusal> {
    if !decrypt {
        return Err(Refusal::validation(NEEDS_DECRYPTION));
    }
    let (name, selector) = id.split_once(':').map_or((id, None), |(name, selector)| (name, Some(selector)));
    let stage = selector.unwrap_or("AWSCURRENT");
    secrets
        .get(name)
        .and_then(|secret| secret.versions.iter().find(|version| is(version, stage)))
        .map(|version| Found::Managed(name.to_owned(), version, selector.map(|selector| format!(":{selector}"))))
        .ok_or_else(|| {
            let text = format!(
                "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {asked} not found."
            );
            Refusal::client("ParameterNotFound", text)
        })
}

fn is(version: &ManagedVersion, stage: &str) -> bool {
    version.id == stage || version.stages.iter().any(|own| own == stage)
}

/// A version id in the form of a UUID, the same in every run.
pub(crate) fn version_id(name: &str, index: usize) -> String {
    uuid(&format!("{name} {index}"))
}

/// `arn:aws:secretsmanager:us-east-1:123456789012:secret:name-AbCdEf`
pub(crate) fn arn(store: &Store, name: &str) -> String {
    let suffix = hex(&Sha256::digest(name));
    format!("arn:aws:secretsmanager:{}:{}:secret:{name}-{}", store.region, store.account, &suffix[..6])
}

/// `SourceResult`: what Secrets Manager answered, its value left out.
pub(crate) fn source_result(store: &Store, name: &str, version: &ManagedVersion) -> String {
    json!({
        "ARN": arn(store, name),
        "Name": name,
        "VersionId": version.id,
        "VersionStages": version.stages,
        "CreatedDate": Moment { ms: version.created }.epoch_seconds(),
    })
    .to_string()
}

/// The guide, page "Referencing Secrets Manager secrets from Parameter Store parameters".
const NEEDS_DECRYPTION: &str = "WithDecryption flag must be True for retrieving a Secret Manager secret.";
