//! What a file is and what it is to be: compared, shown, replaced as a whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use similar::TextDiff;
use tempfile::NamedTempFile;

use crate::deployment::files::{TEMPLATE, of_earlier_template};
use crate::failure::Failure;
use crate::project::{read_plain, read_text};

mod shown;

/// A file: as it is, and as it is to be.
pub(super) struct Change {
    pub(super) path: PathBuf,
    /// `None`: it is not there.
    old: Option<Vec<u8>>,
    /// `None`: it is to be removed.
    new: Option<String>,
}

impl Change {
    /// A file with this text.
    pub(super) fn to(path: PathBuf, text: String) -> Result<Change, Failure> {
        let old = read_if_there(&path)?;
        Ok(Change { path, old, new: Some(text) })
    }

    pub(super) fn is_needed(&self) -> bool {
        self.old.as_deref() != self.new.as_deref().map(str::as_bytes)
    }

    pub(super) fn is_removal(&self) -> bool {
        self.new.is_none()
    }

    /// A unified diff, which `patch` and `git apply` understand, but for values where the file has a secret in it.
    pub(super) fn diff(&self, path: &str) -> String {
        let old = self.old.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let new = self.new.as_deref().unwrap_or_default();
        let old = shown::without_secrets(&old, new, &self.path);
        let side =
            |is_there: bool, letter: &str| if is_there { format!("{letter}/{path}") } else { NOWHERE.to_owned() };
        let (from, to) = (side(self.old.is_some(), "a"), side(self.new.is_some(), "b"));
        TextDiff::from_lines(&*old, new).unified_diff().header(&from, &to).to_string()
    }
}

/// The files of a folder, and the removal of those that an earlier template there names and this one does not. What nobody
/// knows to be ours stays.
pub(super) fn to_folder(folder: &Path, files: BTreeMap<String, String>) -> Result<Vec<Change>, Failure> {
    let earlier = read_if_there(&folder.join(TEMPLATE))?.unwrap_or_default();
    let ours = of_earlier_template(&String::from_utf8_lossy(&earlier));
    let mut changes = Vec::new();
    for name in ours.into_iter().filter(|name| !files.contains_key(name)) {
        let path = folder.join(name);
        let old = read_if_there(&path)?;
        changes.extend(old.map(|old| Change { path, old: Some(old), new: None }));
    }
    for (name, text) in files {
        changes.push(Change::to(folder.join(name), text)?);
    }
    Ok(changes)
}

/// Makes the changes. What can fail for want of room or rights is done for all of them before the first file is replaced.
pub(super) fn make(changes: &[Change]) -> Result<(), Failure> {
    let mut staged = Vec::new();
    for change in changes.iter().filter(|change| change.is_needed()) {
        staged.push((change, change.new.as_deref().map(|text| stage(&change.path, text.as_bytes())).transpose()?));
    }
    for (change, file) in staged {
        match file {
            Some((file, target)) => put(file, &target)?,
            None => fs::remove_file(&change.path).map_err(Failure::io(change.path.display()))?,
        }
    }
    Ok(())
}

/// Makes a file as a whole, where none is.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (file, target) = stage_at(path, bytes)?;
    file.persist_noclobber(target).map(drop).map_err(|error| error.error)
}

/// Replaces a file as a whole, or makes it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let (file, target) = stage(path, bytes)?;
    put(file, &target)
}

/// Changes `bind.toml`, with nobody else between the reading and the writing.
pub(crate) fn change_bind_toml(path: &Path, edit: impl FnOnce(&str) -> Result<String, Failure>) -> Result<(), Failure> {
    let _lock = lock(path).map_err(Failure::io(path.display()))?;
    let text = read_text(path).map_err(Failure::io(path.display()))?;
    let edited = edit(&text)?;
    if edited == text { Ok(()) } else { replace(path, edited.as_bytes()) }
}

/// `bind.toml`, held until this is dropped, or the process ends in any way. Others who change it wait.
pub(super) struct Lock {
    _file: Option<fs::File>,
}

/// Waits until nobody else changes `bind.toml`. Where the file system has no locks, nobody waits.
#[cfg(unix)]
pub(super) fn lock(path: &Path) -> io::Result<Lock> {
    use std::os::unix::fs::MetadataExt as _;

    loop {
        // NFS locks only what may be written.
        let file = fs::OpenOptions::new().read(true).write(true).open(path).or_else(|_| fs::File::open(path))?;
        let is_locked = file.lock().is_ok();
        let (own, there) = (file.metadata()?, fs::metadata(path)?);
        // Who had it before may have put a new one in its place.
        if !is_locked || (own.dev(), own.ino()) == (there.dev(), there.ino()) {
            return Ok(Lock { _file: Some(file) });
        }
    }
}

/// There a file that is locked cannot be replaced.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn lock(_: &Path) -> io::Result<Lock> {
    Ok(Lock { _file: None })
}

/// The new file beside the one that it will replace.
fn stage(path: &Path, bytes: &[u8]) -> Result<(NamedTempFile, PathBuf), Failure> {
    stage_at(path, bytes).map_err(Failure::io(path.display()))
}

fn stage_at(path: &Path, bytes: &[u8]) -> io::Result<(NamedTempFile, PathBuf)> {
    // A link stays one: what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bind-config-");
    #[cfg(unix)]
    let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(mode);
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Ok(metadata) = fs::metadata(&target) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok((file, target))
}

fn put(file: NamedTempFile, target: &Path) -> Result<(), Failure> {
    file.persist(target).map(drop).map_err(|error| Failure::io(target.display())(error.error))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match read_plain(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io(path.display())(error)),
    }
}

const NOWHERE: &str = "/dev/null";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_who_changes_the_file_loses_what_others_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bind.toml");
        fs::write(&path, "").unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for line in 0..10 {
                        change_bind_toml(path, |text| Ok(format!("{text}{thread}-{line}\n"))).unwrap();
                    }
                });
            }
        });
        let mut lines: Vec<String> = read_text(&path).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        let mut expected: Vec<String> = (0..80).map(|at| format!("{}-{}", at / 10, at % 10)).collect();
        expected.sort();
        assert_eq!(lines, expected);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
