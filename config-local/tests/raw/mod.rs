//! Requests as bytes, signed by hand: what no SDK would send, and answers no SDK would show.
#![allow(dead_code, reason = "not every test binary needs everything")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use bind_config_local::{LocalSsm, Variables};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// A request that can be changed before it is sent.
pub(crate) struct Raw {
    pub(crate) method: &'static str,
    /// As it is sent, with its query.
    pub(crate) path: String,
    /// The lines of path and query that are signed.
    pub(crate) canonical: String,
    /// `X-Amz-Target`; an empty one is not sent.
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) region: String,
    pub(crate) service: String,
    /// `20250101T000000Z`
    pub(crate) date: String,
    pub(crate) token: Option<String>,
}

/// An answer that was read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Raw {
    pub(crate) fn new(ssm: &LocalSsm, operation: &str, body: &str) -> Self {
        let variables: Variables = ssm.variables("app", "stage");
        let value = |name: &str| variables.value(name).unwrap().to_owned();
        Self {
            method: "POST",
            path: "/".to_owned(),
            canonical: "/\n".to_owned(),
            target: format!("AmazonSSM.{operation}"),
            body: body.as_bytes().to_vec(),
            access_key: value("AWS_ACCESS_KEY_ID"),
            secret_key: value("AWS_SECRET_ACCESS_KEY"),
            region: value("AWS_REGION"),
            service: "ssm".to_owned(),
            date: date(0),
            token: None,
        }
    }

    /// A request of Lambda's.
    pub(crate) fn lambda(ssm: &LocalSsm, method: &'static str, path: &str, canonical: &str, body: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            canonical: canonical.to_owned(),
            target: String::new(),
            service: "lambda".to_owned(),
            ..Self::new(ssm, "", body)
        }
    }

    /// The bytes, signed.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("host", "localhost".to_owned()),
            ("x-amz-date", self.date.clone()),
            ("x-amz-target", self.target.clone()),
        ];
        headers.retain(|(_, value)| !value.is_empty());
        if let Some(token) = &self.token {
            headers.insert(3, ("x-amz-security-token", token.clone()));
        }
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().flat_map(|(name, value)| [*name, ":", value, "\n"]).collect();
        let canonical =
            format!("{}\n{}\n{lines}\n{names}\n{}", self.method, self.canonical, hex(&Sha256::digest(&self.body)));
        let day = &self.date[..8];
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.date, hex(&Sha256::digest(canonical.as_bytes())));
        let mut key = format!("AWS4{}", self.secret_key).into_bytes();
        for part in [day, &self.region, &self.service, "aws4_request"] {
            key = hmac(&key, part.as_bytes());
        }
        let signature = hex(&hmac(&key, to_sign.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key
        );
        headers.push(("authorization", authorization));
        request_to(self.method, &self.path, &headers, &self.body)
    }

    pub(crate) fn send(&self, ssm: &LocalSsm) -> Answer {
        exchange(ssm, &self.bytes())
    }
}

pub(crate) fn request(method: &str, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    request_to(method, "/", headers, body)
}

fn request_to(method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        text.extend([*name, ": ", value, "\r\n"]);
    }
    text += "\r\n";
    [text.as_bytes(), body].concat()
}

/// Sends bytes on a connection of their own and reads one answer.
pub(crate) fn exchange(ssm: &LocalSsm, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(ssm.address()).unwrap();
    stream.write_all(bytes).unwrap();
    read_answer(&mut stream)
}

/// Reads one answer and nothing of the next.
pub(crate) fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut body = vec![0; header(&head, "content-length").unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: String::from_utf8(body).unwrap() }
}

pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.split_once(": ").filter(|(own, _)| *own == name).map(|(_, value)| value))
}

/// Now, and so many seconds on, as `X-Amz-Date` has it.
pub(crate) fn date(offset: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed() + offset;
    let (mut days, second) = (now / 86_400, now % 86_400);
    let mut year = 1970;
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let mut month = 0;
    while days >= month_length(year, month) {
        days -= month_length(year, month);
        month += 1;
    }
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}{:02}{:02}T{hour:02}{minute:02}{:02}Z", month + 1, days + 1, second % 60)
}

fn leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn month_length(year: i64, month: usize) -> i64 {
    let february = if leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month]
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(digit.into(), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
