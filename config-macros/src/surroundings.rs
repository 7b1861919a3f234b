//! What surrounds a call: the package, the calling file, the environment of the compiler. The only place that asks them.

use std::ffi::OsString;
use std::path::PathBuf;

use proc_macro2::Span;

use crate::input::Input;

/// Where the compiler runs, and for whom.
#[derive(Default)]
pub(crate) struct Surroundings {
    /// The compiler's own directory: what it prints is relative to it.
    pub(crate) current: PathBuf,
    /// `CARGO_MANIFEST_DIR`
    pub(crate) package: Option<PathBuf>,
    /// `CARGO_CRATE_NAME`: cargo, rust-analyzer and Bazel's rules all set it.
    pub(crate) crate_name: Option<String>,
    /// `BIND_CONFIG_MANIFEST`: another manifest than the one in the call, for sandboxes.
    pub(crate) instead: Option<PathBuf>,
    /// The file in which the path of the manifest is written.
    pub(crate) calling_file: Option<PathBuf>,
    /// Whether a path in the generated code starts at that file.
    pub(crate) is_direct: bool,
    /// Reads a variable of the environment, for frontends.
    pub(crate) variable: Variable,
}

/// Reads a variable of the environment.
pub(crate) type Variable = Option<fn(&str) -> Option<OsString>>;

/// Names another manifest than the one in the call.
pub(crate) const INSTEAD: &str = "BIND_CONFIG_MANIFEST";

impl Surroundings {
    /// Those of the compiler that expands the call.
    pub(crate) fn of_process(input: &Input) -> Surroundings {
        let span = input.here();
        Surroundings {
            current: std::env::current_dir().unwrap_or_default(),
            package: variable("CARGO_MANIFEST_DIR").map(PathBuf::from),
            crate_name: variable("CARGO_CRATE_NAME").and_then(|name| name.into_string().ok()),
            instead: variable(INSTEAD).filter(|path| !path.is_empty()).map(PathBuf::from),
            calling_file: span.unwrap().local_file(),
            is_direct: is_direct(span),
            variable: Some(variable),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a macro is configured by the compiler's environment")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Whether the token was written at the call itself, not by a macro around it.
///
/// A relative path in `include_bytes!` starts at the file of the outermost call, and `local_file` is the file of the token.
/// They are one where no macro wrote the token. Only its debug form says so on a stable compiler (`#0` is "no macro"); where
/// that form changes, paths become absolute, and nothing else.
fn is_direct(span: Span) -> bool {
    format!("{:?}", span.unwrap()).starts_with("#0 ")
}
