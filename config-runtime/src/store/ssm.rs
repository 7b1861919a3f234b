//! The store behind [`Source`] that is AWS SSM. The only file that uses the SDK.
//!
//! # Security
//!
//! No error of the SDK is kept, formatted or handed on: an answer that does not parse carries values in its `Debug`.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::config::{BehaviorVersion, Config, Region, StalledStreamProtectionConfig};
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::operation::get_parameters::{GetParametersError, GetParametersOutput};
use aws_sdk_ssm::types::Parameter;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::retry::RetryConfig;

use super::fetch::{Fault, Source};
use super::{client, credentials, endpoint};
use crate::environment::Environment;
use crate::plan::Stored;
use crate::problem::{CredentialsProblem, ProblemKind};

/// A client that was made for one start.
pub(crate) struct Ssm {
    client: Client,
    endpoint: String,
}

impl Ssm {
    /// Reads region, endpoint, roots and credentials of the environment.
    pub(crate) async fn connect(environment: &Environment) -> Result<Self, ProblemKind> {
        let region = match environment.region() {
            Some(region) => region.to_owned(),
            None => credentials::region_of_chain(environment).await.ok_or(ProblemKind::NoRegion)?,
        };
        let url = endpoint_url(environment)?;
        let needs_tls = url.is_none_or(|url| !url.starts_with("http://"));
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(client(environment, needs_tls)?)
            .use_fips(is_on(environment, "AWS_USE_FIPS_ENDPOINT"))
            .use_dual_stack(is_on(environment, "AWS_USE_DUALSTACK_ENDPOINT"))
            // `fetch` does these, with one deadline over all of them and every attempt signed anew. The client remembers
            // how far its clock is from the store's.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config = credentials::provide(config, environment).await?.region(Region::new(region.clone()));
        if let Some(url) = url {
            config = config.endpoint_url(url);
        }
        let endpoint = url.map_or_else(|| format!("SSM in {region}"), endpoint::shown);
        Ok(Ssm { client: Client::from_conf(config.build()), endpoint })
    }

    fn fault(&self, error: &SdkError<GetParametersError, HttpResponse>) -> Fault {
        let endpoint = || self.endpoint.clone();
        let timed_out = || Fault::Transient(ProblemKind::TimedOut { endpoint: endpoint() });
        match error {
            SdkError::ServiceError(context) => refusal(context.err(), context.raw()),
            SdkError::TimeoutError(_) => timed_out(),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => timed_out(),
            // hyper's errors of its user too: a connection whose runtime has gone is one of them.
            SdkError::DispatchFailure(_) => Fault::Transient(ProblemKind::Unreachable { endpoint: endpoint() }),
            SdkError::ResponseError(context) if context.raw().status().as_u16() == 429 => {
                Fault::Transient(ProblemKind::Throttled)
            }
            SdkError::ResponseError(context) if may_pass(context.raw().status()) => {
                Fault::Transient(ProblemKind::Unavailable { code: http(context.raw().status().as_u16()) })
            }
            // Not an answer of SSM, and no better the next time: a proxy, a firewall. A 400 may be cut-off JSON.
            SdkError::ResponseError(context) if matches!(context.raw().status().as_u16(), 300..=399 | 401..=407 | 410..=428 | 501 | 505) => {
                Fault::Permanent(ProblemKind::NotTheStore { status: context.raw().status().as_u16() })
            }
            SdkError::ResponseError(_) => Fault::Transient(ProblemKind::Garbled),
            // Nothing was sent: what the environment says cannot be made into a request.
            _ => Fault::Permanent(self.impossible()),
        }
    }

    fn impossible(&self) -> ProblemKind {
        let reason = format!("no request could be made for {}: check region, endpoint and credentials", self.endpoint);
        ProblemKind::Client { reason }
    }
}

impl Source for Ssm {
    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    async fn parameters(&self, names: &[String]) -> Result<Vec<Option<Stored>>, Fault> {
        let request = self.client.get_parameters().set_names(Some(names.to_vec())).with_decryption(true);
        match request.send().await {
            Ok(output) => in_order(names, output).ok_or(Fault::Transient(ProblemKind::Garbled)),
            Err(error) => Err(self.fault(&error)),
        }
    }
}

fn endpoint_url(environment: &Environment) -> Result<Option<&str>, ProblemKind> {
    if is_on(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
        return Ok(None);
    }
    let named = |name: &'static str| Some((name, environment.setting(name)?));
    let Some((name, url)) = ["AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL"].into_iter().find_map(named) else {
        return Ok(None);
    };
    if endpoint::host(url).is_none() {
        return Err(ProblemKind::BadEndpoint { variable: name });
    }
    Ok(Some(url))
}

fn is_on(environment: &Environment, name: &str) -> bool {
    environment.setting(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The answer in the order of the names. `None` where it does not speak of every name, or of one in two ways: it is not
/// the whole answer, or not one answer.
fn in_order(names: &[String], output: GetParametersOutput) -> Option<Vec<Option<Stored>>> {
    let invalid = output.invalid_parameters.unwrap_or_default();
    let mut found = output.parameters.unwrap_or_default();
    let chosen: Vec<Option<usize>> = names
        .iter()
        .map(|name| {
            let mut called = (0..found.len()).filter(|at| is_called(&found[*at], name));
            match (called.next(), invalid.contains(name)) {
                (Some(first), false) => called.all(|at| found[at].value == found[first].value).then_some(Some(first)),
                (None, true) => Some(None),
                (Some(_), true) | (None, false) => None,
            }
        })
        .collect::<Option<_>>()?;
    let value = |(index, at): (usize, &Option<usize>)| {
        let Some(at) = *at else { return Some(None) };
        let parameter = &mut found[at];
        // Moved out, but for a parameter that was asked for by its name and by its ARN.
        let is_last = !chosen[index + 1..].contains(&Some(at));
        let value = if is_last { parameter.value.take() } else { parameter.value.clone() };
        Some(Some(Stored { value: value?, version: parameter.version }))
    };
    chosen.iter().enumerate().map(value).collect()
}

/// A parameter answers to its name and its ARN, both with the selector of the request (`:3`, `:label`).
fn is_called(parameter: &Parameter, asked: &str) -> bool {
    let selector = parameter.selector().filter(|selector| selector.starts_with(':')).unwrap_or_default();
    let is = |own: &str| asked.strip_suffix(selector).is_some_and(|asked| plain(asked) == plain(own));
    parameter.name().is_some_and(is) || parameter.arn().is_some_and(is)
}

/// A name of one level is the same with and without a slash in front.
fn plain(name: &str) -> &str {
    name.strip_prefix('/').filter(|rest| !rest.contains('/')).unwrap_or(name)
}

/// An answer of AWS that is not the values. Message texts are looked at and never kept.
fn refusal(error: &GetParametersError, response: &HttpResponse) -> Fault {
    let status = response.status();
    let code = error.code().unwrap_or_default();
    let message = error.message().unwrap_or_default();
    match code {
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "PriorRequestNotComplete" => Fault::Transient(ProblemKind::Throttled),
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
            Fault::Denied { action: action(message), resource: resource(message) }
        }
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => Fault::Skewed,
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "AuthFailure" if is_about_time(message) => {
            Fault::Skewed
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "AuthFailure"
        | "OptInRequired"
        | "InvalidAccessKeyId" => {
            Fault::Permanent(ProblemKind::Credentials(CredentialsProblem::Refused { code: code.to_owned() }))
        }
        _ if status.as_u16() == 429 => Fault::Transient(ProblemKind::Throttled),
        _ if may_pass(status) => Fault::Transient(ProblemKind::Unavailable {
            code: if is_code(code) { code.to_owned() } else { http(status.as_u16()) },
        }),
        _ if !is_code(code) => Fault::Permanent(ProblemKind::NotTheStore { status: status.as_u16() }),
        _ => Fault::Permanent(ProblemKind::Rejected {
            code: code.to_owned(),
            request_id: header(response, "x-amzn-requestid").filter(|id| is_code(id)).map(str::to_owned),
        }),
    }
}

/// A server's error, but not that it does not do such a thing at all.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() && !matches!(status.as_u16(), 501 | 505)
}

fn http(status: u16) -> String {
    format!("HTTP {status}")
}

/// Whether a text of the answer can be shown: codes and ids are short words.
fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// "… is not authorized to perform: ACTION on resource: …". Where a key is refused, SSM says it in its own words: "The
/// ciphertext refers to a customer master key that does not exist, …".
fn action(message: &str) -> &'static str {
    const ACTIONS: [&str; 3] = ["ssm:GetParameters", "kms:Decrypt", "secretsmanager:GetSecretValue"];
    match message.split_once("perform: ").and_then(|(_, rest)| rest.split_whitespace().next()) {
        Some(said) => ACTIONS.into_iter().find(|action| *action == said).unwrap_or(ACTIONS[0]),
        None if message.contains("KMS") || message.contains("ciphertext refers to") => ACTIONS[1],
        None => ACTIONS[0],
    }
}

/// "Signature expired: … is now earlier than …", "Signature not yet current: …".
fn is_about_time(message: &str) -> bool {
    message.contains("Signature expired") || message.contains("not yet current")
}

/// "… is not authorized to perform: ssm:GetParameters on resource: ARN because …".
fn resource(message: &str) -> Option<String> {
    let arn = message.split_once("on resource: ")?.1.split_whitespace().next()?;
    (arn.starts_with("arn:") && arn.len() <= 2048).then(|| arn.to_owned())
}

fn header<'a>(response: &'a HttpResponse, name: &str) -> Option<&'a str> {
    response.headers().get(name)
}

#[cfg(test)]
mod tests;
