//! HTTP/1.1 as far as an AWS client speaks it: reading a request from a socket, and the bytes of an answer.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

use crate::limits;

/// A request that was read whole.
pub(crate) struct Request {
    pub(crate) method: String,
    target: String,
    /// Lower-case names, in the order they came.
    headers: Vec<(String, String)>,
    pub(crate) body: Zeroizing<Vec<u8>>,
    pub(crate) keep_alive: bool,
}

impl Request {
    /// The first header of that name (lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// As it was sent, percent signs and all.
    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// What is after the question mark.
    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What came instead of a request.
pub(crate) enum ReadError {
    /// The client is gone, or said nothing.
    Closed,
    /// Not a request: the status to answer with before closing.
    Malformed(u16),
}

impl From<io::Error> for ReadError {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

/// Reads the next request. `buffer` keeps what came after it.
pub(crate) async fn read<S>(stream: &mut S, buffer: &mut Zeroizing<Vec<u8>>) -> Result<Request, ReadError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut request, head, length) = loop {
        if let Some(parsed) = parse_head(buffer)? {
            break parsed;
        }
        if buffer.len() > HEAD {
            return Err(ReadError::Malformed(431));
        }
        fill(stream, buffer).await?;
    };
    if request.header("expect").is_some_and(|expect| expect.eq_ignore_ascii_case("100-continue")) {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    while buffer.len() < head + length {
        fill(stream, buffer).await?;
    }
    request.body = Zeroizing::new(buffer[head..head + length].to_vec());
    let rest = Zeroizing::new(buffer[head + length..].to_vec());
    *buffer = rest;
    Ok(request)
}

/// The head of an answer, up to and with the empty line.
pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Payload Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    };
    let mut text = format!("HTTP/1.1 {status} {reason}\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    (text + "\r\n").into_bytes()
}

async fn fill<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Zeroizing<Vec<u8>>) -> Result<(), ReadError> {
    let mut chunk = Zeroizing::new([0; 8192]);
    let read = stream.read(chunk.as_mut_slice()).await?;
    if read == 0 {
        return Err(ReadError::Closed);
    }
    buffer.extend_from_slice(&chunk[..read]);
    Ok(())
}

/// The request without its body, the length of its head, and that of its body.
fn parse_head(buffer: &[u8]) -> Result<Option<(Request, usize, usize)>, ReadError> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(ReadError::Malformed(400)),
    };
    let headers: Vec<(String, String)> = parsed
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).trim().to_owned()))
        .collect();
    if find(&headers, "transfer-encoding").is_some() {
        return Err(ReadError::Malformed(411));
    }
    let length = match find(&headers, "content-length").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(length)) if length <= limits::REQUEST => length,
        Some(Ok(_)) => return Err(ReadError::Malformed(413)),
        Some(Err(_)) => return Err(ReadError::Malformed(400)),
    };
    let connection = find(&headers, "connection").unwrap_or_default();
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or("/").to_owned(),
        keep_alive: parsed.version == Some(1) && !connection.eq_ignore_ascii_case("close"),
        headers,
        body: Zeroizing::new(Vec::new()),
    };
    Ok(Some((request, head, length)))
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// The largest head that is read.
const HEAD: usize = 32 * 1024;
