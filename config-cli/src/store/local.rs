//! The store of a laptop: an encrypted file, served to ourselves over loopback.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use aws_credential_types::Credentials;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use bind_config_local::{Builder, LocalSsm, StartError};
use bind_config_runtime::{Environment, tool};
use tokio::time::Instant;

use super::served::{Proof, Served};
use super::{Access, Address, Patience, Purpose, Store, Trouble};
use crate::context::Context;
use crate::failure::Failure;
use crate::project::Project;

/// Opens the store in the file. Where another process has it, that one is waited for, or, if it serves it, asked.
pub(super) async fn open(context: &Context, project: &Project, purpose: Purpose) -> Result<Store, Failure> {
    let folder = project.own_folder();
    let path = folder.join(LOCAL_STORE);
    let place = Address::local(&path, context.surroundings.folder());
    if folder.is_symlink() && !folder.exists() {
        return Err(Failure::impossible(format!("{}: it is a link that leads nowhere", folder.display())));
    }
    if purpose == Purpose::Read && is_absent(&path) {
        let (local, served) = serve(LocalSsm::builder()).map_err(|error| Failure::impossible(with_cause(&error)))?;
        return store(place, &served, Some(local));
    }
    private_folder(&folder).map_err(Failure::io(folder.display()))?;
    wait(place, &folder, &path).await
}

/// Opens the store once nobody else has it, or they serve it.
async fn wait(place: Address, folder: &Path, path: &Path) -> Result<Store, Failure> {
    let begun = Instant::now();
    let mut deadline = begun + PATIENCE;
    let mut written = written_at(path);
    let mut is_silent = false;
    loop {
        match serve_local(path, 0) {
            Ok((local, served)) => return store(place, &served, Some(local)),
            Err(StartError::Locked { .. }) if is_silent => {
                let trouble = Trouble::Unreachable { place: place.to_string(), remedy: REMEDY.to_owned() };
                return Err(trouble.failure("the secrets cannot be reached"));
            }
            Err(StartError::Locked { .. }) => {
                if let Some(served) = Served::read(folder) {
                    match served.proof().await {
                        Proof::Given => return store(place, &served, None),
                        // Left by one that was killed; whoever listens there now is told nothing.
                        Proof::Missing => {}
                        Proof::Silent => is_silent = true,
                    }
                }
            }
            Err(error) => return Err(Failure::impossible(with_cause(&error))),
        }
        // Others who write one after the other are no reason to give up.
        let now = written_at(path);
        if std::mem::replace(&mut written, now) != now {
            deadline = (Instant::now() + PATIENCE).min(begun + LONGEST);
        }
        if Instant::now() >= deadline {
            return Err(Failure::impossible(format!(
                "other processes have had `{}` open for {} seconds: end them, then try again",
                path.display(),
                begun.elapsed().as_secs()
            )));
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Serves the store in a file, to whoever knows the keys that are made here.
pub(crate) fn serve_local(path: &Path, port: u16) -> Result<(LocalSsm, Served), StartError> {
    serve(LocalSsm::builder().port(port).file(path))
}

fn serve(builder: Builder) -> Result<(LocalSsm, Served), StartError> {
    let (access_key, secret_key) = (random_hex::<8>(), random_hex::<20>());
    let local = builder.credentials(&access_key, &secret_key).start()?;
    let (address, endpoint) = (local.address(), local.endpoint());
    Ok((local, Served { address, endpoint, access_key, secret_key }))
}

/// `local` is the server, where it is our own: another process's has to prove what it is.
fn store(place: Address, served: &Served, local: Option<LocalSsm>) -> Result<Store, Failure> {
    let client = tool::http_client(&Environment::default(), false)
        .map_err(|problem| Failure::impossible(format!("{place} cannot be asked: {problem}")))?;
    let config = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(client)
        .endpoint_url(&served.endpoint)
        .region(Region::new(LOCAL_REGION))
        .credentials_provider(Credentials::new(&served.access_key, &served.secret_key, None, None, "local"))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build())
        .build();
    let access = served.variables().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Store {
        client: Client::from_conf(config),
        place,
        access: Access(access.into()),
        // Nothing here is busy, and no network is between: what fails once fails again.
        patience: Patience::new(Some(1)),
        remedy: REMEDY.to_owned(),
        aws: None,
        served: local.is_none().then(|| served.clone()),
        local,
    })
}

fn written_at(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

/// Whether there is surely no store. One that is being written for the first time is one.
fn is_absent(path: &Path) -> bool {
    let is_absent = |path: &Path| path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    is_absent(path) && ["key", "lock"].iter().all(|end| is_absent(&path.with_extension(end)))
}

/// Why the file was not written, where that is what the server says. It is what the system said of the file, and no value.
pub(super) fn not_written(message: &str) -> Option<&str> {
    message.split_once("(The store's file was not written: ")?.1.strip_suffix(')')
}

pub(super) fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    // Without randomness there are no keys, and no TLS either: nothing that could go on.
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A folder that only its owner can look into.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return ignore(path);
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        // Somebody else was first, in this very moment.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        created => created?,
    }
    ignore(path)
}

/// A key beside its store is not to be committed, whatever the project's own `.gitignore` says. One that is empty was left by a
/// kill, or by a disk that was full.
fn ignore(folder: &Path) -> io::Result<()> {
    let path = folder.join(".gitignore");
    let mut file = match path.symlink_metadata() {
        Ok(there) if there.is_file() && there.len() == 0 => fs::OpenOptions::new().write(true).open(&path)?,
        // What a link leads to is somebody else's.
        Ok(_) => return Ok(()),
        Err(_) => match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            // Somebody else was first, in this very moment.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            created => created?,
        },
    };
    file.write_all(b"*\n")
}

/// An error and what caused it, in one line.
pub(crate) fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

pub(crate) const LOCAL_STORE: &str = "store";
const REMEDY: &str = "does `bind-config local start` still run? Then end it and try again";
/// That of config-local where nobody says another.
pub(super) const LOCAL_REGION: &str = "us-east-1";
/// How long another process may have the local store without writing.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long others may have it in turn.
const LONGEST: Duration = Duration::from_mins(2);
/// How long its server may take: to take a connection, and to answer.
pub(super) const CONNECT: Duration = Duration::from_secs(2);
pub(super) const ATTEMPT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::{sleep, timeout};

    use super::*;

    /// Waits for a store that another process has open, while others write it after so many seconds, each time; and says what
    /// is said then. The clock is a paused one: nobody waits for it.
    async fn waited(writes: usize, every: Duration) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCAL_STORE);
        drop(serve_local(&path, 0).unwrap());
        fs::write(&path, "").unwrap();
        let held = fs::File::open(path.with_extension("lock")).unwrap();
        held.try_lock().unwrap();
        let begun = fs::metadata(&path).unwrap().modified().unwrap();
        let write = async {
            for write in 1..=writes {
                sleep(every).await;
                let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
                file.set_modified(begun + Duration::from_secs(write as u64)).unwrap();
            }
            pending::<()>().await;
        };
        let waiting = timeout(Duration::from_mins(5), wait(Address::local(&path, folder.path()), folder.path(), &path));
        let waited = tokio::select! {
            waited = waiting => waited.expect("it ends").err().unwrap(),
            () = write => unreachable!("it goes on for ever"),
        };
        waited.message().unwrap().replace(path.to_str().unwrap(), "PATH")
    }

    fn given_up(seconds: u64) -> String {
        format!("other processes have had `PATH` open for {seconds} seconds: end them, then try again")
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_somebody_keeps_open_is_not_waited_for_for_ever() {
        assert_eq!(waited(0, Duration::ZERO).await, given_up(20));
    }

    #[tokio::test(start_paused = true)]
    async fn others_who_write_one_after_the_other_are_waited_for_longer() {
        assert_eq!(waited(3, Duration::from_secs(10)).await, given_up(50));
        // And not for ever either.
        assert_eq!(waited(usize::MAX, Duration::from_secs(10)).await, given_up(120));
    }
}
