//! A way through a proxy: it is asked with `CONNECT`, and what comes over the socket after that is from who is behind it.

use std::future::poll_fn;
use std::pin::pin;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{Either as First, select};
use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use http::{Request, StatusCode, Uri};
use http_body_util::Full;
use hyper::client::conn::http1::{self, Parts};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::BoxError;
use super::connection::Stream;

/// The socket to a proxy, once it leads to the host of the URI; else the status with which the proxy refused that.
pub(super) async fn through(
    proxy: TcpStream,
    auth: Option<&HeaderValue>,
    uri: &Uri,
) -> Result<Result<TcpStream, StatusCode>, BoxError> {
    let authority = format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(443));
    let mut request = Request::connect(&authority).header(HOST, &authority).body(Full::<Bytes>::default())?;
    if let Some(auth) = auth {
        request.headers_mut().insert(PROXY_AUTHORIZATION, auth.clone());
    }
    // The types of every other connection: for two more, hyper would be in the binary twice.
    let (mut sender, mut driver) = http1::handshake(TokioIo::new(Stream::Left(proxy))).await?;
    let answer = pin!(sender.send_request(request));
    let status = match select(answer, poll_fn(|context| driver.poll_without_shutdown(context))).await {
        First::Left((answer, _)) => answer?.status(),
        First::Right((ended, answer)) => {
            ended?;
            answer.now_or_never().ok_or("the proxy broke off")??.status()
        }
    };
    if !status.is_success() {
        return Ok(Err(status));
    }
    // In TLS the client speaks first. Who speaks before is not who is asked for.
    match driver.into_parts() {
        Parts { io, read_buf, .. } if read_buf.is_empty() => match io.into_inner() {
            Stream::Left(socket) => Ok(Ok(socket)),
            Stream::Right(_) => Err("a proxy is asked without TLS".into()),
        },
        _ => Err("the proxy spoke out of turn".into()),
    }
}
