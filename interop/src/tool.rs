//! The tool, run as a user runs it: in a folder of its own, with nothing of the caller's environment.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::{Store, root};

/// A folder with a `bind.toml`, and the variables that the tool is run with. The folder goes when it is dropped.
pub struct App {
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The exit code; of a signal there is none.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl App {
    /// An empty folder, and SSM and Lambda at this store.
    pub fn empty(store: &Store) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("app-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = root().join("target/tmp").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        App { folder, variables: store.account() }
    }

    /// One that is declared by this `bind.toml`.
    pub fn new(store: &Store, bind_toml: &str) -> Self {
        let app = App::empty(store);
        app.write("bind.toml", bind_toml);
        app
    }

    /// With a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(own, _)| own != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Reads a file of it.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_else(|err| panic!("{name}: {err}"))
    }

    /// A program in the folder, with these variables and no others.
    pub fn command<S: AsRef<OsStr>>(&self, program: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder).env_clear();
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &self.folder)
            .envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The tool with these arguments, and nothing on standard input.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Said {
        said(self.command(&tool(), arguments).spawn().unwrap())
    }

    /// The tool with these arguments, and this on standard input.
    #[track_caller]
    pub fn run_with<S: AsRef<OsStr>>(&self, input: &str, arguments: impl IntoIterator<Item = S>) -> Said {
        let mut child = self.command(&tool(), arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let input = input.to_owned();
        // A tool that does not read closes the pipe, which is its right.
        let writer = thread::spawn(move || drop(pipe.write_all(input.as_bytes())));
        let said = said(child);
        writer.join().unwrap();
        said
    }

    /// The tool with words that are parted by blanks: it must succeed, and here is its standard output.
    #[track_caller]
    pub fn ok(&self, arguments: &str) -> String {
        let said = self.run(arguments.split_whitespace());
        assert_eq!(said.code, Some(0), "{arguments}: {said:?}");
        said.out
    }

    /// The same, as JSON.
    #[track_caller]
    pub fn json(&self, arguments: &str) -> Value {
        let out = self.ok(&format!("{arguments} --json"));
        serde_json::from_str(&out).unwrap_or_else(|err| panic!("{arguments}: {err}: {out}"))
    }

    /// Sets a secret from standard input: it must succeed, and must not show the value.
    #[track_caller]
    pub fn set(&self, name: &str, value: &str, place: &str) -> Said {
        let arguments = ["secrets", "set", name].into_iter().chain(place.split_whitespace());
        let said = self.run_with(value, arguments);
        assert_eq!(said.code, Some(0), "{name}: {}", said.err);
        // A short one is in other things as well: in a port, in a version.
        let is_shown = value.len() > 8 && (said.err.contains(value) || said.out.contains(value));
        assert!(!is_shown, "{name}: the value is shown");
        said
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Waits for the end of a program.
pub fn said(child: Child) -> Said {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// Builds of the repository that this workspace is in.
fn tool() -> PathBuf {
    let path = root().join("../target/debug/bind-config");
    assert!(path.exists(), "{} is not there: `interop/run` builds it and runs the tests", path.display());
    path
}
