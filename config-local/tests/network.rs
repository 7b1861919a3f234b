//! How a store is reached: over HTTPS, and as late as it was told.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod scratch;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bind_config_local::{Fault, LocalSsm, StartError};
use scratch::Scratch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// One request by whoever trusts the certificate of the file, and all that is answered.
async fn ask(address: SocketAddr, certificate: &Path, host: &'static str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
    let socket = TcpStream::connect(address).await?;
    let mut stream = connector.connect(ServerName::try_from(host).unwrap(), socket).await?;
    stream.write_all(REQUEST).await?;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    // It closes the connection without the farewell of TLS.
    if let Err(error) = read
        && error.kind() != std::io::ErrorKind::UnexpectedEof
    {
        return Err(error);
    }
    Ok(String::from_utf8(answer).unwrap())
}

#[tokio::test]
async fn a_store_speaks_https_with_the_certificate_that_it_wrote() {
    let (scratch, other) = (Scratch::new(), Scratch::new());
    let (certificate, of_another) = (scratch.path().join("own.pem"), other.path().join("other.pem"));
    let ssm = LocalSsm::builder().tls(&certificate).start().unwrap();
    let _another = LocalSsm::builder().tls(&of_another).start().unwrap();

    for host in ["localhost", "127.0.0.1"] {
        let answer = ask(ssm.address(), &certificate, host).await.unwrap();
        assert!(answer.contains("MissingAuthenticationTokenException"), "{host}: {answer}");
    }

    assert!(ask(ssm.address(), &of_another, "localhost").await.is_err());
    assert_eq!(ssm.endpoint(), format!("https://{}", ssm.address()));
    let variables = ssm.variables("orders", "dev");
    assert_eq!(variables.value("AWS_ENDPOINT_URL_SSM"), Some(ssm.endpoint().as_str()));
    assert_eq!(Path::new(variables.value("AWS_CA_BUNDLE").unwrap()), certificate.canonicalize().unwrap());
}

#[tokio::test]
async fn who_speaks_no_tls_is_not_answered() {
    let scratch = Scratch::new();
    let ssm = LocalSsm::builder().tls(scratch.path().join("own.pem")).start().unwrap();
    let mut socket = TcpStream::connect(ssm.address()).await.unwrap();

    socket.write_all(REQUEST).await.unwrap();

    let mut answer = Vec::new();
    // An alert of TLS, and the end.
    let _ = socket.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));
    assert!(ssm.calls().is_empty());
}

#[tokio::test]
async fn what_goes_wrong_goes_wrong_over_https_too() {
    let scratch = Scratch::new();
    let certificate = scratch.path().join("own.pem");
    let ssm = LocalSsm::builder().tls(&certificate).start().unwrap();

    ssm.inject(Fault::truncate().times(1));
    let answer = ask(ssm.address(), &certificate, "localhost").await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let announced =
        head.to_ascii_lowercase().split_once("content-length: ").unwrap().1.split_once('\r').unwrap().0.to_owned();
    assert_eq!(announced.parse::<usize>().unwrap() / 2, body.len(), "{answer}");

    ssm.inject(Fault::reset().times(1));
    let error = ask(ssm.address(), &certificate, "localhost").await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_certificate_that_cannot_be_written_is_named() {
    let scratch = Scratch::new();
    let path = scratch.path().join("no folder/own.pem");

    let error = LocalSsm::builder().tls(&path).start().unwrap_err();

    assert!(matches!(&error, StartError::Certificate { path: named, .. } if *named == path), "{error:?}");
    let expected = format!("the certificate of the local SSM could not be written to `{}`", path.display());
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn an_answer_comes_no_sooner_than_the_network_and_the_service_allow() {
    const TURN: Duration = Duration::from_millis(3);
    let scratch = Scratch::new();
    let certificate = scratch.path().join("own.pem");
    let builder = LocalSsm::builder().round_trip(TURN).latency(Duration::from_millis(7));
    let (plain, tls) = (builder.clone().start().unwrap(), builder.tls(&certificate).start().unwrap());

    let begun = Instant::now();
    ask(tls.address(), &certificate, "localhost").await.unwrap();
    // TCP, TLS, and the request.
    assert!(begun.elapsed() >= 3 * TURN + Duration::from_millis(7), "{:?}", begun.elapsed());

    let begun = Instant::now();
    let mut socket = TcpStream::connect(plain.address()).await.unwrap();
    socket.write_all(REQUEST).await.unwrap();
    socket.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(begun.elapsed() >= 2 * TURN + Duration::from_millis(7), "{:?}", begun.elapsed());
}
