//! The handle: start, put, read back, break, look at the log.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::contract;
use crate::fault::Fault;
use crate::faults::FaultId;
use crate::log::Call;
use crate::parameter::Value;
use crate::put::NewParameter;
use crate::server::{Server, Shared, lock};
use crate::{Builder, NewFunction, Operation, Refusal, StartError, Variables};

/// A running SSM on 127.0.0.1, with a Lambda on the same port.
///
/// It has a thread of its own, so it serves any test: blocking or async, with tokio's clock running or paused. Dropped, it
/// ends at once: connections are closed, no thread is left.
///
/// # Security
///
/// `Debug` shows the address and the number of parameters and functions. Values are wiped from memory when they are
/// overwritten past the hundredth version, replaced in a function, deleted, or the store is dropped; what passed through a
/// request's or an answer's JSON may linger.
pub struct LocalSsm {
    // First, so that nothing is served while the rest is dropped.
    server: Server,
    shared: Arc<Shared>,
}

impl LocalSsm {
    /// Starts an empty store in memory.
    ///
    /// # Errors
    ///
    /// The system gives no socket or thread.
    pub fn start() -> Result<Self, StartError> {
        Self::builder().start()
    }

    /// Starts a store in memory that holds secrets of one app's stage.
    ///
    /// ```
    /// use bind_config_local::LocalSsm;
    ///
    /// let ssm = LocalSsm::with_secrets("orders", "dev", [("STRIPE_KEY", "sk_test_1"), ("db-password", "hunter2")])?;
    ///
    /// assert_eq!(ssm.value("/sst/orders/dev/Secret/db_password/value").as_deref(), Some("hunter2"));
    /// # Ok::<_, bind_config_local::StartError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), and [`StartError::Refused`] for a value that `PutParameter` refuses.
    pub fn with_secrets(
        app: &str,
        stage: &str,
        secrets: impl IntoIterator<Item = (impl AsRef<str>, impl Into<String>)>,
    ) -> Result<Self, StartError> {
        let ssm = Self::start()?;
        for (name, value) in secrets {
            let name = name.as_ref();
            let refused = |source| StartError::Refused { name: name.to_owned(), source };
            ssm.put_secret(app, stage, name, value).map_err(refused)?;
        }
        Ok(ssm)
    }

    /// Settings first.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(shared: Arc<Shared>, server: Server) -> Self {
        Self { server, shared }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// `http://127.0.0.1:PORT`, or `https://` with `Builder::tls`.
    pub fn endpoint(&self) -> String {
        format!("{}://{}", self.shared.scheme(), self.server.address)
    }

    /// The file of the certificate that a client must trust, in PEM form; `None` without [`Builder::tls`].
    ///
    /// The file is in the folder for temporary files, new and readable by this user alone. It is removed when the store is
    /// dropped; a process that is killed leaves it. The private key is in no file.
    #[cfg(feature = "tls")]
    pub fn certificate_file(&self) -> Option<&std::path::Path> {
        self.shared.tls.as_ref().map(crate::network::Tls::certificate)
    }

    /// Stores a secret of an app's stage, and returns its version.
    ///
    /// The name is an id as the infrastructure has it (`-` becomes `_`).
    ///
    /// # Errors
    ///
    /// As `PutParameter`: an empty value, one of more than 8,192 characters.
    pub fn put_secret(&self, app: &str, stage: &str, name: &str, value: impl Into<String>) -> Result<u64, Refusal> {
        self.put(secret(contract::secret(app, stage, name), value))
    }

    /// Stores the value that every stage of an app falls back to, and returns its version.
    ///
    /// # Errors
    ///
    /// As [`put_secret`](Self::put_secret).
    pub fn put_fallback_secret(&self, app: &str, name: &str, value: impl Into<String>) -> Result<u64, Refusal> {
        self.put(secret(contract::fallback(app, name), value))
    }

    /// Stores a parameter that is fetched at start, and returns its version.
    ///
    /// # Errors
    ///
    /// As [`put_secret`](Self::put_secret).
    pub fn put_parameter(&self, app: &str, stage: &str, name: &str, value: impl Into<String>) -> Result<u64, Refusal> {
        self.put(
            NewParameter::string(contract::parameter(app, stage, name), value).tier(crate::Tier::IntelligentTiering),
        )
    }

    /// Stores a parameter as `PutParameter` does, and returns its version.
    ///
    /// # Errors
    ///
    /// Whatever AWS refuses.
    pub fn put(&self, parameter: NewParameter) -> Result<u64, Refusal> {
        let now = self.shared.clock.now();
        let stored = lock(&self.shared.state).write(|store| store.put(parameter, now))?;
        Ok(stored.version.unsigned_abs())
    }

    /// Stores a secret of Secrets Manager, which SSM serves as `/aws/reference/secretsmanager/NAME`. The value before it
    /// becomes `AWSPREVIOUS`.
    ///
    /// # Errors
    ///
    /// The file could not be written.
    pub fn put_managed_secret(&self, name: &str, value: impl Into<String>) -> Result<(), Refusal> {
        let (now, value) = (self.shared.clock.now(), Value::new(value));
        lock(&self.shared.state).write(|store| {
            store.put_managed(name, value, now);
            Ok(())
        })
    }

    /// Deletes a parameter with all of its versions.
    ///
    /// # Errors
    ///
    /// `ParameterNotFound`.
    pub fn delete(&self, name: &str) -> Result<(), Refusal> {
        lock(&self.shared.state).write(|store| store.delete(name))
    }

    /// The latest value of a parameter, decrypted.
    pub fn value(&self, name: &str) -> Option<String> {
        let state = lock(&self.shared.state);
        state.store().parameter(name).map(|parameter| parameter.latest().value.expose().to_owned())
    }

    /// The number of the latest version of a parameter.
    pub fn version(&self, name: &str) -> Option<u64> {
        let state = lock(&self.shared.state);
        state.store().parameter(name).map(|parameter| parameter.latest().number.unsigned_abs())
    }

    /// The names of all parameters, sorted.
    pub fn names(&self) -> Vec<String> {
        lock(&self.shared.state).store().parameters.values().map(|parameter| parameter.name.clone()).collect()
    }

    /// Stores a function, in place of one of that name. Functions live in memory, also where the store is in a file.
    ///
    /// # Errors
    ///
    /// As Lambda: a name that is none, variables that a function may not have (their names, reserved ones, more than 4 KB), an
    /// alias or provisioned concurrency of a version that is not there.
    pub fn put_function(&self, function: NewFunction) -> Result<(), Refusal> {
        let now = self.shared.clock.now();
        lock(&self.shared.functions).put(function, now)
    }

    /// Deletes a function with its versions and aliases.
    ///
    /// # Errors
    ///
    /// `ResourceNotFoundException`.
    pub fn delete_function(&self, name: &str) -> Result<(), Refusal> {
        lock(&self.shared.functions).delete(name)
    }

    /// The variables of a function, decrypted whoever may do so.
    pub fn function_variables(&self, name: &str) -> Option<BTreeMap<String, String>> {
        lock(&self.shared.functions).variables(name)
    }

    /// Sets a variable of a function, as somebody else does in the middle of a program under test: the function has a new
    /// revision at once, and no update is in progress.
    ///
    /// # Errors
    ///
    /// `ResourceNotFoundException`, and what Lambda refuses of variables.
    pub fn set_function_variable(
        &self,
        name: &str,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<(), Refusal> {
        let now = self.shared.clock.now();
        lock(&self.shared.functions).set_variable(name, key.into(), Value::new(value), now)
    }

    /// How many requests have updated a function. Those that were refused do not count, nor does what was before
    /// [`put_function`](Self::put_function).
    pub fn function_updates(&self, name: &str) -> usize {
        lock(&self.shared.functions).updates(name)
    }

    /// What a program of the app and stage needs in its environment in order to load from here: the endpoint, the region,
    /// credentials, `SST_APP`, `SST_STAGE`, and a variable for every secret and parameter that is stored for them, the
    /// fallback's included.
    pub fn variables(&self, app: &str, stage: &str) -> Variables {
        let credentials = &self.shared.credentials;
        let mut variables = Variables::default()
            .with("AWS_ENDPOINT_URL_SSM", self.endpoint())
            .with("AWS_REGION", &self.shared.region)
            .with("AWS_ACCESS_KEY_ID", &credentials.access_key)
            .with("AWS_SECRET_ACCESS_KEY", &credentials.secret_key)
            .with("SST_APP", app)
            .with("SST_STAGE", stage);
        if let Some(token) = &credentials.session_token {
            variables = variables.with("AWS_SESSION_TOKEN", token);
        }
        #[cfg(feature = "tls")]
        if let Some(certificate) = self.certificate_file() {
            variables = variables.with("AWS_CA_BUNDLE", certificate.display().to_string());
        }
        let bound = self.names().into_iter().filter_map(|name| contract::variable(app, stage, &name));
        bound.fold(variables, |variables, variable| variables.with(variable, contract::FETCH))
    }

    /// Makes something go wrong from now on.
    pub fn inject(&self, fault: Fault) -> FaultId {
        lock(&self.shared.faults).inject(fault)
    }

    /// Ends one fault.
    pub fn remove_fault(&self, id: FaultId) {
        lock(&self.shared.faults).remove(id);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// How often a fault has happened, also after it ended.
    pub fn hits(&self, id: FaultId) -> u64 {
        lock(&self.shared.faults).hits(id)
    }

    /// Sets the server's clock off by so many seconds: its `Date` and the age of signatures follow.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.shared.clock.set_offset(seconds);
    }

    /// Makes the pages of `GetParametersByPath` that large, in turn, and no larger than asked for: `[3, 0, 10]` gives a short
    /// page, an empty one, a full one, and so on, all but the last with a `NextToken`. An empty list gives full pages.
    pub fn set_page_sizes(&self, sizes: impl IntoIterator<Item = usize>) {
        *lock(&self.shared.page_sizes) = sizes.into_iter().collect();
    }

    /// Every request so far, oldest first. A call is in the log before it is answered.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared.log).clone()
    }

    /// How many requests of one operation there were.
    pub fn count(&self, operation: Operation) -> usize {
        lock(&self.shared.log).iter().filter(|call| call.operation == operation.as_str()).count()
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> u64 {
        *lock(&self.shared.connections)
    }

    /// Empties the log.
    pub fn clear_calls(&self) {
        lock(&self.shared.log).clear();
    }
}

fn secret(path: String, value: impl Into<String>) -> NewParameter {
    NewParameter::secure(path, value).tier(crate::Tier::IntelligentTiering)
}

impl fmt::Debug for LocalSsm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = lock(&self.shared.state).store().parameters.len();
        f.debug_struct("LocalSsm")
            .field("endpoint", &self.endpoint())
            .field("region", &self.shared.region)
            .field("parameters", &parameters)
            .field("functions", &lock(&self.shared.functions).len())
            .finish_non_exhaustive()
    }
}
