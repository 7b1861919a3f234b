//! Credentials: the environment's first (Lambda), then those of the container's endpoint (ECS, EKS), then, with the
//! feature `aws-config`, the chain of the SDK.

use std::time::Duration;

use aws_credential_types::Credentials;
#[cfg(feature = "aws-config")]
use aws_credential_types::provider::{ProvideCredentials as _, error::CredentialsError};
use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderValue};
use http::{Request, Uri};
use http_body_util::Full;
use tokio::time::{sleep, timeout};

use super::http::{Http, HttpError};
use super::{file, trust};
use crate::environment::Environment;
use crate::problem::{CredentialsProblem, EndpointProblem, ProblemKind};

/// The address under which ECS answers. <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
const ECS: &str = "http://169.254.170.2";
/// Hosts that may be asked without TLS: loopback, ECS and EKS, as in the SDKs.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
const PLAIN_HOSTS: [&str; 6] = ["127.0.0.1", "[::1]", "localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
/// How long one try may take, how many there are, and the pause between two.
const PATIENCE: Duration = Duration::from_secs(2);
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// The credentials of the environment.
pub(crate) async fn of(environment: &Environment) -> Result<Credentials, ProblemKind> {
    if let Some(credentials) = of_variables(environment)? {
        return Ok(credentials);
    }
    if let Some(endpoint) = container_endpoint(environment) {
        let client = client_that_may_ask(&endpoint, environment)?;
        return of_container(client, &endpoint, environment).await;
    }
    of_chain(environment).await
}

fn of_variables(environment: &Environment) -> Result<Option<Credentials>, ProblemKind> {
    const VARIABLES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let [Some(id), Some(key), token] = VARIABLES.map(|name| environment.setting(name)) else { return Ok(None) };
    for (variable, value) in VARIABLES.into_iter().zip([Some(id), Some(key), token]) {
        if !value.is_none_or(fits_into_a_header) {
            return Err(ProblemKind::Credentials(CredentialsProblem::Unusable { variable }));
        }
    }
    Ok(Some(Credentials::new(id, key, token.map(str::to_owned), None, "environment")))
}

/// The SDK panics where an id does not.
fn fits_into_a_header(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The SDK's chain, as this environment sets it.
#[cfg(feature = "aws-config")]
fn chain(environment: &Environment) -> Result<aws_config::ConfigLoader, ProblemKind> {
    let mut chain =
        aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(trust::client_with_tls(environment)?);
    if let Some(profile) = environment.setting("AWS_PROFILE") {
        chain = chain.profile_name(profile);
    }
    if let Some(region) = environment.region() {
        chain = chain.region(aws_config::Region::new(region.to_owned()));
    }
    Ok(chain)
}

#[cfg(feature = "aws-config")]
async fn of_chain(environment: &Environment) -> Result<Credentials, ProblemKind> {
    let chain = chain(environment)?;
    let Some(provider) = chain.load().await.credentials_provider() else { return Err(none(environment)) };
    // Asked here, because the client reports a chain without credentials as a store that cannot be reached.
    let reason = match provider.provide_credentials().await {
        Ok(credentials) => {
            let texts = [credentials.access_key_id(), credentials.secret_access_key()];
            if texts.into_iter().chain(credentials.session_token()).all(fits_into_a_header) {
                return Ok(credentials);
            }
            "what it gave has a character that no credential has"
        }
        Err(CredentialsError::CredentialsNotLoaded(_)) => match (none(environment), environment.setting("AWS_PROFILE"))
        {
            (ProblemKind::Credentials(CredentialsProblem::Missing), Some(_)) => {
                "the profile that AWS_PROFILE names is not there, or has none"
            }
            (none, _) => return Err(none),
        },
        Err(CredentialsError::ProviderTimedOut(_)) => "it timed out",
        Err(CredentialsError::InvalidConfiguration(_)) => "its configuration is wrong",
        Err(_) => "a source of it failed",
    };
    Err(ProblemKind::Credentials(CredentialsProblem::Chain { reason }))
}

/// The region of a profile, or of the machine.
#[cfg(feature = "aws-config")]
pub(crate) async fn region_of_chain(environment: &Environment) -> Option<String> {
    let region = chain(environment).ok()?.load().await.region()?.to_string();
    // The SDK takes an empty variable for a region.
    Some(region).filter(|region| !region.is_empty())
}

#[cfg(not(feature = "aws-config"))]
#[expect(clippy::unused_async, reason = "with `aws-config` it awaits")]
pub(crate) async fn region_of_chain(_: &Environment) -> Option<String> {
    None
}

#[cfg(not(feature = "aws-config"))]
#[expect(clippy::unused_async, reason = "with `aws-config` it awaits")]
async fn of_chain(environment: &Environment) -> Result<Credentials, ProblemKind> {
    Err(none(environment))
}

fn none(environment: &Environment) -> ProblemKind {
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let missing: Vec<&str> = names.into_iter().filter(|name| environment.setting(name).is_none()).collect();
    ProblemKind::Credentials(match missing[..] {
        [missing] => CredentialsProblem::Half { missing },
        _ => CredentialsProblem::Missing,
    })
}

fn container_endpoint(environment: &Environment) -> Option<String> {
    if let Some(path) = environment.setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        return Some(format!("{ECS}{path}"));
    }
    environment.setting("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned)
}

/// What may ask the endpoint. `None` where its URL is no URL, or leads off the machine without TLS: then nobody may.
fn client_that_may_ask(endpoint: &str, environment: &Environment) -> Result<Option<Http>, ProblemKind> {
    let Some(host) = super::endpoint::host(endpoint) else { return Ok(None) };
    if endpoint.starts_with("https://") {
        let client = trust::client_with_tls(environment)?;
        // A proxy that cannot be used is told as one.
        let _ = Uri::try_from(endpoint).map_or(Ok(None), |uri| client.way_to(&uri))?;
        return Ok(Some(client));
    }
    Ok(PLAIN_HOSTS.contains(&host).then(Http::plain))
}

/// Asks the container's endpoint, a few times where it does not answer.
async fn of_container(
    client: Option<Http>,
    endpoint: &str,
    environment: &Environment,
) -> Result<Credentials, ProblemKind> {
    let called = called(client.as_ref(), endpoint);
    let none = |reason| none_of(&called, reason);
    let client = client.ok_or_else(|| none(EndpointProblem::NotAsked))?;
    let token = authorization(environment).map_err(|_| none(EndpointProblem::NoToken))?;
    let mut last = none(EndpointProblem::NoAnswer);
    for left in (0..TRIES).rev() {
        let answer = timeout(PATIENCE, ask(&client, endpoint, &called, token.as_deref())).await;
        match answer.unwrap_or_else(|_| Err(none(EndpointProblem::NoAnswer))) {
            Ok(body) => return credentials(&body).ok_or_else(|| none(EndpointProblem::Garbled)),
            Err(problem) if problem.is_retryable() => last = problem,
            Err(problem) => return Err(problem),
        }
        if left > 0 {
            sleep(PAUSE).await;
        }
    }
    Err(last)
}

/// What the endpoint is called in messages, with the proxy on the way.
fn called(client: Option<&Http>, endpoint: &str) -> String {
    let way = client.zip(Uri::try_from(endpoint).ok()).and_then(|(client, uri)| client.way_to(&uri).ok().flatten());
    let endpoint = super::endpoint::shown(endpoint);
    way.map_or_else(|| endpoint.clone(), |way| format!("{endpoint} (through {way})"))
}

/// Why the endpoint gave no credentials.
fn none_of(called: &str, reason: EndpointProblem) -> ProblemKind {
    ProblemKind::Credentials(CredentialsProblem::Endpoint { endpoint: called.to_owned(), reason })
}

async fn ask(client: &Http, endpoint: &str, called: &str, token: Option<&str>) -> Result<Bytes, ProblemKind> {
    let none = |reason| none_of(called, reason);
    let uri = Uri::try_from(endpoint).map_err(|_| none(EndpointProblem::NotAsked))?;
    let mut request = Request::get(uri).body(Full::default()).map_err(|_| none(EndpointProblem::NotAsked))?;
    if let Some(token) = token {
        let token = HeaderValue::from_str(token).map_err(|_| none(EndpointProblem::NoToken))?;
        request.headers_mut().insert(AUTHORIZATION, token);
    }
    // The way there is told as what it is: the task or pod has no part in it.
    let answer = client.send(request).await.map_err(|error| match error {
        HttpError::TimedOut(_) | HttpError::Failed(_) => none(EndpointProblem::NoAnswer),
        lasting => lasting.lasting(called).unwrap_or_else(|| none(EndpointProblem::NotAsked)),
    })?;
    let status = answer.head.status;
    if !status.is_success() {
        return Err(none(EndpointProblem::Refused { status: status.as_u16() }));
    }
    answer.body.map_err(|_| none(EndpointProblem::NoAnswer))
}

fn credentials(body: &[u8]) -> Option<Credentials> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text = |key: &str| answer.get(key)?.as_str().filter(|text| !text.is_empty());
    let (id, key, token) = (text("AccessKeyId")?, text("SecretAccessKey")?, text("Token"));
    [Some(id), Some(key), token]
        .into_iter()
        .flatten()
        .all(fits_into_a_header)
        .then(|| Credentials::new(id, key, token.map(str::to_owned), None, "container"))
}

/// The token that the endpoint asks for, if it asks for one.
fn authorization(environment: &Environment) -> std::io::Result<Option<String>> {
    if let Some(path) = environment.setting("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        let token = file::read(path)?;
        let token = String::from_utf8(token).map_err(|_| std::io::ErrorKind::InvalidData)?;
        return Ok(Some(token.trim().to_owned()));
    }
    Ok(environment.setting("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_asked_of_ecs_and_comes_before_a_url() {
        let mut environment: Environment =
            [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")].into_iter().collect();
        assert_eq!(container_endpoint(&environment).unwrap(), "http://169.254.170.23/v1/credentials");

        environment.extend([("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1")]);
        assert_eq!(container_endpoint(&environment).unwrap(), "http://169.254.170.2/v2/credentials/1");
    }

    #[test]
    fn without_tls_only_the_machine_itself_ecs_and_eks_are_asked() {
        let is_asked = |url: &str| client_that_may_ask(url, &Environment::default()).unwrap().is_some();
        for host in ["127.0.0.1", "[::1]", "localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"] {
            assert!(is_asked(&format!("http://{host}:80/v1/credentials")), "{host}");
        }
        for url in ["http://169.254.169.254/", "http://example.com/", "http://localhost@example.com/", "localhost", ""]
        {
            assert!(!is_asked(url), "{url}");
        }
        assert!(is_asked("https://example.com/"));
        let behind = [("HTTPS_PROXY", "socks5://proxy")].into_iter().collect();
        let refused = client_that_may_ask("https://example.com/", &behind);
        assert_eq!(refused.err(), Some(ProblemKind::BadProxy { variable: "HTTPS_PROXY" }));
        let behind = [("HTTPS_PROXY", "http://me:hunter2@proxy:1")].into_iter().collect();
        let client = client_that_may_ask("https://example.com/x", &behind).unwrap();
        let expected = "https://example.com/x (through the proxy proxy:1 of HTTPS_PROXY)";
        assert_eq!(called(client.as_ref(), "https://example.com/x?token"), expected);
    }

    #[test]
    fn what_does_not_fit_into_a_header_is_no_credential() {
        let answer = |id: &str, key: &str, token: &str| {
            let body = serde_json::json!({ "AccessKeyId": id, "SecretAccessKey": key, "Token": token });
            credentials(body.to_string().as_bytes()).is_some()
        };
        assert!(answer("id", "key", "token"));
        assert!(!answer("id\n", "key", "token") && !answer("id", "key\r", "token") && !answer("id", "key", "a b"));
    }

    #[test]
    fn all_tries_fit_into_a_start_in_lambda() {
        let on_demand = [("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")].into_iter().collect();
        assert!((PATIENCE + PAUSE) * TRIES < crate::lambda::patience(&on_demand));
    }
}
