//! The store of a laptop: an encrypted file, served to ourselves over loopback.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use aws_smithy_types::retry::RetryConfig;
use bind_config_local::{LocalSsm, StartError};

use super::aws::Place;
use super::{Access, Patience, Store};
use crate::context::Context;
use crate::failure::Failure;
use crate::project::Project;

/// Opens the store in the file. Where another process has it, that one is waited for, or, if it serves it, asked.
pub(super) async fn open(context: &Context, project: &Project) -> Result<Store, Failure> {
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
        .retry_config(RetryConfig::disabled())
        .build();
    let place = Place {
        name: format!("the local store ({path})"),
        remedy: "does `bind-config local start` still run? Then end it and try again".to_owned(),
    };
    let access = served.variables().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Store {
        client: Client::from_conf(config),
        place: place.name.clone(),
        access: Access(access.into()),
        patience: Patience::new(None),
        remedy: place.remedy,
        aws: None,
        _local: local,
    }
}

fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    // Without randomness there are no keys, and no TLS either: nothing that could go on.
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
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
    builder.create(path)?;
    // A key beside its store is not to be committed, whatever the project's own `.gitignore` says.
    fs::write(path.join(".gitignore"), "*\n")
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
/// How long another process may have the local store.
const PATIENCE: Duration = Duration::from_secs(20);
