//! Servers in processes of their own. They end with the test, however it ends.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::{gotten, root};

/// How long a server may take to start. Far more than any needs.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long one question whether it is up may take.
const TRY: Duration = Duration::from_secs(5);
/// How often a port is tried. One that was free when it was asked for can be taken when the server wants it.
const ATTEMPTS: usize = 5;

/// The name of the log in a server's folder.
const LOG: &str = "log";

/// A server that others wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Moto,
    MiniStack,
    /// MiniStack behind TLS, with a certificate that it makes in its folder.
    TlsMiniStack,
}

impl Kind {
    /// The name `serve.py` knows.
    fn name(self) -> &'static str {
        match self {
            Kind::Moto => "moto",
            Kind::MiniStack | Kind::TlsMiniStack => "ministack",
        }
    }

    fn endpoint(self, port: u16) -> String {
        let scheme = if matches!(self, Kind::TlsMiniStack) { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{port}")
    }

    /// Whether the server is up at a port.
    fn answers(self, port: u16) -> bool {
        let path = match self {
            Kind::Moto => "/moto-api/",
            Kind::MiniStack => "/_ministack/health",
            // It listens when it is ready, and our client has no TLS.
            Kind::TlsMiniStack => return TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(),
        };
        let url = self.endpoint(port) + path;
        agent().get(&url).config().timeout_global(Some(TRY)).build().call().is_ok()
    }
}

/// A running server. Dropped, it ends with everything it started, and its temporary files are gone.
#[derive(Debug)]
pub(crate) struct Server {
    kind: Kind,
    process: Child,
    /// The server ends when this is closed: by a drop, or by the end of this process.
    lifeline: Option<ChildStdin>,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one with `variables` on a free port of 127.0.0.1 and waits until it answers.
    pub(crate) fn start(kind: Kind, variables: &[(&str, &str)]) -> Self {
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            let mut server = Self::spawn(kind, variables);
            if server.is_up() {
                return server;
            }
            log = server.log();
        }
        panic!("{} ended {ATTEMPTS} times before it answered. Its last log:\n{log}", kind.name());
    }

    /// Which one it is.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn endpoint(&self) -> String {
        self.kind.endpoint(self.port)
    }

    /// The certificate of [`Kind::TlsMiniStack`].
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("ministack-tls/server.crt")
    }

    /// What it has printed so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join(LOG)).unwrap_or_default()).into_owned()
    }

    fn spawn(kind: Kind, variables: &[(&str, &str)]) -> Self {
        let python = gotten("python/bin/python");
        let port = free_port();
        let folder = root().join("target/tmp").join(format!("{}-{}-{port}", kind.name(), std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let log = File::create(folder.join(LOG)).unwrap();

        let endpoint = kind.endpoint(port);
        // An empty environment: MiniStack hands its own on to every function, where a stray `SST_…` would be a binding.
        let mut process = Command::new(python)
            .arg(root().join("serve.py"))
            .args([kind.name(), &port.to_string()])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", &folder)
            .env("TMPDIR", &folder)
            .env("MINISTACK_ACCOUNT_ID", crate::store::ACCOUNT)
            // MiniStack would listen on a fixed port of every interface.
            .env("IOT_MTLS_ENABLED", "0")
            // The AWS of its functions is itself.
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("USE_SSL", if matches!(kind, Kind::TlsMiniStack) { "1" } else { "0" })
            .envs(variables.iter().copied())
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let lifeline = process.stdin.take();
        Server { kind, process, lifeline, folder, port }
    }

    /// Whether it answers. If it ends before, it does not.
    fn is_up(&mut self) -> bool {
        let started = Instant::now();
        loop {
            let answers = self.kind.answers(self.port);
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if answers {
                return true;
            }
            assert!(started.elapsed() < PATIENCE, "{} did not answer for {PATIENCE:?}", self.kind.name());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let closed = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && closed.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(10));
        }
        // Has no effect on a process that ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("{}", self.log());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A client that never goes to a proxy.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().proxy(None).timeout_global(Some(PATIENCE));
    config.build().into()
}

/// One that nothing listens on, and that no other server of this process was told to take.
fn free_port() -> u16 {
    static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        if TAKEN.lock().unwrap().insert(port) {
            return port;
        }
    }
}
