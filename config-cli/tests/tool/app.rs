//! An app in a folder of its own, and the tool run in it: with nothing of the caller's environment.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bind_config_local::LocalSsm;
use tempfile::TempDir;

/// An app, and the variables that the tool is run with.
pub(crate) struct App {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What the tool said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl App {
    /// One that is declared by this `bind.toml`, on the local store unless the text says otherwise.
    pub(crate) fn new(bind_toml: &str) -> App {
        let app = App { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        app.write("bind.toml", bind_toml);
        app
    }

    /// The same on an SSM and a Lambda that the test sees.
    pub(crate) fn on(ssm: &LocalSsm, bind_toml: &str) -> App {
        let mut app = App::new(bind_toml);
        let variables = ssm.variables("", "");
        app.variables = variables.into_iter().filter(|(name, _)| name.starts_with("AWS_")).collect();
        app.with("AWS_ENDPOINT_URL_LAMBDA", &ssm.endpoint())
    }

    /// With a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> App {
        self.variables.retain(|(own, _)| own != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The same, for its owner alone.
    pub(crate) fn write_private(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, text);
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder().join(name)).unwrap()
    }

    /// The tool, not yet run.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_bind-config"));
        command.args(arguments).current_dir(self.folder()).env_clear();
        // What programs need that the tool runs; a home of its own, so that no profile of the machine is read.
        command.env("PATH", path()).env("HOME", self.folder()).envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it without stdin.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Said {
        said(self.command(arguments).spawn().unwrap())
    }

    /// Runs it with this on stdin.
    pub(crate) fn run_with<S: AsRef<OsStr>>(&self, stdin: &[u8], arguments: impl IntoIterator<Item = S>) -> Said {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let bytes = stdin.to_vec();
        // A tool that does not read closes the pipe, which is its right.
        let writer = std::thread::spawn(move || drop(input.write_all(&bytes)));
        let said = said(child);
        writer.join().unwrap();
        said
    }

    /// Runs words separated by blanks.
    pub(crate) fn ok(&self, arguments: &str) -> String {
        let said = self.run(arguments.split_whitespace());
        assert_eq!(said.code, 0, "{arguments}: {said:?}");
        said.out
    }
}

/// A program, with the signals as a terminal leaves them: who runs the tests under `nohup`, or behind a `&`, has some ignored,
/// and a shell cannot trap those.
pub(crate) fn program(name: &str) -> Command {
    if cfg!(not(target_os = "linux")) {
        return Command::new(name);
    }
    let mut command = Command::new("/usr/bin/env");
    command.args(["--default-signal=INT,QUIT,HUP,TERM", name]);
    command
}

/// Waits for what it says.
pub(crate) fn said(child: Child) -> Said {
    let output = child.wait_with_output().unwrap();
    Said {
        // A signal is no exit code.
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "where programs are is the machine's")]
fn path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// An app with a few secrets of every kind.
pub(crate) const ORDERS: &str = r#"app = "orders"

[secrets]
STRIPE_KEY = { docs = "Stripe secret key", shape = { starts_with = "sk_", min_length = 8 } }
SENTRY_DSN = { docs = "where errors go", type = "url", required = ["prod"] }
"db-password" = { docs = "database", fallback = false }
PLAIN = "any text"

[parameters]
VERSION = "1.2.0"
MAX_ITEMS = { value = 25, type = "u64", shape = { min = 1, max = 500 } }

[functions]
api = { bind = ["STRIPE_KEY", "VERSION"] }
worker = { bind = "*" }
"#;
