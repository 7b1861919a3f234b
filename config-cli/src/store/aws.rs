//! How AWS is reached: region, credentials, endpoints, and what to look at where one does not answer.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::config::{Region, SharedHttpClient};
use aws_types::service_config::ServiceConfigKey;
use bind_config_manifest::name;
use bind_config_runtime::{Environment, tool};

use super::{Address, Patience, Trouble};
use crate::context::Context;
use crate::failure::Failure;
use crate::terminal::shown;

/// AWS, as it is to be asked: found once, for both services.
///
/// # Security
///
/// Holds credentials: it has no `Debug`.
pub(crate) struct Aws {
    config: SdkConfig,
    pub(super) credentials: Credentials,
    pub(super) region: String,
    pub(super) patience: Patience,
    ssm: Option<Elsewhere>,
    lambda: Option<Elsewhere>,
}

/// One of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Ssm,
    Lambda,
}

/// Where a service is instead of where AWS has it.
struct Elsewhere {
    url: String,
    said_by: &'static str,
}

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) address: Address,
    /// What to look at where nobody answers there.
    pub(super) remedy: String,
}

impl Aws {
    /// What `aws-config` finds. Credentials are asked for here, so that a missing login is told first.
    pub(super) async fn find(context: &Context) -> Result<Self, Failure> {
        let patience = patience(context)?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client(context, needs_tls(context, Service::Ssm))?)
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build(),
            );
        if let Some(profile) = &context.global.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) =
            context.global.region.as_deref().or_else(|| context.surroundings.setting(name::ENV_REGION))
        {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string).filter(|region| !region.is_empty()) else {
            if let Some(named) = profile(context)
                && of_profile_alone(named, &config).await.is_none()
            {
                let named = shown(named);
                let why = format!("AWS cannot be asked: there is no profile `{named}` with a region or credentials");
                return Err(Failure::Trouble("no-profile", why));
            }
            return Err(Trouble::NoRegion.failure("AWS cannot be asked"));
        };
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(Failure::impossible(format!("AWS cannot be asked: no region is called `{}`", shown(&region))));
        }
        let ssm = elsewhere(context, &config, Service::Ssm)?;
        let lambda = elsewhere(context, &config, Service::Lambda)?;
        let credentials = credentials(context, &config).await?;
        let provider = SharedCredentialsProvider::new(credentials.clone());
        let config = config.into_builder().credentials_provider(provider).build();
        Ok(Aws { config, credentials, region, patience, ssm, lambda })
    }

    pub(super) fn ssm(&self) -> aws_sdk_ssm::Client {
        let mut config = aws_sdk_ssm::config::Builder::from(&self.config);
        config.set_endpoint_url(self.elsewhere(Service::Ssm).map(|elsewhere| elsewhere.url.clone()));
        aws_sdk_ssm::Client::from_conf(config.build())
    }

    /// The same, for functions.
    pub(super) fn lambda(&self, context: &Context) -> Result<aws_sdk_lambda::Client, Failure> {
        let mut config = aws_sdk_lambda::config::Builder::from(&self.config);
        config.set_endpoint_url(self.elsewhere(Service::Lambda).map(|elsewhere| elsewhere.url.clone()));
        let needs_tls = needs_tls(context, Service::Lambda);
        if needs_tls != self::needs_tls(context, Service::Ssm) {
            config.set_http_client(Some(http_client(context, needs_tls)?));
        }
        Ok(aws_sdk_lambda::Client::from_conf(config.build()))
    }

    pub(super) fn place(&self, service: Service) -> Place {
        let elsewhere = self.elsewhere(service);
        let endpoint = elsewhere.map(|elsewhere| shown(&origin(&elsewhere.url)));
        let remedy = match elsewhere {
            Some(Elsewhere { said_by, .. }) => format!("{said_by} says that it is there; does it run and answer?"),
            None => "check the network, the firewall, the proxy and the region".to_owned(),
        };
        Place { address: Address::Aws { service: service.id(), region: self.region.clone(), endpoint }, remedy }
    }

    /// Whether SSM is not AWS's, and nobody says where its Lambda is. AWS's own has the functions of other secrets.
    pub(super) fn is_without_lambda(&self) -> bool {
        self.lambda.is_none() && self.ssm.as_ref().is_some_and(|elsewhere| !is_of_aws(&elsewhere.url))
    }

    /// How SSM is reached, whoever says so: as the start-up path of a function reads it.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, String)> {
        let endpoint = self.ssm.as_ref().map(|elsewhere| ("AWS_ENDPOINT_URL_SSM", elsewhere.url.clone()));
        let flag = |name, is_on| (is_on == Some(true)).then(|| (name, "true".to_owned()));
        let fips = flag("AWS_USE_FIPS_ENDPOINT", self.config.use_fips());
        let dual_stack = flag("AWS_USE_DUALSTACK_ENDPOINT", self.config.use_dual_stack());
        [endpoint, fips, dual_stack].into_iter().flatten()
    }

    fn elsewhere(&self, service: Service) -> Option<&Elsewhere> {
        match service {
            Service::Ssm => self.ssm.as_ref(),
            Service::Lambda => self.lambda.as_ref(),
        }
    }
}

impl Service {
    /// As the SDKs call it.
    fn id(self) -> &'static str {
        match self {
            Service::Ssm => "SSM",
            Service::Lambda => "Lambda",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Service::Ssm => "AWS_ENDPOINT_URL_SSM",
            Service::Lambda => "AWS_ENDPOINT_URL_LAMBDA",
        }
    }
}

/// What the environment says of where a service is, else the profile.
fn elsewhere(context: &Context, config: &SdkConfig, service: Service) -> Result<Option<Elsewhere>, Failure> {
    let found = match endpoint(context, service) {
        Some((said_by, url)) => Some(Elsewhere { url: url.to_owned(), said_by }),
        None => of_profile(config, service).map(|url| Elsewhere { url, said_by: "the profile" }),
    };
    match found {
        Some(Elsewhere { url, said_by }) if host(&url).is_none() => Err(Failure::impossible(format!(
            "{said_by} says that {} is at `{}`: an endpoint is a URL, such as http://127.0.0.1:4566",
            service.id(),
            shown(&origin(&url))
        ))),
        found => Ok(found),
    }
}

/// What the profile says, for one service or for all. The SDK takes a variable that is empty for an endpoint, and panics:
/// for us it is as good as absent.
fn of_profile(config: &SdkConfig, service: Service) -> Option<String> {
    let asked = |variable: &str| {
        let key =
            ServiceConfigKey::builder().service_id(service.id()).env(variable).profile("endpoint_url").build().ok()?;
        config.service_config()?.load_config(key)
    };
    let own = match asked("AWS_ENDPOINT_URL") {
        Some(url) if url.is_empty() => asked("BIND_CONFIG_ENDPOINT_URL"),
        own => own,
    };
    [own.as_deref(), config.endpoint_url()].into_iter().flatten().find(|url| !url.is_empty()).map(str::to_owned)
}

/// The variable that says where a service is, and what it says.
fn endpoint(context: &Context, service: Service) -> Option<(&'static str, &str)> {
    let surroundings = &context.surroundings;
    if surroundings.setting("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|set| set.eq_ignore_ascii_case("true")) {
        return None;
    }
    [service.variable(), "AWS_ENDPOINT_URL"].into_iter().find_map(|name| Some((name, surroundings.setting(name)?)))
}

/// The host of a URL, in lower case.
fn host(url: &str) -> Option<String> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let host = host_and_port(rest).0.to_ascii_lowercase();
    (!host.is_empty() && !host.contains(char::is_whitespace)).then_some(host)
}

/// What follows a scheme, up to its path, taken apart.
fn host_and_port(rest: &str) -> (&str, &str) {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    // A colon of an IPv6 address is in brackets.
    let end = host.rfind(']').map_or_else(|| host.find(':'), |end| Some(end + 1)).unwrap_or(host.len());
    host.split_at(end)
}

/// What of a URL may be shown: scheme, host and port. What else it has may be a password, or a token.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + "://".len()));
    let (host, port) = host_and_port(rest);
    let is_port = port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    format!("{scheme}{host}{}", if is_port { port } else { "" })
}

/// Whether a URL leads to AWS's own servers, and not to what stands in for them.
fn is_of_aws(url: &str) -> bool {
    let ends = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn"];
    host(url).is_some_and(|host| ends.iter().any(|end| host.ends_with(end)))
}

/// Setting TLS up takes time, and only a server that stands in for AWS does without. Where credentials come from a login,
/// that is asked over TLS.
fn needs_tls(context: &Context, service: Service) -> bool {
    let is_plain = endpoint(context, service).is_some_and(|(_, url)| url.starts_with("http://"));
    !is_plain || context.global.profile.is_some() || context.surroundings.setting("AWS_ACCESS_KEY_ID").is_none()
}

/// What the environment says of the way to AWS: a start of a function reads the same.
pub(super) fn network(context: &Context) -> impl Iterator<Item = (&'static str, &str)> {
    tool::network_variables().filter_map(|name| Some((name, context.surroundings.setting(name)?)))
}

fn http_client(context: &Context, needs_tls: bool) -> Result<SharedHttpClient, Failure> {
    let environment: Environment = network(context).collect();
    tool::http_client(&environment, needs_tls)
        .map_err(|problem| Failure::impossible(format!("AWS cannot be asked: {problem}")))
}

fn patience(context: &Context) -> Result<Patience, Failure> {
    let Some(given) = context.surroundings.setting(MAX_ATTEMPTS) else { return Ok(Patience::new(None)) };
    match given.parse() {
        Ok(attempts) if attempts > 0 => Ok(Patience::new(Some(attempts))),
        _ => Err(Failure::impossible(format!("{MAX_ATTEMPTS} is `{}`: it takes a number from 1 on", shown(given)))),
    }
}

async fn credentials(context: &Context, config: &SdkConfig) -> Result<Credentials, Failure> {
    let missing = |why: &str| Trouble::NoCredentials { why: why.to_owned() }.failure("AWS cannot be asked");
    let provided = match (of_argument(context, config).await, config.credentials_provider()) {
        (Some(provided), _) => provided,
        (None, Some(provider)) => provider.provide_credentials().await,
        (None, None) => return Err(missing("nothing provides any")),
    };
    let error = match provided {
        Ok(credentials) if are_usable(&credentials) => return Ok(credentials),
        Ok(_) => {
            let why = "AWS cannot be asked: the credentials have a blank, a line break or another character in them that none has";
            return Err(Failure::Trouble("refused-credentials", why.to_owned()));
        }
        Err(error) => error,
    };
    // What comes after a profile in the chain was not meant by who names one.
    if let Some(named) = profile(context)
        && matches!(of_profile_alone(named, config).await, None | Some(Err(CredentialsError::CredentialsNotLoaded(_))))
    {
        return Err(missing(&format!("there is no profile `{named}`, or it has none")));
    }
    Err(match &error {
        CredentialsError::CredentialsNotLoaded(_) => missing("neither the environment nor a profile has any"),
        CredentialsError::ProviderTimedOut(_) => missing("what provides them does not answer"),
        CredentialsError::InvalidConfiguration(_) => missing(&because(&error, "the profile is not usable")),
        _ => missing(&because(&error, "what provides them failed")),
    })
}

/// The SDK panics where they are not.
fn are_usable(credentials: &Credentials) -> bool {
    let texts = [credentials.access_key_id(), credentials.secret_access_key()];
    texts.into_iter().chain(credentials.session_token()).all(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The profile that an argument names comes before keys of the environment, which may be those of another account. `None`
/// where none is named, and where it is one without credentials, that says something else.
async fn of_argument(context: &Context, config: &SdkConfig) -> Option<Result<Credentials, CredentialsError>> {
    of_profile_alone(context.global.profile.as_deref()?, config).await
}

/// What a profile gives by itself. `None` where it is not there, or has none.
async fn of_profile_alone(profile: &str, config: &SdkConfig) -> Option<Result<Credentials, CredentialsError>> {
    let mut settings = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(client) = config.http_client() {
        settings = settings.with_http_client(client);
    }
    let profile = ProfileFileCredentialsProvider::builder().configure(&settings).profile_name(profile).build();
    let provided = profile.provide_credentials().await;
    let is_other = |error: &CredentialsError| {
        matches!(error, CredentialsError::CredentialsNotLoaded(_)) && std::error::Error::source(error).is_none()
    };
    if provided.as_ref().is_err_and(is_other) { None } else { Some(provided) }
}

/// The profile that somebody has named.
fn profile(context: &Context) -> Option<&str> {
    context.global.profile.as_deref().or_else(|| context.surroundings.setting("AWS_PROFILE"))
}

/// The innermost cause of a provider that failed: it names profiles and files. Where one ran a program, what that wrote may
/// hold anything and is left out.
fn because(error: &dyn std::error::Error, what: &str) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let Some(innermost) = causes.last().map(ToString::to_string) else { return what.to_owned() };
    let program = "external process";
    if innermost.contains(program) || innermost.to_ascii_lowercase().contains("stderr") {
        let code =
            innermost.split_once("exit status: ").map(|(_, rest)| rest.split(['.', ' ']).next().unwrap_or_default());
        return match code.filter(|code| code.bytes().all(|byte| byte.is_ascii_digit())) {
            Some(code) => format!("the `credential_process` of the profile ended with {code}: run it by hand"),
            None => "the `credential_process` of the profile gave none: run it by hand".to_owned(),
        };
    }
    let cause = innermost.strip_prefix("ProfileFile provider could not be built: ").unwrap_or(&innermost);
    if cause.len() > 200 { what.to_owned() } else { format!("{what}: {cause}") }
}

/// The variable of every AWS tool.
const MAX_ATTEMPTS: &str = "AWS_MAX_ATTEMPTS";
const CONNECT: Duration = Duration::from_secs(4);
const ATTEMPT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_endpoint_only_scheme_host_and_port_are_shown() {
        for (url, shown) in [
            ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
            ("https://user:pw@host.example:443/path?t=token#x", "https://host.example:443"),
            ("http://user:p@w@[::1]:4566?t=token", "http://[::1]:4566"),
            ("http://user:p/w@host", "http://user"),
            ("http://host#token", "http://host"),
            ("user:pw@host:80", "host:80"),
            ("localhost:4566/token", "localhost:4566"),
            ("ftp://user:pw@host/", "ftp://host"),
            ("", ""),
        ] {
            assert_eq!(origin(url), shown, "{url}");
        }
    }

    #[test]
    fn only_aws_s_own_names_are_aws() {
        for url in [
            "https://ssm.eu-west-1.amazonaws.com",
            "https://vpce-1-a.ssm.eu-west-1.vpce.amazonaws.com:443/",
            "https://ssm.cn-north-1.amazonaws.com.cn",
            "https://SSM.eu-west-1.API.AWS",
        ] {
            assert!(is_of_aws(url), "{url}");
        }
        for url in [
            "http://127.0.0.1:4566",
            "http://localhost:4566/amazonaws.com",
            "http://localstack:4566",
            "http://[::1]:4566",
            "https://ssm.amazonaws.com.evil.example",
            "https://ssm.amazonaws.com@evil.example",
            "https://ssm.amazonaws.com:443@evil.example",
            "ssm.eu-west-1.amazonaws.com",
            "http://localhost.localstack.cloud?x=.amazonaws.com",
            "",
        ] {
            assert!(!is_of_aws(url), "{url}");
        }
    }
}
