//! A store in a file: encrypted as a whole, replaced as a whole, open in one process at a time.
//!
//! Beside `store` stand `store.key`, `store.lock` and, while it is written, `store.tmp`. A write goes to the temporary file,
//! is synced, takes the store's place by a rename, and the folder is synced: whenever the process is killed, the store is
//! either the old one or the new one.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Nonce, Payload};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::StartError;
use crate::parameter::{ManagedSecret, Parameter};
use crate::store::Store;

mod key;

/// An open store file. Dropped, it lets the lock go.
pub(crate) struct StoreFile {
    path: PathBuf,
    cipher: XChaCha20Poly1305,
    lock: Lock,
}

/// Held as long as it lives. Unlocked by hand, because a child process that is just being spawned has the file open too.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// What is encrypted.
#[derive(Serialize)]
struct Contents<'a> {
    parameters: &'a BTreeMap<String, Parameter>,
    managed: &'a BTreeMap<String, ManagedSecret>,
}

#[derive(Deserialize)]
struct OwnedContents {
    parameters: BTreeMap<String, Parameter>,
    managed: BTreeMap<String, ManagedSecret>,
}

impl StoreFile {
    /// Locks the file, and reads it into `store`. A file that is not there is an empty store; any other file that cannot be
    /// read is an error.
    pub(crate) fn open(path: &Path, store: &mut Store) -> Result<Self, StartError> {
        let lock_path = beside(path, "lock");
        for path in [path, &lock_path, &beside(path, "tmp")] {
            refuse_links(path)?;
        }
        let lock = lock(&lock_path)?;
        let encrypted = read_if_there(path)?;
        let key = key::load(&beside(path, "key"), encrypted.is_some())?;
        let file = Self { path: path.to_owned(), cipher: XChaCha20Poly1305::new(&(*key).into()), lock };
        if let Some(encrypted) = encrypted {
            let contents = file.decrypt(&encrypted)?;
            store.parameters = contents.parameters;
            store.managed = contents.managed;
        }
        Ok(file)
    }

    pub(crate) fn save(&mut self, store: &Store) -> io::Result<()> {
        // Where the lock file was deleted or the folder moved, somebody else may have this path by now.
        refuse_swap(&beside(&self.path, "lock"), &self.lock.0).map_err(|_| {
            io::Error::other("the lock file was deleted or moved: the store may be another process's now")
        })?;
        let contents = Contents { parameters: &store.parameters, managed: &store.managed };
        let plain = Zeroizing::new(serde_json::to_vec(&contents)?);
        let nonce = Nonce::<XChaCha20Poly1305>::generate();
        let sealed = self
            .cipher
            .encrypt(&nonce, Payload { msg: &plain, aad: MAGIC })
            .map_err(|_| io::Error::other("the store is too large to encrypt"))?;
        replace(&self.path, &[MAGIC, &nonce, &sealed].concat())
    }

    fn decrypt(&self, file: &[u8]) -> Result<OwnedContents, StartError> {
        let unreadable = || StartError::Unreadable { path: self.path.clone() };
        let Some(rest) = file.strip_prefix(MAGIC) else {
            let later = file.starts_with(MAGIC_OF_ANY_VERSION);
            return Err(if later { StartError::TooNew { path: self.path.clone() } } else { unreadable() });
        };
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(unreadable)?;
        let nonce = Nonce::<XChaCha20Poly1305>::try_from(nonce).map_err(|_| unreadable())?;
        let plain = self.cipher.decrypt(&nonce, Payload { msg: sealed, aad: MAGIC }).map_err(|_| unreadable())?;
        let plain = Zeroizing::new(plain);
        let contents: OwnedContents = serde_json::from_slice(&plain).map_err(|_| unreadable())?;
        let sound = contents.parameters.values().all(|parameter| !parameter.versions.is_empty());
        if sound { Ok(contents) } else { Err(unreadable()) }
    }
}

/// `store` and `key` give `store.key`.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn lock(path: &Path) -> Result<Lock, StartError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    private(&mut options);
    let file = options.open(path).map_err(StartError::file(path))?;
    refuse_swap(path, &file)?;
    set_private(&file).map_err(StartError::file(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StartError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StartError::File { path: path.to_owned(), source }),
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StartError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StartError::File { path: path.to_owned(), source }),
    };
    refuse_swap(path, &file)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(StartError::file(path))?;
    Ok(Some(bytes))
}

/// Puts a file in the place of another, or of none, with mode 0600. After an error the old one is still there.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path, "tmp");
    // Before anything is written: a folder that cannot be synced must not fail a write that has happened.
    let folder = open_folder(path)?;
    // Left by a process that was killed; nobody else writes it, because of the lock.
    match fs::remove_file(&temporary) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    private(&mut options);
    let mut file = options.open(&temporary)?;
    let written = write_synced(&mut file, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder(&folder)
}

fn write_synced(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    set_private(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What is not there yet is fine.
fn refuse_links(path: &Path) -> Result<(), StartError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(StartError::NotAFile { path: path.to_owned() }),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(StartError::File { path: path.to_owned(), source }),
    }
}

/// The file that was opened must be the one the path names, not one behind a link that was put there meanwhile.
#[cfg(unix)]
fn refuse_swap(path: &Path, file: &File) -> Result<(), StartError> {
    use std::os::unix::fs::MetadataExt;

    let opened = file.metadata().map_err(StartError::file(path))?;
    let named = fs::symlink_metadata(path).map_err(StartError::file(path))?;
    let same = named.is_file() && (opened.dev(), opened.ino()) == (named.dev(), named.ino());
    if same { Ok(()) } else { Err(StartError::NotAFile { path: path.to_owned() }) }
}

#[cfg(not(unix))]
fn refuse_swap(path: &Path, _file: &File) -> Result<(), StartError> {
    refuse_links(path)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_options: &mut OpenOptions) {}

/// The umask may have taken bits of the owner's away.
#[cfg(unix)]
fn set_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn set_private(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn open_folder(path: &Path) -> io::Result<File> {
    File::open(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// Makes a rename survive a power cut.
#[cfg(unix)]
fn sync_folder(folder: &File) -> io::Result<()> {
    folder.sync_all()
}

#[cfg(not(unix))]
fn open_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn sync_folder(_folder: &()) -> io::Result<()> {
    Ok(())
}

const MAGIC_OF_ANY_VERSION: &[u8] = b"bind-config-local store ";
const MAGIC: &[u8] = b"bind-config-local store 1\n";
/// Bytes of a nonce: long enough to be random for every write.
const NONCE: usize = 24;
