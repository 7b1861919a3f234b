//! The promises of `bind-config` against systems that others wrote.
//!
//! What the tests share: the stores ([`Store`]), the client of Lambda ([`lambda`]), the tool ([`tool`]), the real SST
//! ([`sst`]), the editor ([`editor`]). Everything that `interop/run` gets is in `interop/target`; what is not there fails a
//! test.

pub mod editor;
pub mod lambda;
pub mod package;
pub mod runtime_api;
mod server;
pub mod sst;
mod store;
pub mod tool;

pub use store::{Store, credentials};

use std::path::{Path, PathBuf};

/// The folder of this package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Something that `interop/run` gets. Without it the test fails.
pub fn gotten(path: &str) -> PathBuf {
    let path = root().join("target").join(path);
    assert!(path.exists(), "{} is not there: `interop/run` gets it and runs the tests", path.display());
    path
}
