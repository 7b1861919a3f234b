//! SSM through AWS's SDK. The only file that uses its client.
//!
//! # Security
//!
//! No error of the SDK is kept, formatted or handed on: an answer that does not parse carries values in its `Debug`.

use std::error::Error as _;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::config::{BehaviorVersion, Config, Region, StalledStreamProtectionConfig};
use aws_sdk_ssm::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_ssm::operation::get_parameters::{GetParametersError, GetParametersOutput};
use aws_sdk_ssm::types::Parameter;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::DispatchFailure;
use aws_smithy_types::retry::RetryConfig;

use super::answer::{self, Found};
use super::fetch::{Fault, Source};
use super::http::HttpError;
use super::target::Target;
use crate::plan::Stored;
use crate::problem::ProblemKind;

/// A client that was made for one start.
pub(crate) struct Ssm {
    client: Client,
    target: Target,
}

impl Ssm {
    pub(super) fn new(target: Target) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(target.http.clone())
            .credentials_provider(target.credentials.clone())
            .region(Region::new(target.region.clone()))
            // `fetch` does these, with one deadline over all of them and every attempt signed anew. The client remembers
            // how far its clock is from the store's.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        // Its own rules would say the same, and must not say something else.
        let config = match &target.uri {
            Some(uri) => config.endpoint_url(uri.to_string()),
            None => config,
        };
        Ssm { client: Client::from_conf(config.build()), target }
    }

    fn fault(&self, error: &SdkError<GetParametersError, HttpResponse>) -> Fault {
        let endpoint = || self.target.name.clone();
        match error {
            SdkError::ServiceError(context) => {
                let (error, response) = (context.err(), context.raw());
                answer::refusal(
                    response.status().as_u16(),
                    error.code().unwrap_or_default(),
                    error.message().unwrap_or_default(),
                    response.headers().get("x-amzn-requestid"),
                )
            }
            SdkError::TimeoutError(_) => Fault::Transient(ProblemKind::TimedOut { endpoint: endpoint() }),
            SdkError::DispatchFailure(failure) => match of_http(failure) {
                Some(error) => self.target.fault(error),
                None => Fault::Transient(ProblemKind::Unreachable { endpoint: endpoint() }),
            },
            SdkError::ResponseError(context) => answer::no_answer(context.raw().status().as_u16()),
            _ => Fault::Permanent(self.target.impossible()),
        }
    }
}

/// What our client said.
fn of_http(failure: &DispatchFailure) -> Option<&HttpError> {
    failure.as_connector_error()?.source()?.downcast_ref()
}

impl Source for Ssm {
    fn endpoint(&self) -> &str {
        &self.target.name
    }

    async fn parameters(&self, names: &[String], decrypted: bool) -> Result<Vec<Option<Stored>>, Fault> {
        if self.target.uri.is_none() {
            return Err(Fault::Permanent(self.target.impossible()));
        }
        let request = self.client.get_parameters().set_names(Some(names.to_vec())).with_decryption(decrypted);
        let GetParametersOutput { parameters, invalid_parameters, .. } =
            request.send().await.map_err(|error| self.fault(&error))?;
        let found = parameters.unwrap_or_default().into_iter().map(Found::from).collect();
        let invalid = invalid_parameters.unwrap_or_default();
        answer::in_order(names, found, &invalid, decrypted).ok_or(Fault::Transient(ProblemKind::Garbled))
    }
}

impl From<Parameter> for Found {
    fn from(parameter: Parameter) -> Self {
        let Parameter { name, arn, selector, value, version, last_modified_date, .. } = parameter;
        let modified = last_modified_date.map(|date| date.as_nanos());
        Found { name, arn, selector, value, version, modified }
    }
}

#[cfg(test)]
mod tests;
