//! The file that is edited: readable by its owner alone, in memory where the system has a folder for that, and gone on every
//! way out, a kill of this process included.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;

use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::before;
use crate::terminal::shown;

/// Opens the editor on a text, and gives back what was saved.
pub(super) fn edit(text: &str, context: &Context) -> Result<Zeroizing<String>, Failure> {
    before::in_front(|| edit_alone(text, context))
}

fn edit_alone(text: &str, context: &Context) -> Result<Zeroizing<String>, Failure> {
    let (parent, is_memory) = parent(context);
    if !is_memory {
        context
            .terminal
            .warn(&format!("there is no memory-backed folder: the values are in {} while you edit", parent.display()));
    }
    let editor = name(context)?;
    let folder = private_folder(&parent)?;
    let guard = Guard::over(folder.path());
    if cfg!(unix) && guard.0.is_none() {
        UNGUARDED.call_once(|| context.terminal.warn(NO_GUARD));
    }
    let path = folder.path().join("secrets.env");
    write(&path, text).map_err(Failure::io(path.display()))?;
    let status = run(editor, &path).map_err(Failure::io(format!("the editor `{}` could not be run", shown(editor))))?;
    let edited = read(&path);
    wipe(&path);
    drop((folder, guard));
    if !status.success() {
        return Err(Failure::no(format!("the editor failed ({status}): nothing is set")));
    }
    edited.map_err(Failure::io("what was edited could not be read: nothing is set"))
}

/// Where files are kept in memory, else where temporary files are.
fn parent(context: &Context) -> (PathBuf, bool) {
    let memory = context.surroundings.setting("XDG_RUNTIME_DIR").map(PathBuf::from);
    let memory = [memory, Some(PathBuf::from("/dev/shm"))].into_iter().flatten().find(|path| is_writable(path));
    memory.map_or_else(|| (std::env::temp_dir(), false), |path| (path, true))
}

fn is_writable(folder: &Path) -> bool {
    folder.is_absolute() && folder.is_dir() && tempfile::tempfile_in(folder).is_ok()
}

/// A folder that only its owner can look into: what an editor puts beside the file has the modes that the editor likes.
fn private_folder(parent: &Path) -> Result<TempDir, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("bind-config-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(parent).map_err(Failure::io(parent.display()))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// What was saved. An editor may put a new file in place of the old one; a link in its place leads to somebody else's.
fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    if path.symlink_metadata()?.is_symlink() {
        return Err(io::Error::other("it is a link now"));
    }
    crate::project::read_text(path).map(Zeroizing::new)
}

/// Overwrites the values before the file goes, for what that is worth on the file system at hand. One that has another name
/// too is not ours alone.
fn wipe(path: &Path) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    #[cfg(unix)]
    let is_shared = std::os::unix::fs::MetadataExt::nlink(&metadata) > 1;
    #[cfg(not(unix))]
    let is_shared = false;
    if !metadata.is_file() || is_shared {
        return;
    }
    let zeros = vec![0; usize::try_from(metadata.len()).unwrap_or_default()];
    // Gone it is in any case, with its folder.
    let _ = fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(&zeros));
}

/// As git chooses it, but for git's own settings.
fn name(context: &Context) -> Result<&str, Failure> {
    for name in ["VISUAL", "EDITOR"] {
        if context.surroundings.has(name) && context.surroundings.variable(name).is_none() {
            return Err(Failure::impossible(format!("`{name}` of the environment is not UTF-8: no editor is")));
        }
        if let Some(editor) = context.surroundings.setting(name) {
            return Ok(editor);
        }
    }
    Ok("vi")
}

/// As git runs it: it may have arguments, and only then a shell takes them apart.
fn run(editor: &str, path: &Path) -> std::io::Result<std::process::ExitStatus> {
    if cfg!(unix) && editor.contains(FOR_A_SHELL) {
        return Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(path).status();
    }
    Command::new(editor).arg(path).status()
}

const FOR_A_SHELL: &[char] =
    &['|', '&', ';', '<', '>', '(', ')', '$', '`', '\\', '"', '\'', ' ', '\t', '\n', '*', '?', '[', '#', '~', '=', '%'];

/// Said once, however often the editor is opened.
static UNGUARDED: Once = Once::new();
const NO_GUARD: &str = "there is no `sh`, which would remove the file with the values if this command is killed";

/// A shell that waits for this process to end, however it does, and removes the folder then.
struct Guard(Option<Child>);

impl Guard {
    fn over(folder: &Path) -> Self {
        if !cfg!(unix) {
            return Guard(None);
        }
        let script = "trap '' INT TERM HUP QUIT; read -r _; rm -rf -- \"$1\"";
        let mut guard = Command::new("sh");
        guard.args(["-c", script, "bind-config-guard"]).arg(folder);
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // In a group of its own, so that a signal to all of ours does not reach it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut guard, 0);
        let child = guard.spawn();
        Guard(child.ok())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}
