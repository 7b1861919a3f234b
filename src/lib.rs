//! Typed secrets and parameters, bound by infrastructure, checked by rustc, filled from env vars and SSM.
//!
//! ```
//! mod api {
//!     bind_config::bind_config!("tests/manifests/orders.json", function = "worker"); // struct Config, static CONFIG
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In `main`, `api::CONFIG.load().await?` reads the process's environment. Here a store inside the program stands in.
//! let ssm = bind_config_local::LocalSsm::start()?;
//! ssm.secret("orders", "dev", "STRIPE_KEY", "sk_test_1")?;
//! let variables = ssm
//!     .variables("orders", "dev")
//!     .with("SST_Parameter_value_LOG_LEVEL", "info")
//!     .with("SST_Parameter_value_QUEUE_URL", "https://queue.example");
//!
//! let config = api::Config::load_from(&variables.into_iter().collect()).await?;
//!
//! assert_eq!(config.LOG_LEVEL, api::LogLevel::Info);
//! assert_eq!(config.STRIPE_KEY.expose_secret(), "sk_test_1");
//! # Ok(())
//! # }
//! ```
//!
//! - [`bind_config!`] turns a manifest into a struct with one typed field per bound secret or parameter.
//! - [`Bound`] is the static: `CONFIG.load().await?` first in `main`, then `CONFIG.NAME` anywhere. [`lambda::load`] is the
//!   same for Lambda, where a failed start is posted so that people can read it.
//! - [`Secret`] is a value that is shown to nobody by accident.
//! - [`LoadError`] is the report of a failed start; [`LoadError::problems`] is what a program asks.
//! - [`Sources`] says where each value came from.
//! - [`FromBinding`] makes a field of a type of yours.
//! - [`Environment`] is what a load reads; tests hand over their own.
//!
//! # Features
//!
//! | feature | default | brings |
//! | --- | --- | --- |
//! | `ssm` | yes | the AWS SDK's SSM client |
//! | `aws-config` | | its full credential chain, for laptops |
//! | `url`, `json` | | `url::Url`; `serde_json::Value` and `json(Type)` |
//! | `blocking` | | `CONFIG.load_blocking()` |
//! | `tracing` | | one span per load, with counts and without values |

pub use bind_config_runtime::{
    AlreadyLoaded, Backend, Baked, Bound, CanReadSecrets, CredentialsProblem, Environment, Expected, FieldSource,
    FromBinding, Frontend, Kind, LoadError, Loaded, Loading, Origin, Problem, ProblemKind, Secret, Sources, lambda,
};

/// to be documented
#[macro_export]
macro_rules! bind_config {
    ($($tokens:tt)*) => { $crate::__private::bind_config! { $crate $($tokens)* } };
}

#[doc(hidden)]
pub mod __private {
    pub use bind_config_macros::bind_config;
    pub use bind_config_runtime::__private::*;
}
