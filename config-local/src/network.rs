//! How a client is reached: the socket, TLS over it where the store speaks that, and how long the way takes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

#[cfg(feature = "tls")]
pub(crate) use tls::Tls;

#[cfg(feature = "tls")]
mod tls;

/// How long the network and the service take. Nothing, by default.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Way {
    pub(crate) round_trip: Duration,
    pub(crate) latency: Duration,
}

impl Way {
    /// Until the server's first bytes can be there: the turn of TCP, which the kernel has taken in no time, and that of TLS.
    pub(crate) async fn connect(self, has_tls: bool) {
        wait(self.round_trip * if has_tls { 2 } else { 1 }).await;
    }

    /// Until an answer can be there.
    pub(crate) async fn answer(self) {
        wait(self.round_trip + self.latency).await;
    }
}

/// Waits to about a tenth of a millisecond. tokio's timer rounds up to whole ones, so a thread has the rest of it: a short
/// one, because a server that ends waits for its threads.
async fn wait(duration: Duration) {
    if duration.is_zero() {
        return;
    }
    let end = Instant::now() + duration;
    if let Some(coarse) = duration.checked_sub(2 * TICK) {
        tokio::time::sleep(coarse).await;
    }
    let rest = move || std::thread::sleep(end.saturating_duration_since(Instant::now()));
    // It cannot panic, and a runtime that ends has no use for it.
    let _ = tokio::task::spawn_blocking(rest).await;
}

const TICK: Duration = Duration::from_millis(1);

/// A connection.
pub(crate) enum Stream {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

impl Stream {
    /// What it goes over.
    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

macro_rules! forward {
    ($self:ident, $function:ident($($argument:expr),*)) => {
        match $self.get_mut() {
            Stream::Plain(socket) => Pin::new(socket).$function($($argument),*),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => Pin::new(stream).$function($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        forward!(self, poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_shutdown(context))
    }
}
