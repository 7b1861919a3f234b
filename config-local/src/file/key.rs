//! The key of a store, in a file of its own that only its owner can read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Generate, Key};
use zeroize::{Zeroize, Zeroizing};

use super::{refuse_links, refuse_swap, replace};
use crate::StartError;
use crate::hex::{hex, unhex};

/// A key of XChaCha20-Poly1305.
pub(super) type Bytes = [u8; 32];

/// The key for a store; a new one if the store is `needed` by nothing yet.
pub(super) fn load(path: &Path, needed: bool) -> Result<Zeroizing<Bytes>, StartError> {
    refuse_links(path)?;
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == io::ErrorKind::NotFound && needed => {
            return Err(StartError::KeyMissing { path: path.to_owned() });
        }
        Err(err) if err.kind() == io::ErrorKind::NotFound => return create(path),
        Err(source) => return Err(StartError::File { path: path.to_owned(), source }),
    };
    refuse_swap(path, &file)?;
    refuse_exposed(path, &file)?;
    let mut text = Zeroizing::new(String::new());
    let read = file.by_ref().take(1024).read_to_string(&mut text);
    read.ok().and_then(|_| parse(&text)).ok_or_else(|| StartError::KeyMalformed { path: path.to_owned() })
}

/// Written whole or not at all, so that a process that is killed here leaves no half of a key.
fn create(path: &Path) -> Result<Zeroizing<Bytes>, StartError> {
    let key = Zeroizing::new(Bytes::from(Key::<XChaCha20Poly1305>::generate()));
    let digits = Zeroizing::new(hex(key.as_slice()));
    let text = Zeroizing::new([PREFIX, digits.as_str(), "\n"].concat());
    replace(path, text.as_bytes()).map_err(StartError::file(path))?;
    Ok(key)
}

fn parse(text: &str) -> Option<Zeroizing<Bytes>> {
    let digits = text.trim_end().strip_prefix(PREFIX)?;
    let mut bytes = unhex(digits)?;
    let key = Bytes::try_from(bytes.as_slice()).ok().map(Zeroizing::new);
    bytes.zeroize();
    key
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, file: &File) -> Result<(), StartError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata().map_err(StartError::file(path))?.permissions().mode() & 0o777;
    let of_others = mode & 0o077;
    if of_others == 0 { Ok(()) } else { Err(StartError::KeyExposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_exposed(path: &Path, file: &File) -> Result<(), StartError> {
    file.metadata().map(drop).map_err(StartError::file(path))
}

const PREFIX: &str = "bind-config-local key 1 ";
