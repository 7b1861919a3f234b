//! The HTTP client of a start: HTTP/1.1, a connection for each request that is under way, and answers that have bounds.
//!
//! hyper and rustls do the work. The client that comes with the SDK parses every root certificate at each start, which costs
//! more than the rest of a load, and takes answers without an end, which fill the memory before the deadline.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, ready};
use http::header::HOST;
use http::uri::{PathAndQuery, Uri};
use http::{HeaderValue, Request};
use http_body_util::Full;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use rustls::CertificateError;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tower_service::Service as _;

use super::dns::System;
use super::proxy::{Proxies, Way};
use crate::problem::ProblemKind;
use connection::{Connection, Stream, Unanswered};

mod connection;
mod smithy;
mod tunnel;

pub(super) use connection::Answer;

/// What others say went wrong. Never shown.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum HttpError {
    /// It took longer than the client was told to wait.
    TimedOut(BoxError),
    /// The request can go nowhere, nor can the same one later.
    Impossible(BoxError),
    /// The network, or who is there.
    Failed(BoxError),
    /// The proxy lets nobody through. Asked again, it would only see the password once more.
    ProxyRefused { proxy: String, variable: &'static str, status: u16 },
    /// Who answered has a certificate that is not trusted, for this reason.
    Untrusted(&'static str),
}

/// Ten secrets of Secrets Manager have 64 KB each, six times that if every character is escaped.
const LARGEST_ANSWER: usize = 4 << 20;
/// How long a connection is kept for another request: servers wait for one a little longer.
const KEPT: Duration = Duration::from_secs(4);

/// A client for the endpoints of one start. Its clones share their connections.
#[derive(Clone)]
pub(crate) struct Http {
    shared: Arc<Shared>,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
}

struct Shared {
    dialer: Dialer,
    idle: Mutex<Vec<Idle>>,
    begun: Mutex<Vec<(Server, Connecting)>>,
}

/// What connects. It is apart from what holds connections: one that is on its way must not hold its holder.
#[derive(Clone)]
struct Dialer {
    /// `None` where only `http://` is asked.
    tls: Option<TlsConnector>,
    tcp: Tcp<System>,
    proxies: Proxies,
}

/// A connection that is on its way.
type Connecting = BoxFuture<'static, Result<Connection, HttpError>>;

struct Idle {
    server: Server,
    connection: Connection,
    since: Instant,
}

/// Who is asked.
#[derive(Clone, PartialEq, Eq)]
struct Server {
    is_secure: bool,
    /// Host and port; the port only where it is not the scheme's own, as the signature has it.
    authority: HeaderValue,
}

impl Http {
    /// For `http://` alone.
    pub(crate) fn plain() -> Self {
        Self::new(None, Proxies::default())
    }

    /// The proxy on the way to a URI, if there is one.
    pub(super) fn way_to(&self, uri: &Uri) -> Result<Option<Way>, ProblemKind> {
        self.shared.dialer.proxies.to(uri)
    }

    pub(super) fn secure(tls: TlsConnector, proxies: Proxies) -> Self {
        Self::new(Some(tls), proxies)
    }

    fn new(tls: Option<TlsConnector>, proxies: Proxies) -> Self {
        let mut tcp = Tcp::new_with_resolver(System::default());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let dialer = Dialer { tls, tcp, proxies };
        let shared = Arc::new(Shared { dialer, idle: Mutex::default(), begun: Mutex::default() });
        Http { shared, connect_timeout: None, read_timeout: None }
    }

    /// Begins so many connections, which the next requests take: the network is under way while they are made ready. Where
    /// nobody can be asked, the request will say so.
    pub(crate) fn begin(&self, uri: &Uri, count: usize) {
        let Some(server) = Server::of(uri) else { return };
        for _ in 0..count {
            let (dialer, uri, to) = (self.shared.dialer.clone(), uri.clone(), server.clone());
            let mut connect: Connecting = Box::pin(async move { dialer.connect(&uri, &to).await });
            // Whoever takes it is woken by it; until then nobody waits.
            let begun = match connect.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(connection) => Box::pin(ready(connection)),
                Poll::Pending => connect,
            };
            lock(&self.shared.begun).push((server.clone(), begun));
        }
    }

    /// The answer to a request, whose URI is whole.
    pub(crate) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, HttpError> {
        let uri = request.uri().clone();
        let server = Server::of(&uri).ok_or_else(|| impossible("no URL of a server"))?;
        request.headers_mut().insert(HOST, server.authority.clone());
        // What a server is asked for is a path; the whole URL would be for a proxy.
        *request.uri_mut() = uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/")).into();

        let (answer, mut connection) = within(self.read_timeout, self.exchange(&uri, &server, request)).await?;
        if connection.is_open().await {
            lock(&self.shared.idle).push(Idle { server, connection, since: Instant::now() });
        }
        Ok(answer)
    }

    /// The answer, and over what it came.
    async fn exchange(
        &self,
        uri: &Uri,
        server: &Server,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Answer, Connection), HttpError> {
        loop {
            let (mut connection, is_new) = match self.kept(server).await {
                Some(connection) => (connection, false),
                None => (within(self.connect_timeout, self.new_connection(uri, server)).await?, true),
            };
            match connection.send(request, LARGEST_ANSWER).await {
                Ok(answer) => return Ok((answer, connection)),
                Err(Unanswered::Unsent(unsent)) if !is_new => request = *unsent,
                Err(Unanswered::Unsent(_)) => return Err(failed("the connection was closed at once")),
                Err(Unanswered::Failed(error)) => return Err(failed(error)),
            }
        }
    }

    /// A connection of before that is still open.
    async fn kept(&self, server: &Server) -> Option<Connection> {
        loop {
            let mut connection = {
                let mut idle = lock(&self.shared.idle);
                idle.retain(|one| one.since.elapsed() < KEPT);
                let at = idle.iter().rposition(|one| one.server == *server)?;
                idle.swap_remove(at).connection
            };
            if connection.is_open().await {
                return Some(connection);
            }
        }
    }

    /// One that was begun, or another.
    async fn new_connection(&self, uri: &Uri, server: &Server) -> Result<Connection, HttpError> {
        let begun = {
            let mut begun = lock(&self.shared.begun);
            let at = begun.iter().position(|(to, _)| to == server);
            at.map(|at| begun.swap_remove(at).1)
        };
        match begun {
            Some(begun) => begun.await,
            None => Box::pin(self.shared.dialer.connect(uri, server)).await,
        }
    }
}

impl Dialer {
    async fn connect(&self, uri: &Uri, server: &Server) -> Result<Connection, HttpError> {
        let tls = if server.is_secure {
            let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            let name = ServerName::try_from(host.to_owned()).map_err(impossible)?;
            Some((self.tls.as_ref().ok_or_else(|| impossible("this client speaks no TLS"))?, name))
        } else {
            None
        };
        let way = self.proxies.to(uri).map_err(|_| impossible("no proxy that can be used"))?;
        let socket = match way {
            Some(way) => self.tunnel(&way, uri).await?,
            None => self.socket(uri).await?,
        };
        let stream = match tls {
            Some((tls, name)) => Stream::Right(tls.connect(name, socket).await.map_err(untrusted)?),
            None => Stream::Left(socket),
        };
        Connection::over(stream).await.map_err(failed)
    }

    async fn socket(&self, uri: &Uri) -> Result<TcpStream, HttpError> {
        Ok(self.tcp.clone().call(uri.clone()).await.map_err(failed)?.into_inner())
    }

    async fn tunnel(&self, way: &Way, uri: &Uri) -> Result<TcpStream, HttpError> {
        let proxy = self.socket(way.uri()).await?;
        tunnel::through(proxy, way.auth(), uri).await.map_err(failed)?.map_err(|status| match status.as_u16() {
            408 | 429 => failed("the proxy is too slow, or too busy"),
            status @ 400..=499 => HttpError::ProxyRefused { proxy: way.shown(), variable: way.variable, status },
            _ => failed("the proxy has an error of its own"),
        })
    }
}

impl HttpError {
    /// What is wrong with the way to an endpoint, where it is so the next time as well.
    pub(super) fn lasting(&self, endpoint: &str) -> Option<ProblemKind> {
        match self {
            HttpError::ProxyRefused { proxy, variable, status } => {
                Some(ProblemKind::ProxyRefused { proxy: proxy.clone(), variable, status: *status })
            }
            HttpError::Untrusted(reason) => Some(ProblemKind::Untrusted { endpoint: endpoint.to_owned(), reason }),
            HttpError::TimedOut(_) | HttpError::Impossible(_) | HttpError::Failed(_) => None,
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HttpError::TimedOut(_) => "it took too long",
            HttpError::Impossible(_) => "nobody can be asked this",
            HttpError::Failed(_) => "the network, or who is there, failed",
            HttpError::ProxyRefused { .. } => "the proxy lets nobody through",
            HttpError::Untrusted(_) => "the certificate is not trusted",
        })
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            HttpError::TimedOut(error) | HttpError::Impossible(error) | HttpError::Failed(error) => Some(&**error),
            HttpError::ProxyRefused { .. } | HttpError::Untrusted(_) => None,
        }
    }
}

impl Server {
    fn of(uri: &Uri) -> Option<Self> {
        let (is_secure, own_port) = match uri.scheme_str()? {
            "https" => (true, 443),
            "http" => (false, 80),
            _ => return None,
        };
        let host = uri.host()?;
        let authority = match uri.port_u16() {
            Some(port) if port != own_port => HeaderValue::try_from(format!("{host}:{port}")),
            _ => HeaderValue::from_str(host),
        };
        Some(Server { is_secure, authority: authority.ok()? })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An outcome, or that it took too long.
async fn within<T>(
    time: Option<Duration>,
    outcome: impl Future<Output = Result<T, HttpError>>,
) -> Result<T, HttpError> {
    match time {
        Some(time) => timeout(time, outcome).await.unwrap_or_else(|late| Err(HttpError::TimedOut(late.into()))),
        None => outcome.await,
    }
}

fn failed(error: impl Into<BoxError>) -> HttpError {
    HttpError::Failed(error.into())
}

/// Why there is no TLS: a certificate stays the same.
fn untrusted(error: std::io::Error) -> HttpError {
    let error_of_tls = error.get_ref().and_then(|error| error.downcast_ref());
    let Some(rustls::Error::InvalidCertificate(certificate)) = error_of_tls else { return failed(error) };
    HttpError::Untrusted(match certificate {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "has expired or is not valid yet, by the clock of this machine"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "is of another host",
        CertificateError::UnknownIssuer => "is signed by nobody whom this program trusts",
        _ => "is none that can be trusted",
    })
}

fn impossible(error: impl Into<BoxError>) -> HttpError {
    HttpError::Impossible(error.into())
}

#[cfg(test)]
mod tests;
