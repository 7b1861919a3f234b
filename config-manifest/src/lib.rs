//! The bindings manifest of bind-config (`bindings.json`), and the rules that the macro, the
//! runtime and the CLI share.
//!
//! - [`name`]: ids, environment variables, SSM paths.
//! - [`value`]: what text each type accepts, and the shapes of values.
//! - [`marker`]: environment values that stand for something else.
//!
//! Nothing in this crate does I/O, knows AWS or knows tokens.

pub mod marker;
pub mod name;
pub mod value;
