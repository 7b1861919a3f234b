//! A folder with an app, and the tool run in it as a user runs it: arguments, stdout, stderr, exit code.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test takes what it needs, and fails where something is missing"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder that is gone when the test is done.
pub(crate) struct Folder {
    _temporary: tempfile::TempDir,
    path: PathBuf,
}

impl Folder {
    /// A folder with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Folder {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().canonicalize().unwrap().join("app");
        fs::create_dir(&path).unwrap();
        let folder = Folder { _temporary: temporary, path };
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// A copy of the files of a fixture.
    pub(crate) fn of_fixture(fixture: &Path) -> Folder {
        let folder = Folder::with(&[]);
        for (name, text) in files_below(fixture) {
            if !name.starts_with("expected/") {
                folder.write(&name, &text);
            }
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every file, by its path below the folder.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        files_below(&self.path)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(&[], arguments)
    }

    /// Runs the tool with these variables and no others of the test's own.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut tool = Command::new(env!("CARGO_BIN_EXE_bind-config"));
        tool.args(arguments).current_dir(&self.path).env_clear().env("PATH", search_path()).env("HOME", &self.path);
        tool.envs(variables.iter().copied());
        let output = tool.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(self.path.to_str().unwrap(), "DIR");
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Runs git, as somebody whom it knows.
    pub(crate) fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]);
        git.args(arguments).current_dir(&self.path).env_clear().env("PATH", search_path()).env("HOME", &self.path);
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What a run of the tool was. Paths of the folder begin with `DIR`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Asserts all of it.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!(self.stderr, stderr, "stderr; stdout was:\n{}", self.stdout);
        assert_eq!(self.stdout, stdout, "stdout");
        assert_eq!(self.code, Some(code), "exit code");
    }
}

/// The fixture of this name.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// Asserts that files are those of `expected` in a fixture. Compiled with `BLESS=1` it writes them instead: read them then.
#[track_caller]
pub(crate) fn assert_files(actual: &BTreeMap<String, String>, fixture: &Path) {
    let expected = fixture.join("expected");
    if option_env!("BLESS").is_some() {
        let _ = fs::remove_dir_all(&expected);
        for (name, text) in actual {
            let path = expected.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let expected = files_below(&expected);
    assert_eq!(actual.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, text) in &expected {
        assert_eq!(&actual[name], text, "{name}");
    }
}

#[expect(clippy::disallowed_methods, reason = "what the test was started with, for git")]
fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

fn files_below(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}
