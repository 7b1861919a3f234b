//! The start-up path of `bind-config`: environment variables and SSM into typed values. Use it through `bind-config`, with
//! which it moves.
//!
//! In the order of a start: [`Environment`] is read; `plan` says where each value is; `store` asks for what is in SSM;
//! `load` converts and collects every [`Problem`]; [`LoadError`] is their report; [`Bound`] keeps what was loaded, of one `flight` for
//! all who wait. `watched` goes on from there.

mod bound;
mod environment;
mod flight;
mod from_binding;
mod generated;
mod load;
mod plan;
mod prefilled;
mod problem;
mod report;
mod secret;
mod sources;
#[cfg_attr(not(all(feature = "ssm", not(target_family = "wasm"))), path = "no_store.rs")]
mod store;
#[cfg(all(feature = "ssm", not(target_family = "wasm")))]
#[doc(hidden)]
pub mod tool;

pub mod lambda;
#[cfg(all(feature = "watch", not(target_family = "wasm")))]
pub mod watched;

pub use bound::{AlreadyLoaded, Baked, Bound, Loadable, Loaded, Loading};
pub use environment::Environment;
pub use from_binding::{Expected, FromBinding};
pub use problem::{CredentialsProblem, EndpointProblem, Problem, ProblemKind};
pub use report::LoadError;
pub use secret::{FrontendSecret, Secret};
pub use sources::{BindingKind, Field, FieldSource, Origin, Sources};
#[cfg(all(feature = "watch", not(target_family = "wasm")))]
pub use watched::Watched;

#[doc(hidden)]
pub mod __private {
    //! What generated code names.
    pub use std::string::String;
    pub use std::time::Duration;
    pub use std::vec::Vec;

    #[cfg(feature = "json")]
    pub use serde_json::Value;
    #[cfg(feature = "url")]
    pub use url::Url;

    pub use crate::generated::*;
    pub use crate::load::load_from;
    pub use crate::prefilled::{baked, example};
    pub use crate::secret::{CanReadSecrets, FrontendSecret, Secret};
}
