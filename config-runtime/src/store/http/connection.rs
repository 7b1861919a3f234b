//! One connection: who asks drives it, so that it needs no task of its own.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::Bytes;
use futures_util::future::{Either as First, select};
use http::Request;
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::BoxError;

/// A socket, or TLS over one.
pub(super) type Stream = Either<TcpStream, TlsStream<TcpStream>>;
type Driver = http1::Connection<TokioIo<Stream>, Full<Bytes>>;

pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` once the connection is closed.
    driver: Option<Box<Driver>>,
}

/// What a server answered. One that breaks off is an answer, with its status.
pub(crate) struct Answer {
    pub(crate) head: http::response::Parts,
    pub(crate) body: Result<Bytes, BoxError>,
}

/// Why a request has no answer.
pub(super) enum Unanswered {
    /// The connection was closed before; the request can go over another.
    Unsent(Box<Request<Full<Bytes>>>),
    Failed(BoxError),
}

impl Connection {
    pub(super) async fn over(stream: Stream) -> hyper::Result<Self> {
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Connection { sender, driver: Some(Box::new(driver)) })
    }

    /// Whether it can take a request. Waits for nothing.
    pub(super) async fn is_open(&mut self) -> bool {
        poll_fn(|context| {
            // What came meanwhile, the end of the connection above all.
            if self.driver.as_mut().is_none_or(|driver| Pin::new(driver).poll(context).is_ready()) {
                self.driver = None;
            }
            Poll::Ready(self.driver.is_some() && matches!(self.sender.poll_ready(context), Poll::Ready(Ok(()))))
        })
        .await
    }

    /// The answer to a request, with a body of at most `largest` bytes.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>, largest: usize) -> Result<Answer, Unanswered> {
        let Connection { sender, driver } = self;
        let answer = async {
            let answer = sender.try_send_request(request).await.map_err(|mut error| match error.take_message() {
                Some(request) => Unanswered::Unsent(Box::new(request)),
                None => Unanswered::Failed(error.into_error().into()),
            })?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, largest).collect().await.map(Collected::to_bytes);
            Ok(Answer { head, body })
        };
        drive(driver, answer).await
    }
}

/// Waits for something that comes over the connection.
async fn drive<T>(driver: &mut Option<Box<Driver>>, wanted: impl Future<Output = T>) -> T {
    let wanted = pin!(wanted);
    let Some(connection) = driver else { return wanted.await };
    match select(wanted, connection).await {
        First::Left((came, _)) => came,
        First::Right((_, wanted)) => {
            *driver = None;
            wanted.await
        }
    }
}
