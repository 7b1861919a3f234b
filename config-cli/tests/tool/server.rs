//! A server that is none of AWS's: it answers what a test says, and keeps what it was asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

/// What a request asks for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The operation of SSM, or method and path.
    pub(crate) what: String,
    /// All lines of the head.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// The server. It ends with the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers with a status and a body.
    pub(crate) fn start(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Server {
        Server::at(SocketAddr::from(([127, 0, 0, 1], 0)), answer)
    }

    /// The same at an address that somebody else has had.
    pub(crate) fn at(address: SocketAddr, answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let all = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, all, answer) = (stream.unwrap(), Arc::clone(&all), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let Some(asked) = read(&stream) else { return };
                    all.lock().unwrap().push(asked.clone());
                    let (status, body) = answer(&asked);
                    let head =
                        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
                    let _ = (&stream).write_all(format!("{head}\r\n{body}").as_bytes());
                });
            }
        });
        Server { address, asked }
    }

    /// The same answer to everything.
    pub(crate) fn always(status: u16, body: &str) -> Server {
        let body = body.to_owned();
        Server::start(move |_| (status, body.clone()))
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often it was asked for this.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.asked().iter().filter(|asked| asked.what == what).count()
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let line = || head.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let what = header("x-amz-target").map_or_else(line, |target| target.replace("AmazonSSM.", ""));
    Some(Asked { what, body: String::from_utf8(body).unwrap(), head })
}

/// A Lambda with one function. Every write is refused, as somebody else's revision came before, and from then on the function
/// is as `looked_at` says.
pub(crate) fn lambda(name: &'static str, variables: &Json, looked_at: Json) -> Server {
    let listed = json!({ "FunctionName": name, "RevisionId": "1", "Environment": { "Variables": variables } });
    Server::start(move |asked| match asked.what.split(['/', '?']).next_back() {
        _ if asked.what.starts_with("PUT ") => (412, json!({ "__type": "PreconditionFailedException" }).to_string()),
        Some("configuration") => (200, looked_at.to_string()),
        Some("versions" | "MaxItems=2") => (200, json!({ "Versions": [] }).to_string()),
        _ => (200, json!({ "Functions": [listed] }).to_string()),
    })
}
