//! The least that a client can do: one connection, one signed request for at most ten names of the stage. It has neither retries nor
//! a fallback, and trusts one certificate.

use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use contract::{Place, variable};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut names = contract::secrets();
    names.truncate(10);
    let stage = Place::stage();
    let answer = if names.is_empty() { Value::Null } else { runtime.block_on(fetch(&stage, &names)) };
    let found = answer["Parameters"].as_array().into_iter().flatten();
    contract::finish(found.map(|parameter| (stage.name(text(&parameter["Name"])), text(&parameter["Value"]))));
}

async fn fetch(stage: &Place, names: &[String]) -> Value {
    let paths: Vec<String> = names.iter().map(|name| stage.path(name)).collect();
    let endpoint = variable("AWS_ENDPOINT_URL_SSM");
    let authority = endpoint.strip_prefix("https://").expect("https");
    let request = request(authority, &json!({ "Names": paths, "WithDecryption": true }).to_string());

    let mut stream = connect(authority).await;
    stream.write_all(&request).await.expect("a request is written");
    serde_json::from_slice(&body(&mut stream).await).expect("JSON")
}

async fn connect(authority: &str) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_file(variable("AWS_CA_BUNDLE")).expect("a certificate");
    roots.add(root).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .expect("ring speaks TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();

    let addresses: Vec<_> = authority.to_socket_addrs().expect("an address").collect();
    let stream = TcpStream::connect(addresses.as_slice()).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    let (host, _) = authority.rsplit_once(':').expect("a port");
    let server = ServerName::try_from(host.to_owned()).expect("a host");
    TlsConnector::from(Arc::new(config)).connect(server, stream).await.expect("TLS")
}

fn request(authority: &str, body: &str) -> Vec<u8> {
    let headers = [
        ("host", authority),
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AmazonSSM.GetParameters"),
    ];
    let identity =
        Credentials::new(variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), None, None, "environment")
            .into();
    let region = variable("AWS_REGION");
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name("ssm")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .expect("nothing is missing")
        .into();
    let url = format!("https://{authority}/");
    let signable = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))
        .expect("a good request");
    let (signature, _) = sign(signable, &parameters).expect("a signature").into_parts();

    let mut request = format!("POST / HTTP/1.1\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers.into_iter().chain(signature.headers()) {
        request.extend([name, ": ", value, "\r\n"]);
    }
    request.extend(["\r\n", body]);
    request.into_bytes()
}

/// That of a 200 with a length.
async fn body(stream: &mut TlsStream<TcpStream>) -> Vec<u8> {
    let mut answer = Vec::new();
    let (start, length) = loop {
        read_more(stream, &mut answer).await;
        if let Some(start) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = str::from_utf8(&answer[..start]).expect("a head");
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            break (start + 4, length.parse::<usize>().expect("a number"));
        }
    };
    while answer.len() < start + length {
        read_more(stream, &mut answer).await;
    }
    answer.split_off(start)
}

async fn read_more(stream: &mut TlsStream<TcpStream>, answer: &mut Vec<u8>) {
    assert!(stream.read_buf(answer).await.expect("an answer") > 0, "the connection was closed: {answer:?}");
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
