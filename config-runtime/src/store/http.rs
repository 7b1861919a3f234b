//! The HTTP client under the SDK: HTTP/1.1, a connection for each request that is under way, and answers that have bounds.
//!
//! hyper and rustls do the work. The client that comes with the SDK parses every root certificate at each start, which costs
//! more than the rest of a load, and takes answers without an end, which fill the memory before the deadline.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
use http::header::{DATE, HOST};
use http::uri::{PathAndQuery, Uri};
use http::{HeaderValue, Request, Response};
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tower_service::Service as _;

use super::dns::System;
use connection::{Connection, Stream, Unanswered};

mod connection;

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
    /// `None` where only `http://` is asked.
    tls: Option<TlsConnector>,
    tcp: Tcp<System>,
    idle: Mutex<Vec<Idle>>,
}

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
    pub(crate) fn new(tls: Option<TlsConnector>) -> Self {
        let mut tcp = Tcp::new_with_resolver(System);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let shared = Arc::new(Shared { tls, tcp, idle: Mutex::default() });
        Http { shared, connect_timeout: None, read_timeout: None }
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut request = request.try_into_http1x().map_err(user)?;
        let uri = request.uri().clone();
        let server = Server::of(&uri).ok_or_else(|| user("no URL of a server"))?;
        request.headers_mut().insert(HOST, server.authority.clone());
        // What a server is asked for is a path; the whole URL would be for a proxy.
        *request.uri_mut() = uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/")).into();

        let (mut answer, mut connection) = within(self.read_timeout, self.exchange(&uri, &server, request)).await?;
        if connection.is_open().await {
            self.idle().push(Idle { server, connection, since: Instant::now() });
        }
        // The SDK signs the next request with the difference to this date, and panics at one beyond reckoning.
        if answer.headers().get(DATE).is_some_and(|date| !is_sensible(date)) {
            answer.headers_mut().remove(DATE);
        }
        HttpResponse::try_from(answer).map_err(other)
    }

    /// The answer, and over what it came.
    async fn exchange(
        &self,
        uri: &Uri,
        server: &Server,
        mut request: Request<SdkBody>,
    ) -> Result<(Response<SdkBody>, Connection), ConnectorError> {
        loop {
            let (mut connection, is_new) = match self.kept(server).await {
                Some(connection) => (connection, false),
                None => (Box::pin(within(self.connect_timeout, self.connect(uri, server))).await?, true),
            };
            match connection.send(request, LARGEST_ANSWER).await {
                Ok(answer) => return Ok((answer, connection)),
                Err(Unanswered::Unsent(unsent)) if !is_new => request = *unsent,
                Err(Unanswered::Unsent(_)) => return Err(io("the connection was closed at once")),
                Err(Unanswered::Failed(error)) => return Err(io(error)),
            }
        }
    }

    /// A connection of before that is still open.
    async fn kept(&self, server: &Server) -> Option<Connection> {
        loop {
            let mut connection = {
                let mut idle = self.idle();
                idle.retain(|one| one.since.elapsed() < KEPT);
                let at = idle.iter().rposition(|one| one.server == *server)?;
                idle.swap_remove(at).connection
            };
            if connection.is_open().await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self, uri: &Uri, server: &Server) -> Result<Connection, ConnectorError> {
        let tls = if server.is_secure {
            let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            let name = ServerName::try_from(host.to_owned()).map_err(user)?;
            Some((self.shared.tls.as_ref().ok_or_else(|| user("this client speaks no TLS"))?, name))
        } else {
            None
        };
        let socket = self.shared.tcp.clone().call(uri.clone()).await.map_err(io)?.into_inner();
        let stream = match tls {
            Some((tls, name)) => Stream::Right(tls.connect(name, socket).await.map_err(io)?),
            None => Stream::Left(socket),
        };
        Connection::over(stream).await.map_err(io)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner)
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

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}

impl HttpClient for Http {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Http {
            connect_timeout: settings.connect_timeout(),
            read_timeout: settings.read_timeout(),
            ..self.clone()
        })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

/// An outcome, or that it took too long.
async fn within<T>(
    time: Option<Duration>,
    outcome: impl Future<Output = Result<T, ConnectorError>>,
) -> Result<T, ConnectorError> {
    match time {
        Some(time) => timeout(time, outcome).await.unwrap_or_else(|late| Err(ConnectorError::timeout(late.into()))),
        None => outcome.await,
    }
}

/// Whether a date is in this century or the next.
fn is_sensible(date: &HeaderValue) -> bool {
    let date = date.to_str().ok().and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    date.is_some_and(|date| (946_684_800..7_258_118_400).contains(&date.secs()))
}

fn io(error: impl Into<BoxError>) -> ConnectorError {
    ConnectorError::io(error.into())
}

fn user(error: impl Into<BoxError>) -> ConnectorError {
    ConnectorError::user(error.into())
}

fn other(error: impl Into<BoxError>) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}

#[cfg(test)]
mod tests;
