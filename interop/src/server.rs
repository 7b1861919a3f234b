//! Servers in processes of their own. They end with the test, however it ends.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::{gotten, root};

/// How long a server may take to start. Far more than any needs.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often a port is tried. One that was free when it was asked for can be taken when the server wants it.
const ATTEMPTS: usize = 5;

/// A server that others wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Moto,
    MiniStack,
}

impl Kind {
    /// The name `serve.py` knows.
    fn name(self) -> &'static str {
        match self {
            Kind::Moto => "moto",
            Kind::MiniStack => "ministack",
        }
    }

    /// What answers as soon as the server is up.
    fn health(self) -> &'static str {
        match self {
            Kind::Moto => "/moto-api/",
            Kind::MiniStack => "/_ministack/health",
        }
    }
}

/// A running server. Dropped, it ends with everything it started, and its temporary files are gone.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// The server ends when this is closed: by a drop, or by the end of this process.
    lifeline: Option<ChildStdin>,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one on a free port of 127.0.0.1 and waits until it answers.
    pub(crate) fn start(kind: Kind) -> Self {
        for _ in 0..ATTEMPTS {
            let mut server = Self::spawn(kind);
            if server.is_up(kind) {
                return server;
            }
        }
        panic!("{} ended {ATTEMPTS} times before it answered: see the logs in {}", kind.name(), logs().display());
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn spawn(kind: Kind) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let port = free_port();
        let id = format!("{}-{}-{}", kind.name(), std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = root().join("target/tmp").join(&id);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::create_dir_all(logs()).unwrap();
        let log = File::create(logs().join(format!("{id}.log"))).unwrap();

        // An empty environment: MiniStack hands its own on to every function, where a stray `SST_…` would be a binding.
        let mut process = Command::new(gotten("python/bin/python"))
            .arg(root().join("serve.py"))
            .args([kind.name(), &port.to_string()])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", &folder)
            .env("TMPDIR", &folder)
            .env("MINISTACK_ACCOUNT_ID", crate::store::ACCOUNT)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let lifeline = process.stdin.take();
        Server { process, lifeline, folder, port }
    }

    /// Whether it answers. If it ends before, it does not.
    fn is_up(&mut self, kind: Kind) -> bool {
        let url = format!("{}{}", self.endpoint(), kind.health());
        let started = Instant::now();
        loop {
            let answers = ureq::get(&url).config().timeout_global(Some(Duration::from_secs(5))).build().call().is_ok();
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if answers {
                return true;
            }
            assert!(started.elapsed() < PATIENCE, "{} did not answer for {PATIENCE:?}", kind.name());
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
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn logs() -> PathBuf {
    root().join("target/logs")
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
