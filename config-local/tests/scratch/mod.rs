//! A folder of a test's own, and the test binary run once more as another process.
#![allow(dead_code, reason = "not every test binary needs everything")]

use std::fs;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Deleted with what is in it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.join("store.key")
    }

    /// The names in the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a test of this binary in a process of its own, after a line of shell. There, [`given_path`] is the store's path.
pub(crate) fn run_again(test: &str, shell: &str, store: &Path) -> (Child, BufReader<ChildStdout>) {
    let script = format!("{shell}\nexec \"$0\" --exact {test} --nocapture --test-threads=1");
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(GIVEN_PATH, store)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

const GIVEN_PATH: &str = "BIND_CONFIG_LOCAL_GIVEN_PATH";

/// The path that the other process was given; none in the first one.
#[expect(clippy::disallowed_methods, reason = "the harness of the test, not what it tests")]
pub(crate) fn given_path() -> Option<PathBuf> {
    std::env::var_os(GIVEN_PATH).map(PathBuf::from)
}

/// A line for the process that waits.
pub(crate) fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{line}").unwrap();
    output.flush().unwrap();
}
