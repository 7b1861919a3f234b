//! Typed secrets and parameters, bound by infrastructure, checked by rustc, filled from env vars and SSM.

pub use bind_config_runtime::{
    AlreadyLoaded, Backend, Baked, Bound, CanReadSecrets, CredentialsProblem, Environment, Expected, FieldSource,
    FromBinding, Frontend, Kind, LoadError, Loaded, Origin, Problem, ProblemKind, Secret, Sources, lambda,
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
