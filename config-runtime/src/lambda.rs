//! What Lambda tells a program at start, and how a failed start becomes readable there.
//!
//! | `AWS_LAMBDA_INITIALIZATION_TYPE` | a load |
//! | --- | --- |
//! | `on-demand` | has 8 of the 10 seconds that init has |
//! | `snap-start` | is refused before the snapshot, which would keep the values, and has 8 seconds in the hook after a restore |
//! | `provisioned-concurrency`, `lambda-managed-instances` | has 20 seconds. Managed Instances run several requests at once in one process: all of them read one configuration, without a lock |
//!
//! With SnapStart, [`load_after_restore`](Bound::load_after_restore) stands in the hook of `lambda_runtime` (1.3 and later), and
//! nothing is loaded in `main`:
//!
//! ```no_run
//! # use bind_config_runtime::{Bound, __private as bind};
//! # struct Config;
//! # static CONFIG: Bound<Config> = Bound::new("CONFIG");
//! # impl bind::Bindings for Config {
//! #     type Fetches = bind::FetchesNothing;
//! #     fn table() -> &'static bind::Table {
//! #         &bind::Table { app: "orders", function: None, ssm_prefix: None, fingerprint: None, strict: false, without_fallback: &[], bindings: &[] }
//! #     }
//! #     fn build(_: &mut bind::Values) -> Self { Self }
//! # }
//! # mod lambda_runtime {
//! #     pub type Error = Box<dyn std::error::Error + Send + Sync>;
//! #     pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
//! #     pub trait SnapStartResource: Send + Sync {
//! #         fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>>;
//! #     }
//! # }
//! use lambda_runtime::{BoxFuture, Error, SnapStartResource};
//!
//! struct Configuration;
//!
//! impl SnapStartResource for Configuration {
//!     fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
//!         Box::pin(async {
//!             CONFIG.load_after_restore().await?;
//!             Ok(())
//!         })
//!     }
//! }
//! // Runtime::new(handler).register_snapstart_resource(Arc::new(Configuration)).run().await
//! ```
//!
//! That is tested with `lambda_runtime` and a Runtime API that takes no snapshots. Nothing of it was run on AWS, where SnapStart
//! is documented for managed runtimes: whether it takes `provided.*` functions is not known here.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::bound::{Bound, Loadable, Loading};
use crate::environment::Environment;
use crate::report::LoadError;

/// `AWS_LAMBDA_INITIALIZATION_TYPE`, as far as it bears on loading.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InitializationType {
    /// Init has ten seconds.
    OnDemand,
    /// Init ends in a snapshot; the hook after its restore has ten seconds.
    SnapStart,
    /// Provisioned concurrency, managed instances, or no Lambda.
    Other,
}

/// Whether this process may still become a SnapStart snapshot.
pub(crate) fn is_before_snapshot() -> bool {
    initialization_type(&of_process()) == InitializationType::SnapStart
}

/// How long a start of this process may take.
#[allow(dead_code, reason = "where there is no store, nobody waits")]
pub(crate) fn patience_of_process() -> Duration {
    patience(&of_process())
}

/// The environment of the process, as far as this file looks at it.
fn of_process() -> Environment {
    Environment::process_setting(VARIABLE).map(|value| (VARIABLE, value)).into_iter().collect()
}

const VARIABLE: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";

pub(crate) fn initialization_type(environment: &Environment) -> InitializationType {
    match environment.setting(VARIABLE) {
        Some("on-demand") => InitializationType::OnDemand,
        Some("snap-start") => InitializationType::SnapStart,
        _ => InitializationType::Other,
    }
}

/// How long a start may take: below the 10 seconds that Lambda gives init, and the hook after a restore.
/// <https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html>
pub(crate) fn patience(environment: &Environment) -> Duration {
    match initialization_type(environment) {
        InitializationType::OnDemand | InitializationType::SnapStart => Duration::from_secs(8),
        InitializationType::Other => Duration::from_secs(20),
    }
}

/// [`Bound::load`], and in Lambda the report goes to whoever invoked the function, and into the log.
///
/// Without it a function that ends before its first event is logged as "Runtime exited without providing a reason".
///
/// ```no_run
/// # use bind_config_runtime as bind_config;
/// # async fn main_of<T: bind_config::Loadable>(CONFIG: &'static bind_config::Bound<T>)
/// # -> Result<(), bind_config::LoadError> {
/// let config = bind_config::lambda::load(&CONFIG).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of [`Bound::load`]. That the report could not be posted is not one of them.
// Not an `async fn`: see `Bound::load`.
pub fn load<T: Loadable>(config: &'static Bound<T>) -> Loading<&'static T> {
    Loading::new(async {
        let loaded = config.load().await;
        if let Err(error) = &loaded {
            report(error);
        }
        loaded
    })
}

/// Posts a failed start to the runtime API, as [`load`] does: for programs that load in another way. Does nothing outside
/// of Lambda.
///
/// The process is about to end: a blocking request is what is needed. It may take about a second.
pub fn report(error: &LoadError) {
    let environment = Environment::process();
    let Some(api) = environment.setting("AWS_LAMBDA_RUNTIME_API") else { return };
    let body =
        serde_json::json!({ "errorMessage": error.to_string(), "errorType": ERROR_TYPE, "stackTrace": [] }).to_string();
    // There is nobody left to tell that the report did not arrive: the caller has the error itself.
    let _ = post(api, &body);
}

const ERROR_TYPE: &str = "BindConfig.LoadError";
const PATIENCE: Duration = Duration::from_secs(1);

fn post(api: &str, body: &str) -> std::io::Result<()> {
    let no_address = || std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    let address = api.to_socket_addrs()?.next().ok_or_else(no_address)?;
    let end = Instant::now() + PATIENCE;
    // A timeout of zero would be none.
    let left = || end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let mut connection = TcpStream::connect_timeout(&address, left())?;
    connection.set_write_timeout(Some(left()))?;
    write!(
        connection,
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: {api}\r\nContent-Type: application/json\r\n\
         Lambda-Runtime-Function-Error-Type: {ERROR_TYPE}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    // The runtime API has taken the report when it answers.
    connection.set_read_timeout(Some(left()))?;
    connection.read(&mut [0; 64]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_has_eight_seconds_where_lambda_has_ten_and_twenty_elsewhere() {
        let seconds =
            |kind: &str| patience(&[("AWS_LAMBDA_INITIALIZATION_TYPE", kind)].into_iter().collect()).as_secs();
        assert_eq!((seconds("on-demand"), seconds("snap-start")), (8, 8));
        assert_eq!((seconds("provisioned-concurrency"), seconds("lambda-managed-instances")), (20, 20));
        assert_eq!(patience(&Environment::default()).as_secs(), 20);
        // Lambda's init has ten seconds: the report is included, and so is the start of the process.
        let on_demand = [("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")].into_iter().collect();
        assert!(patience(&on_demand) + PATIENCE <= Duration::from_secs(9));
    }

    #[test]
    fn a_report_is_counted_in_bytes() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let api = listener.local_addr().unwrap().to_string();
        let poster = std::thread::spawn(move || post(&api, "{\"é\":\"…\"}"));
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with("…\"}".as_bytes()) {
            let mut some = [0; 512];
            let read = connection.read(&mut some).unwrap();
            assert_ne!(read, 0);
            request.extend_from_slice(&some[..read]);
        }
        connection.write_all(b"HTTP/1.1 202 Accepted\r\n\r\n").unwrap();

        poster.join().unwrap().unwrap();
        assert!(String::from_utf8(request).unwrap().contains("\r\nContent-Length: 12\r\n"));
    }

    #[test]
    fn a_runtime_api_that_never_answers_is_not_waited_for_without_end() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();

        let error = post(&listener.local_addr().unwrap().to_string(), "{}").unwrap_err();

        assert!(matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{error}");
    }
}
