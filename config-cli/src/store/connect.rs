//! How a store is reached: region, credentials and endpoint of AWS; or the encrypted file of the laptop, served to ourselves.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Region;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use bind_config_local::{LocalSsm, StartError};
use bind_config_runtime::{Environment, tool};

use super::{Store, Trouble};
use crate::context::Context;
use crate::declaration::StoreKind;
use crate::failure::Failure;
use crate::project::Project;

/// What the start-up path of a function needs in its environment in order to ask the same store.
///
/// # Security
///
/// Holds credentials: it has no `Debug`.
pub(crate) struct Access(pub(crate) Vec<(String, String)>);

/// Opens the store that is meant.
pub(crate) async fn open(context: &Context, project: &Project) -> Result<Store, Failure> {
    match context.store_kind(project) {
        StoreKind::Ssm => open_ssm(context).await,
        StoreKind::Local => open_local(context, project).await,
    }
}

/// A client of Lambda, with the same region and credentials as the store.
pub(crate) async fn open_functions(context: &Context) -> Result<(aws_sdk_lambda::Client, String), Failure> {
    let config = aws(context, "AWS_ENDPOINT_URL_LAMBDA").await?;
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    Ok((aws_sdk_lambda::Client::new(&config), format!("Lambda in {region}")))
}

async fn open_ssm(context: &Context) -> Result<Store, Failure> {
    let config = aws(context, "AWS_ENDPOINT_URL_SSM").await?;
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let endpoint = endpoint(context, "AWS_ENDPOINT_URL_SSM");
    let place = match endpoint {
        Some(url) => format!("SSM at {}", crate::terminal::shown(url)),
        None => format!("SSM in {region}"),
    };
    let credentials = credentials(&config).await?;
    let mut access = vec![
        ("AWS_REGION".to_owned(), region),
        ("AWS_ACCESS_KEY_ID".to_owned(), credentials.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), credentials.secret_access_key().to_owned()),
    ];
    access.extend(credentials.session_token().map(|token| ("AWS_SESSION_TOKEN".to_owned(), token.to_owned())));
    for name in PASSED_ON {
        access.extend(context.surroundings.setting(name).map(|value| (name.to_owned(), value.to_owned())));
    }
    Ok(Store { client: Client::new(&config), kind: StoreKind::Ssm, place, access: Access(access), _local: None })
}

/// What `aws-config` finds, with our HTTP client. Credentials are asked for here, so that a missing login is told first.
async fn aws(context: &Context, endpoint_variable: &str) -> Result<SdkConfig, Failure> {
    let environment: Environment = PASSED_ON
        .iter()
        .filter_map(|name| context.surroundings.setting(name).map(|value| (*name, value)))
        .collect();
    let needs_tls = !endpoint(context, endpoint_variable).is_some_and(|url| url.starts_with("http://"));
    let client = tool::http_client(&environment, needs_tls)
        .map_err(|problem| Failure::impossible(format!("AWS cannot be asked: {problem}")))?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(client)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE))
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build(),
        );
    if let Some(profile) = &context.global.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = context.global.region.as_deref().or_else(|| context.surroundings.setting("SST_REGION")) {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let mut config = loader.load().await;
    if config.region().is_none() {
        return Err(Trouble::NoRegion.failure("AWS cannot be asked"));
    }
    // Asked once, for both services.
    let credentials = credentials(&config).await?;
    config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();
    Ok(config)
}

async fn credentials(config: &SdkConfig) -> Result<Credentials, Failure> {
    let missing = |why: &str| Trouble::NoCredentials { why: why.to_owned() }.failure("AWS cannot be asked");
    let Some(provider) = config.credentials_provider() else { return Err(missing("nothing provides any")) };
    provider.provide_credentials().await.map_err(|error| match &error {
        CredentialsError::CredentialsNotLoaded(_) => missing("neither the environment nor a profile has any"),
        CredentialsError::ProviderTimedOut(_) => missing("what provides them does not answer"),
        CredentialsError::InvalidConfiguration(_) => missing(&because(&error, "the profile is not usable")),
        _ => missing(&because(&error, "what provides them failed")),
    })
}

/// The innermost cause of a provider that failed: it names profiles and files. Where one ran a program, its output may
/// hold anything and is left out.
fn because(error: &dyn std::error::Error, what: &str) -> String {
    let mut innermost = None;
    let mut cause = error.source();
    while let Some(inner) = cause {
        innermost = Some(inner.to_string());
        cause = inner.source();
    }
    match innermost.filter(|text| text.len() <= 200 && !text.contains("stdout") && !text.contains("stderr")) {
        Some(cause) => format!("{what}: {cause}"),
        None => what.to_owned(),
    }
}

fn endpoint<'a>(context: &'a Context, variable: &str) -> Option<&'a str> {
    [variable, "AWS_ENDPOINT_URL"].into_iter().find_map(|name| context.surroundings.setting(name))
}

/// Opens the store in the file. Where another process has it, that one is waited for, or, if it serves it, asked.
async fn open_local(context: &Context, project: &Project) -> Result<Store, Failure> {
    let folder = project.own_folder();
    private_folder(&folder).map_err(Failure::io(folder.display()))?;
    let path = folder.join(LOCAL_STORE);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match serve_local(&path, 0) {
            Ok((local, served)) => return Ok(local_store(&served, &shown_path(context, &path), Some(local))),
            Err(StartError::Locked { .. }) => {
                if let Some(served) = Served::read(&folder) {
                    return Ok(local_store(&served, &shown_path(context, &path), None));
                }
            }
            Err(error) => return Err(Failure::impossible(with_cause(&error))),
        }
        if Instant::now() >= deadline {
            return Err(Failure::impossible(format!(
                "another process has had `{}` open for {} seconds: end it, then try again",
                path.display(),
                PATIENCE.as_secs()
            )));
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Serves the store in a file, to whoever knows the keys that are made here.
pub(crate) fn serve_local(path: &Path, port: u16) -> Result<(LocalSsm, Served), StartError> {
    let (access_key, secret_key) = (random_hex::<8>(), random_hex::<20>());
    let local = LocalSsm::builder().port(port).credentials(&access_key, &secret_key).file(path).start()?;
    let endpoint = local.endpoint();
    Ok((local, Served { endpoint, access_key, secret_key }))
}

/// Where a local store is served, and with which keys it may be asked.
///
/// # Security
///
/// Holds the keys: it has no `Debug`.
pub(crate) struct Served {
    pub(crate) endpoint: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
}

impl Served {
    /// What `local start` has left, where it still serves.
    fn read(folder: &Path) -> Option<Self> {
        let text = crate::project::read_text(&folder.join(LOCAL_SERVED)).ok()?;
        let mut lines = text.lines().map(str::to_owned);
        let served = Served { endpoint: lines.next()?, access_key: lines.next()?, secret_key: lines.next()? };
        let address = served.endpoint.strip_prefix("http://")?.parse().ok()?;
        TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()?;
        Some(served)
    }

    pub(crate) fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.endpoint, self.access_key, self.secret_key)
    }

    /// The variables with which any AWS client reaches it.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 4] {
        [
            ("AWS_REGION", LOCAL_REGION),
            ("AWS_ACCESS_KEY_ID", &self.access_key),
            ("AWS_SECRET_ACCESS_KEY", &self.secret_key),
            ("AWS_ENDPOINT_URL_SSM", &self.endpoint),
        ]
    }
}

fn local_store(served: &Served, path: &str, local: Option<LocalSsm>) -> Store {
    let config = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(&served.endpoint)
        .region(Region::new(LOCAL_REGION))
        .credentials_provider(Credentials::new(&served.access_key, &served.secret_key, None, None, "local"))
        .build();
    Store {
        client: Client::from_conf(config),
        kind: StoreKind::Local,
        place: format!("the local store ({path})"),
        access: Access(served.variables().map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
        _local: local,
    }
}

fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    // Without randomness there are no keys, and no TLS either: nothing that could go on.
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As short as it can be understood from here.
fn shown_path(context: &Context, path: &Path) -> String {
    path.strip_prefix(context.surroundings.folder()).unwrap_or(path).display().to_string()
}

/// A folder that only its owner can look into.
pub(crate) fn private_folder(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// An error and what caused it, in one line.
pub(crate) fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

pub(crate) const LOCAL_STORE: &str = "store";
/// Where `local start` says at which address it serves, and the keys.
pub(crate) const LOCAL_SERVED: &str = "served";
/// That of config-local where nobody says another.
const LOCAL_REGION: &str = "us-east-1";
/// What a start of a function reads besides region and credentials.
const PASSED_ON: [&str; 6] = [
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
];
/// How long another process may have the local store.
const PATIENCE: Duration = Duration::from_secs(20);
const ATTEMPTS: u32 = 8;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(4);
const ATTEMPT: Duration = Duration::from_secs(15);
const OPERATION: Duration = Duration::from_secs(60);
