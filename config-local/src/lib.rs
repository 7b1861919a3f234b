//! An SSM Parameter Store inside a test, an example or a laptop: it speaks AWS JSON 1.1 on a loopback port, has AWS's limits
//! and texts, and breaks on demand.
//!
//! ```
//! use bind_config_local::LocalSsm;
//!
//! let ssm = LocalSsm::start()?;
//! ssm.secret("orders", "dev", "STRIPE_KEY", "sk_test_1")?;
//!
//! let variables = ssm.variables("orders", "dev");
//! assert_eq!(variables.value("SST_Secret_value_STRIPE_KEY"), Some("__FETCH_FROM_SSM__"));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod clock;
mod fault;
mod faults;
#[cfg(feature = "file")]
mod file;
mod filter;
mod http;
mod input;
mod label;
mod limits;
mod local;
mod log;
mod managed;
mod operation;
mod page;
mod parameter;
mod put;
mod refusal;
mod server;
mod service;
mod signature;
mod start_error;
mod state;
mod store;
mod tags;
mod variables;

pub use builder::Builder;
pub use fault::Fault;
pub use faults::FaultId;
pub use local::LocalSsm;
pub use log::Call;
pub use operation::Operation;
pub use parameter::{ParameterType, Tier};
pub use put::NewParameter;
pub use refusal::Refusal;
pub use start_error::StartError;
pub use variables::Variables;
