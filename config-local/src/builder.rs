//! How a store is to be: region, account, credentials, clock, port.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::lambda::Functions;
use crate::network::Way;
use crate::server::{Server, Shared};
use crate::signature::Credentials;
use crate::state::State;
use crate::store::Store;
use crate::{LocalSsm, StartError};

/// Settings of a [`LocalSsm`], each with a default.
///
/// # Security
///
/// Holds the credentials that requests must be signed with. `Debug` does not show them.
#[derive(Clone)]
#[must_use]
pub struct Builder {
    region: String,
    account: String,
    credentials: Credentials,
    caller: Option<String>,
    clock_offset: i64,
    page_sizes: Vec<usize>,
    update_time: Duration,
    port: u16,
    way: Way,
    #[cfg(feature = "tls")]
    tls: bool,
    #[cfg(feature = "file")]
    file: Option<std::path::PathBuf>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            credentials: Credentials {
                access_key: "AKIALOCALSSM00000000".to_owned(),
                secret_key: "local-ssm-secret-access-key".to_owned(),
                session_token: None,
            },
            caller: None,
            clock_offset: 0,
            page_sizes: Vec::new(),
            update_time: Duration::from_millis(5),
            port: 0,
            way: Way::default(),
            #[cfg(feature = "tls")]
            tls: false,
            #[cfg(feature = "file")]
            file: None,
        }
    }

    /// The region requests must be signed for; `us-east-1` by default.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// The account of the ARNs; `123456789012` by default.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// The key pair requests must be signed with; a fixed one by default.
    pub fn credentials(mut self, access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        self.credentials.access_key = access_key_id.into();
        self.credentials.secret_key = secret_access_key.into();
        self
    }

    /// A session token requests must carry; none is looked at by default.
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.credentials.session_token = Some(token.into());
        self
    }

    /// Who calls, as `AccessDeniedException` names them; an assumed role by default.
    pub fn caller(mut self, arn: impl Into<String>) -> Self {
        self.caller = Some(arn.into());
        self
    }

    /// How far the server's clock is off, in seconds; see [`LocalSsm::set_clock_offset`].
    pub fn clock_offset(mut self, seconds: i64) -> Self {
        self.clock_offset = seconds;
        self
    }

    /// Sizes of the pages of `GetParametersByPath`; see [`LocalSsm::set_page_sizes`].
    pub fn page_sizes(mut self, sizes: impl IntoIterator<Item = usize>) -> Self {
        self.page_sizes = sizes.into_iter().collect();
        self
    }

    /// How long an update of a function is `InProgress`; five milliseconds by default.
    pub fn update_time(mut self, time: Duration) -> Self {
        self.update_time = time;
        self
    }

    /// The port on 127.0.0.1; by default the operating system chooses one that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How long each turn of the network takes, as from a function to the service: that of TCP, that of TLS, and one for each
    /// request; nothing by default. Exact to about a tenth of a millisecond.
    pub fn round_trip(mut self, time: Duration) -> Self {
        self.way.round_trip = time;
        self
    }

    /// How long the service takes to answer a request; nothing by default. Exact to about a tenth of a millisecond, for
    /// measurements; [`Fault::delay`](crate::Fault::delay) is for some requests, and exact to a few.
    pub fn latency(mut self, time: Duration) -> Self {
        self.way.latency = time;
        self
    }

    /// Speaks HTTPS (TLS 1.2 and 1.3) instead of HTTP, with a certificate of its own for `localhost` and `127.0.0.1` that is
    /// made anew at each start. A client must trust it: [`LocalSsm::certificate_file`] says where it is, and the variable
    /// `AWS_CA_BUNDLE` is among the [variables](LocalSsm::variables).
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Keeps the store in a file, which is created where it is not there (its folder must be). Functions are never in it.
    ///
    /// The file is encrypted as a whole with XChaCha20-Poly1305; the key is beside it, in `PATH.key` with mode 0600. A write is
    /// answered when it is on the disk, and survives a kill at any moment; one that does not reach the disk is answered with a
    /// 500 and never happened. One process at a time has the file open.
    ///
    /// # Security
    ///
    /// Whoever can read both files can read the values: keep the key out of version control and out of backups of the store.
    /// Nothing shows that an older store was put back.
    #[cfg(feature = "file")]
    pub fn file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// The port is taken, the system gives no socket or thread, or a file cannot be used or written; see [`StartError`].
    pub fn start(self) -> Result<LocalSsm, StartError> {
        let clock = Clock::default();
        clock.set_offset(self.clock_offset);
        let caller = self
            .caller
            .unwrap_or_else(|| format!("arn:aws:sts::{}:assumed-role/local-function/local-function", self.account));
        let store = Store::new(&self.region, &self.account);
        let functions = Functions::new(&self.region, &self.account, self.update_time);
        #[cfg(feature = "file")]
        let state = match &self.file {
            Some(path) => open(store, path)?,
            None => State::in_memory(store),
        };
        #[cfg(not(feature = "file"))]
        let state = State::in_memory(store);
        #[cfg(feature = "tls")]
        let tls = self.tls.then(crate::network::Tls::new).transpose()?;
        let shared = Arc::new(Shared {
            way: self.way,
            #[cfg(feature = "tls")]
            tls,
            state: Mutex::new(state),
            functions: Mutex::new(functions),
            region: self.region,
            caller,
            credentials: self.credentials,
            clock,
            faults: Mutex::new(Faults::default()),
            page_sizes: Mutex::new(self.page_sizes),
            log: Mutex::new(Vec::new()),
            connections: Mutex::new(0),
        });
        let server = Server::start(Arc::clone(&shared), self.port).map_err(StartError::Server)?;
        Ok(LocalSsm::new(shared, server))
    }
}

/// The credentials are left out.
impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("region", &self.region)
            .field("account", &self.account)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "file")]
fn open(mut store: Store, path: &std::path::Path) -> Result<State, StartError> {
    let file = crate::file::StoreFile::open(path, &mut store)?;
    Ok(State::in_file(store, file))
}
