//! The real SDK, pointed at a local store.
#![allow(dead_code, reason = "not every test binary needs everything")]

use aws_credential_types::Credentials;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use bind_config_local::{LocalSsm, Variables};

/// A client that tries once, with the credentials the store hands out.
pub(crate) fn client(ssm: &LocalSsm) -> aws_sdk_ssm::Client {
    client_with(&ssm.variables("app", "stage"))
}

/// A client as the variables describe it.
pub(crate) fn client_with(variables: &Variables) -> aws_sdk_ssm::Client {
    let value = |name: &str| variables.value(name).unwrap().to_owned();
    let token = variables.value("AWS_SESSION_TOKEN").map(str::to_owned);
    let credentials =
        Credentials::new(value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"), token, None, "variables");
    let config = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(value("AWS_ENDPOINT_URL_SSM"))
        .region(Region::new(value("AWS_REGION")))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_ssm::Client::from_conf(config)
}

/// `Code: message` of a refused call.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
) -> String {
    let err = result.unwrap_err();
    let err = err.as_service_error().unwrap_or_else(|| panic!("not an answer of the service: {err:?}"));
    format!("{}: {}", err.code().unwrap_or_default(), err.message().unwrap_or_default())
}
