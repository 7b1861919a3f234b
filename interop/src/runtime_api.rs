//! Lambda's Runtime API, as far as one function with SnapStart asks it. MiniStack takes no snapshots.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// Far more than any function needs to ask something.
const PATIENCE: Duration = Duration::from_mins(5);
/// The part of the paths that all have.
const PREFIX: &str = "/2018-06-01/runtime";

/// A Runtime API with one event. Its threads end with the test.
pub struct RuntimeApi {
    address: String,
    asked: mpsc::Receiver<(String, String)>,
    restore: mpsc::Sender<()>,
}

/// What an event is answered with, and when the snapshot is restored.
struct Shared {
    event: String,
    asked: mpsc::Sender<(String, String)>,
    restored: Mutex<mpsc::Receiver<()>>,
    is_sent: Mutex<bool>,
}

impl RuntimeApi {
    /// Listens on loopback, and has this event for who asks for the next one.
    pub fn start(event: &serde_json::Value) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let address = listener.local_addr().expect("it has a port").to_string();
        let (asked, heard) = mpsc::channel();
        let (restore, restored) = mpsc::channel();
        let shared =
            Shared { event: event.to_string(), asked, restored: Mutex::new(restored), is_sent: Mutex::new(false) };
        let shared = Arc::new(shared);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                // A function that has ended hangs up.
                thread::spawn(move || serve(connection, &shared));
            }
        });
        RuntimeApi { address, asked: heard, restore }
    }

    /// `AWS_LAMBDA_RUNTIME_API`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits for the next thing that the function asks or says: the path without what all have, and the body.
    pub fn next(&self) -> (String, String) {
        self.asked.recv_timeout(PATIENCE).expect("the function asks something")
    }

    /// Lets the function go on that waits for its snapshot to be restored.
    pub fn restore(&self) {
        self.restore.send(()).expect("it waits");
    }
}

fn serve(connection: TcpStream, shared: &Shared) -> Option<()> {
    let mut writer = connection.try_clone().ok()?;
    let mut reader = BufReader::new(connection);
    loop {
        let (path, body) = read(&mut reader)?;
        shared.asked.send((path.clone(), body)).ok()?;
        let answer = match path.as_str() {
            "/restore/next" => {
                lock(&shared.restored).recv().ok()?;
                answer("200 OK", "", "")
            }
            "/invocation/next" => {
                if std::mem::replace(&mut *lock(&shared.is_sent), true) {
                    // There is no second event: it waits until it is ended.
                    thread::park();
                }
                let headers = "lambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: 9999999999999\r\n\
                    lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:greeter\r\n";
                answer("200 OK", headers, &shared.event)
            }
            _ => answer("202 Accepted", "", ""),
        };
        writer.write_all(answer.as_bytes()).ok()?;
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split_whitespace().nth(1)?.strip_prefix(PREFIX)?.to_owned();
    let (mut length, mut is_chunked) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        is_chunked |= header == "transfer-encoding: chunked";
        length = header.strip_prefix("content-length: ").and_then(|length| length.parse().ok()).unwrap_or(length);
    }
    let mut body = Vec::new();
    if is_chunked {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = u64::from_str_radix(size.trim_end(), 16).ok()?;
            reader.take(size).read_to_end(&mut body).ok()?;
            reader.read_line(&mut String::new()).ok()?;
            if size == 0 {
                break;
            }
        }
    } else {
        reader.take(length).read_to_end(&mut body).ok()?;
    }
    Some((path, String::from_utf8(body).ok()?))
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
