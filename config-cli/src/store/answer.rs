//! What an answer must have. A login page, a proxy or what stands in for AWS may answer 200 with nothing, or with something
//! else: `None` is such an answer, which is neither "not set" nor "done".

use aws_sdk_ssm::operation::RequestId as _;
use aws_sdk_ssm::operation::delete_parameter::DeleteParameterOutput;
use aws_sdk_ssm::operation::get_parameter::GetParameterOutput;
use aws_sdk_ssm::operation::get_parameters::GetParametersOutput;
use aws_sdk_ssm::operation::put_parameter::PutParameterOutput;
use aws_sdk_ssm::types::{Parameter, ParameterHistory, ParameterMetadata, ParameterTier, ParameterType};
use zeroize::Zeroizing;

use super::{Description, Found, Version};

/// Every name that was asked for is found or invalid, and no other is.
pub(super) fn batch(answer: GetParametersOutput, asked: &[String], decrypt: bool) -> Option<Vec<(String, Found)>> {
    let invalid = answer.invalid_parameters.unwrap_or_default();
    let all = found(answer.parameters.unwrap_or_default(), decrypt)?;
    let names = || all.iter().map(|(name, _)| name).chain(&invalid);
    let is_whole = names().all(|name| asked.contains(name)) && asked.iter().all(|name| names().any(|own| own == name));
    is_whole.then_some(all)
}

/// The parameter that was asked for. With a version (`name:3`), its name is the name alone.
pub(super) fn one(answer: GetParameterOutput, asked: &str) -> Option<Found> {
    let (name, found) = parameter(answer.parameter?, true)?;
    let is_it = name == asked || asked.split_once(':').is_some_and(|(bare, _)| name == bare);
    is_it.then_some(found)
}

/// A list of parameters.
pub(super) fn found(all: Vec<Parameter>, decrypt: bool) -> Option<Vec<(String, Found)>> {
    all.into_iter().map(|own| parameter(own, decrypt)).collect()
}

fn parameter(parameter: Parameter, decrypt: bool) -> Option<(String, Found)> {
    let value = if decrypt { parameter.value? } else { parameter.value.unwrap_or_default() };
    let found = Found {
        value: Zeroizing::new(value),
        version: parameter.version,
        modified: parameter.last_modified_date.map(|date| date.secs()),
        is_secure: parameter.r#type == Some(ParameterType::SecureString),
    };
    Some((parameter.name?, found))
}

pub(super) fn descriptions(all: Vec<ParameterMetadata>) -> Option<Vec<(String, Description)>> {
    let description = |own: ParameterMetadata| {
        let description = Description {
            version: own.version,
            is_advanced: own.tier == Some(ParameterTier::Advanced),
            key_id: own.key_id,
        };
        Some((own.name?, description))
    };
    all.into_iter().map(description).collect()
}

pub(super) fn versions(all: Vec<ParameterHistory>, decrypt: bool) -> Option<Vec<Version>> {
    let version = |own: ParameterHistory| {
        let value = if decrypt { own.value? } else { own.value.unwrap_or_default() };
        Some(Version {
            number: own.version,
            value: Zeroizing::new(value),
            is_advanced: own.tier == Some(ParameterTier::Advanced),
            key_id: own.key_id,
            modified: own.last_modified_date.map(|date| date.secs()),
            user: own.last_modified_user,
            labels: own.labels.unwrap_or_default(),
        })
    };
    all.into_iter().map(version).collect()
}

/// The version that was written.
pub(super) fn written(answer: &PutParameterOutput) -> Option<i64> {
    (answer.version >= 1).then_some(answer.version)
}

/// Whether AWS has answered: what a removal is answered with is empty, so that only the id of the request tells.
pub(super) fn is_of_aws(answer: &DeleteParameterOutput) -> bool {
    answer.request_id().is_some_and(|id| !id.is_empty())
}
