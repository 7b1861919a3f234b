//! Typed secrets and parameters, bound by infrastructure, checked by rustc, filled from env vars and SSM.

pub use bind_config_runtime::{
    AlreadyLoaded, Backend, Baked, Bound, CanReadSecrets, Environment, Expected, FromBinding, Frontend, LoadError, Loaded, Secret,
};

#[doc(hidden)]
pub mod __private {
    pub use bind_config_macros::bind_config;
    pub use bind_config_runtime::__private::*;
}
