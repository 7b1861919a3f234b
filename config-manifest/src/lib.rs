//! The bindings manifest of bind-config (`bindings.json`), and the rules that the macro, the
//! runtime and the CLI share.
//!
//! - [`name`]: ids, environment variables, SSM paths.
//! - [`value`]: what text each type accepts, and the shapes of values.
//! - [`printed`]: how messages print texts that somebody else wrote.
//! - [`excerpt`]: the line of a mistake, as messages show it.
//! - [`marker`]: environment values that stand for something else.
//! - [`Manifest`] (feature `manifest`): the file itself; parse is check.
//!
//! Nothing in this crate does I/O, knows AWS or knows tokens. It moves with `bind-config`: a minor release may change it.

pub mod excerpt;
pub mod marker;
pub mod name;
pub mod printed;
pub mod value;

#[cfg(feature = "manifest")]
mod fingerprint;
#[cfg(feature = "manifest")]
mod json;
#[cfg(feature = "manifest")]
mod lexer;
#[cfg(feature = "manifest")]
mod manifest;
#[cfg(feature = "manifest")]
mod mask;
#[cfg(feature = "manifest")]
mod mistake;
#[cfg(feature = "manifest")]
mod read;
#[cfg(feature = "schema")]
mod schema;
#[cfg(feature = "manifest")]
mod snippet;
#[cfg(feature = "manifest")]
mod spelling;
#[cfg(feature = "manifest")]
mod wire;
#[cfg(feature = "manifest")]
mod words;
#[cfg(feature = "manifest")]
mod write;

#[cfg(feature = "schema")]
pub use crate::schema::json_schema;
#[cfg(feature = "manifest")]
pub use crate::{
    manifest::{Binding, Function, Generator, Manifest, Required, ValueType},
    mistake::{ManifestError, Mistake},
    read::Reading,
    spelling::nearest,
    words::{EnumWords, WordsError},
};
