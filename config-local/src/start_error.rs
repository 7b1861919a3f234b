//! Why a store did not start.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::Refusal;

/// Why a store did not start. Holds paths, never what is in the files.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken, or the system gives no socket or thread.
    Server(io::Error),
    /// A value to start with is one that SSM refuses.
    Refused {
        /// Its name, as it was given.
        name: String,
        /// AWS's text.
        source: Refusal,
    },
    /// A file could not be read, written or locked.
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The certificate of `Builder::tls` could not be written to the system's folder for temporary files, which `TMPDIR` names
    /// on Unix.
    Certificate(io::Error),
    /// Another process has the store open. One of them has to end.
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The path is a symbolic link, or no plain file. It could lead anywhere, so it is not followed.
    NotAFile {
        /// Which one.
        path: PathBuf,
    },
    /// There is a store but no key for it. Without the key nobody can read it.
    KeyMissing {
        /// Where the key should be.
        path: PathBuf,
    },
    /// The key file is not a key.
    KeyMalformed {
        /// The key file.
        path: PathBuf,
    },
    /// Others may read the key: `chmod 600` it, and think about who did.
    KeyExposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The store was damaged, cut short, or encrypted with another key. It is left as it is.
    Unreadable {
        /// The store.
        path: PathBuf,
    },
    /// A later release wrote the store.
    TooNew {
        /// The store.
        path: PathBuf,
    },
}

impl StartError {
    #[cfg_attr(not(feature = "file"), expect(dead_code, reason = "only a store in a file has files"))]
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(_) => write!(f, "the local SSM could not start its server"),
            Self::Refused { name, .. } => write!(f, "SSM refuses the value of `{name}`"),
            Self::File { path, .. } => write!(f, "`{}` cannot be used as a store", path.display()),
            Self::Certificate(_) => {
                write!(f, "the certificate of the local SSM could not be written to the folder for temporary files")
            }
            Self::Locked { path } => {
                write!(
                    f,
                    "another process has the store open (it holds `{}`, which is not to be deleted): end it first",
                    path.display()
                )
            }
            Self::NotAFile { path } => {
                write!(f, "`{}` is a link or no plain file: name the file itself", path.display())
            }
            Self::KeyMissing { path } => {
                write!(
                    f,
                    "the store's key `{}` is missing: put it back, or delete the store to start anew",
                    path.display()
                )
            }
            Self::KeyMalformed { path } => {
                write!(f, "`{}` is not a key of a store: put the right file back", path.display())
            }
            Self::KeyExposed { path, mode } => {
                write!(f, "others may read the key `{}` (mode {mode:03o}): run `chmod 600` on it", path.display())
            }
            Self::Unreadable { path } => {
                write!(f, "`{}` is damaged or was encrypted with another key: put the right files back", path.display())
            }
            Self::TooNew { path } => write!(f, "a later release wrote `{}`: use that release", path.display()),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Server(source) | Self::Certificate(source) | Self::File { source, .. } => Some(source),
            Self::Refused { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<StartError> for io::Error {
    fn from(err: StartError) -> Self {
        match err {
            StartError::Server(source) => source,
            other => Self::other(other),
        }
    }
}
