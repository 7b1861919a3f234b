//! The server: a thread with a small runtime of its own, the connections on it, and what is answered to a request.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use serde_json::Value as Json;
use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::api::{Asked, Trouble};
use crate::clock::{Clock, Moment};
use crate::faults::{Delivery, Effects, FaultId, Faults, Outcome};
use crate::http::{self, ReadError, Request};
use crate::input::Input;
use crate::lambda::{self, Functions, Route};
use crate::log::Call;
use crate::network::{Stream, Way};
use crate::proof;
use crate::service::{self, Setting, Work};
use crate::signature::{self, Credentials};
use crate::state::State;
use crate::{Operation, Refusal};

/// What the server's thread and the handle share.
pub(crate) struct Shared {
    pub(crate) region: String,
    pub(crate) caller: String,
    pub(crate) credentials: Credentials,
    pub(crate) clock: Clock,
    pub(crate) way: Way,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::network::Tls>,
    pub(crate) state: Mutex<State>,
    pub(crate) functions: Mutex<Functions>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) page_sizes: Mutex<Vec<usize>>,
    pub(crate) log: Mutex<Vec<Call>>,
    pub(crate) connections: Mutex<u64>,
}

/// A lock that a panic elsewhere does not spoil.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The running thread. Dropped, it ends: connections are closed and the thread is joined.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(shared: Arc<Shared>, port: u16) -> io::Result<Self> {
        let listener = listen(port)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async move {
                tokio::spawn(accept(listener, shared));
                // The sender is only ever dropped.
                let _ = stopped.await;
            });
        };
        let thread = std::thread::Builder::new().name("local-ssm".to_owned()).spawn(serve)?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It panicked, then: there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// With a backlog for a thousand clients at once: the standard library's makes them wait a second for their next try.
fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // As the standard library does: a port whose last connections are still dying can be taken again.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                *lock(&shared.connections) += 1;
                tokio::spawn(connection(stream, Arc::clone(&shared)));
            }
            // Out of file descriptors, for example: later there may be some.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

impl Shared {
    /// The scheme of its address.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.has_tls() { "https" } else { "http" }
    }

    #[cfg(feature = "tls")]
    fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "with `tls` it may have")]
    fn has_tls(&self) -> bool {
        false
    }

    /// `None` where the client does not get as far as a request.
    async fn open(&self, socket: TcpStream) -> Option<Stream> {
        let _ = socket.set_nodelay(true);
        self.way.connect(self.has_tls()).await;
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.accept(socket).await.ok();
        }
        Some(Stream::Plain(socket))
    }
}

async fn connection(socket: TcpStream, shared: Arc<Shared>) {
    let Some(mut stream) = shared.open(socket).await else { return };
    let mut buffer = Zeroizing::new(Vec::new());
    loop {
        let request = match http::read(&mut stream, &mut buffer).await {
            Ok(request) => request,
            Err(ReadError::Malformed(status)) => {
                let head = http::head(status, &[("content-length", "0"), ("connection", "close")]);
                let _ = send(&mut stream, &head).await;
                return;
            }
            Err(ReadError::Closed) => return,
        };
        let reply = answer(&shared, &request);
        shared.way.answer().await;
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
        while reply.held.is_some_and(|fault| lock(&shared.faults).is_active(fault)) {
            tokio::time::sleep(LOOK).await;
        }
        match deliver(stream, &reply).await {
            Ok(Some(open)) if request.keep_alive => stream = open,
            _ => return,
        }
    }
}

/// An answer and how it is to reach the client.
struct Reply {
    status: u16,
    content_type: &'static str,
    /// Besides those of every answer.
    headers: Vec<(&'static str, String)>,
    body: Zeroizing<Vec<u8>>,
    request_id: String,
    date: Moment,
    delay: Duration,
    held: Option<FaultId>,
    delivery: Delivery,
    keep_alive: bool,
}

/// Gives the connection back if it can take another request.
async fn deliver(mut stream: Stream, reply: &Reply) -> io::Result<Option<Stream>> {
    let body = reply.body.as_slice();
    let half = &body[..body.len() / 2];
    let head = |length: usize| {
        let (length, date) = (length.to_string(), reply.date.http_date());
        let mut headers = vec![
            ("server", "Server"),
            ("date", &date),
            ("content-type", reply.content_type),
            ("content-length", &length),
            ("connection", if reply.keep_alive { "keep-alive" } else { "close" }),
            ("x-amzn-requestid", &reply.request_id),
        ];
        headers.extend(reply.headers.iter().map(|(name, value)| (*name, value.as_str())));
        http::head(reply.status, &headers)
    };
    let whole = Zeroizing::new([&head(body.len()), body].concat());
    match reply.delivery {
        Delivery::Whole => send(&mut stream, &whole).await?,
        Delivery::Malformed => send(&mut stream, &[&head(half.len()), half].concat()).await?,
        Delivery::Drip(every) => {
            for byte in whole.iter() {
                tokio::time::sleep(every).await;
                send(&mut stream, &[*byte]).await?;
            }
        }
        Delivery::Never => {
            wait_for_end(&mut stream).await;
            return Ok(None);
        }
        Delivery::Close => return Ok(None),
        Delivery::Truncated => {
            send(&mut stream, &[&head(body.len()), half].concat()).await?;
            stream.shutdown().await?;
            return Ok(None);
        }
        Delivery::Reset => return reset(stream),
        Delivery::ResetMidway => {
            send(&mut stream, &[&head(body.len()), half].concat()).await?;
            return reset(stream);
        }
        Delivery::Endless => {
            // Without a length: it ends when the connection does.
            let head = http::head(200, &[("content-type", reply.content_type), ("connection", "close")]);
            send(&mut stream, &[head.as_slice(), b"{\"Parameters\":["].concat()).await?;
            loop {
                send(&mut stream, &[b' '; 4096]).await?;
            }
        }
    }
    Ok(Some(stream))
}

/// Also out of the buffers of TLS.
async fn send(stream: &mut Stream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// Until the client is gone.
async fn wait_for_end(stream: &mut Stream) {
    let mut ignored = [0; 512];
    while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
}

/// Closes with RST instead of FIN.
fn reset(stream: Stream) -> io::Result<Option<Stream>> {
    SockRef::from(stream.socket()).set_linger(Some(Duration::ZERO))?;
    drop(stream);
    Ok(None)
}

/// Nothing of a service: no fault, and no place in the log.
fn prove(shared: &Shared, request: &Request) -> Reply {
    let proof = proof::answer(request, &shared.credentials.secret_key);
    Reply {
        status: if proof.is_some() { 200 } else { 400 },
        content_type: "text/plain",
        headers: Vec::new(),
        body: Zeroizing::new(proof.unwrap_or_default().into_bytes()),
        request_id: request_id(0),
        date: shared.clock.now(),
        delay: Duration::ZERO,
        held: None,
        delivery: Delivery::Whole,
        keep_alive: request.keep_alive,
    }
}

fn answer(shared: &Shared, request: &Request) -> Reply {
    if proof::is_asked(request) {
        return prove(shared, request);
    }
    let asked = Asked::new(request);
    let (api, names) = (asked.api(), asked.names());
    let effects = lock(&shared.faults).apply(asked.operation(), &names);
    let now = shared.clock.now().plus_seconds(effects.clock_offset);

    let gateway = if let Outcome::Gateway(status) = effects.outcome { Some(status) } else { None };
    let result = match effects.outcome {
        Outcome::Gateway(status) => Err(Refusal::server(status, "", "")),
        // No answer to it is ever sent.
        Outcome::Unheard => Ok(Json::Null),
        _ => carry_out(shared, request, &asked, &effects, now),
    };
    let (mut error, mut headers) = (None, Vec::new());
    let (status, body) = match &result {
        Ok(answer) => (200, serde_json::to_vec(answer).unwrap_or_default()),
        Err(refusal) if gateway.is_some() => (refusal.status(), GATEWAY_PAGE.as_bytes().to_vec()),
        Err(refusal) => {
            error = Some(refusal.code().to_owned());
            headers = api.error_headers(refusal);
            (refusal.status(), serde_json::to_vec(&api.error(refusal)).unwrap_or_default())
        }
    };
    let delivered = !matches!(effects.delivery, Delivery::Never | Delivery::Reset | Delivery::Close);
    let mut log = lock(&shared.log);
    let sequence = log.len() as u64;
    log.push(Call {
        sequence,
        time: SystemTime::now(),
        operation: asked.operation_name(),
        names,
        with_decryption: asked.with_decryption(),
        status: delivered.then_some(status),
        error,
        fault: effects.label,
    });
    Reply {
        status,
        content_type: if gateway.is_some() { "text/html" } else { api.content_type() },
        headers,
        body: Zeroizing::new(body),
        request_id: request_id(sequence),
        date: now,
        delay: effects.delay,
        held: effects.held,
        delivery: effects.delivery,
        keep_alive: request.keep_alive,
    }
}

fn carry_out(
    shared: &Shared,
    request: &Request,
    asked: &Asked,
    effects: &Effects,
    now: Moment,
) -> Result<Json, Refusal> {
    let api = asked.api();
    match &effects.outcome {
        Outcome::Refused(trouble) => return Err(api.trouble(*trouble)),
        Outcome::SignatureExpired => {
            let signed_at = signature::signed_at(request).unwrap_or(now);
            return Err(api.unauthenticated(signature::expired(signed_at, signed_at.plus_seconds(600))));
        }
        _ => {}
    }
    signature::check(request, &shared.credentials, &shared.region, api.scope(), now)
        .map_err(|refusal| api.unauthenticated(refusal))?;
    let page_sizes = lock(&shared.page_sizes).clone();
    let setting = Setting {
        now,
        page_sizes: &page_sizes,
        denied_key: if let Outcome::DeniedByKms(key) = &effects.outcome { Some(key) } else { None },
        left_out: if let Outcome::LeftOut(names) = &effects.outcome { names } else { &[] },
        caller: &shared.caller,
    };
    let answer = match asked {
        Asked::Ssm(_, body) => {
            let operation = asked.operation().filter(|_| request.method == "POST");
            ask_ssm(&mut lock(&shared.state), operation, body.as_ref(), &effects.outcome, &setting)
        }
        Asked::Lambda(route) => {
            let route = route.as_ref().ok_or_else(lambda::unknown_operation)?;
            ask_lambda(&mut lock(&shared.functions), route, &request.body, &effects.outcome, &setting)
        }
    }?;
    if matches!(effects.outcome, Outcome::FailedAfterWrite) { Err(api.trouble(Trouble::Internal)) } else { Ok(answer) }
}

fn ask_ssm(
    state: &mut State,
    operation: Option<Operation>,
    body: Option<&Json>,
    outcome: &Outcome,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    let operation = operation.ok_or_else(service::unknown_operation)?;
    let body = body.ok_or_else(|| Refusal::serialization(""))?;
    if let Outcome::DeniedByIam(name) = outcome {
        return Err(service::denied_by_iam(state.store(), operation, name.as_deref(), setting.caller));
    }
    let input = Input::new(body)?;
    match service::work(operation) {
        Work::Read(read) => read(state.store(), input, setting),
        Work::Write(write) => state.write(|store| write(store, input, setting)),
    }
}

fn ask_lambda(
    functions: &mut Functions,
    route: &Route,
    body: &[u8],
    outcome: &Outcome,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    if let Outcome::DeniedByIam(name) = outcome {
        return Err(functions.denied(route.operation, name.as_deref(), setting.caller));
    }
    functions.carry_out(route, body, setting)
}

/// In the form of a UUID, and a number that is easy to find in the log.
fn request_id(sequence: u64) -> String {
    format!("00000000-0000-4000-8000-{sequence:012x}")
}

const GATEWAY_PAGE: &str = "<html><body><h1>Bad Gateway</h1></body></html>";
/// How often a held answer looks whether it may go.
const LOOK: Duration = Duration::from_millis(2);
