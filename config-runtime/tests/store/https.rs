//! HTTPS: roots of the environment, and roots of the binary; proxies on the way.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bind_config_local::{LocalSsm, Variables};
use bind_config_runtime::ProblemKind;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::bindings::{bind, secret};
use crate::credentials::{endpoint, with_session};
use crate::{APP, STAGE, kinds, load, store, variables};

/// A host that only the proxy knows.
const BEHIND: &str = "ssm.test";

/// TLS in front of a server, with a certificate of its own: the endpoint, and the certificate as PEM.
async fn terminate_tls(behind: SocketAddr) -> (String, String) {
    terminate_tls_with(behind, certificate()).await
}

fn certificate() -> CertificateParams {
    CertificateParams::new(["localhost".to_owned(), BEHIND.to_owned()]).unwrap()
}

async fn terminate_tls_with(behind: SocketAddr, certificate: CertificateParams) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut client) = acceptor.accept(connection).await else { return };
                let mut server = TcpStream::connect(behind).await.unwrap();
                // A client that hangs up is no matter of this test.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (endpoint, certificate.pem())
}

async fn with_tls() -> (LocalSsm, Variables, String) {
    with_tls_of(certificate()).await
}

async fn with_tls_of(certificate: CertificateParams) -> (LocalSsm, Variables, String) {
    let ssm = store();
    bind(vec![secret("A")]);
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();
    let (endpoint, pem) = terminate_tls_with(ssm.address(), certificate).await;
    let variables = variables(&ssm).with("AWS_ENDPOINT_URL_SSM", endpoint);
    (ssm, variables, pem)
}

struct Bundle(std::path::PathBuf);

impl Bundle {
    fn new(name: &str, pem: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bind-config-{name}-{}.pem", std::process::id()));
        std::fs::write(&path, pem).unwrap();
        Bundle(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn a_bundle_of_the_environment_replaces_the_roots_and_its_unusable_certificates_do_not_matter() {
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let (_ssm, variables, pem) = with_tls().await;
        let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let bundle = Bundle::new(variable, &format!("# comment\n{broken}{pem}"));

        let config = load(variables.with(variable, bundle.path())).await.unwrap();

        assert_eq!(config.value("A"), Some("value"), "{variable}");
    }
}

#[tokio::test]
async fn a_bundle_without_certificates_is_named() {
    let (_ssm, variables, _) = with_tls().await;
    let bundle = Bundle::new("empty", "nothing here\n");

    let error = load(variables.with("AWS_CA_BUNDLE", bundle.path())).await.unwrap_err();

    let (path, reason) = (bundle.path().to_owned(), "has no certificate in PEM form".to_owned());
    assert_eq!(kinds(&error), [(None, ProblemKind::BadRoots { variable: "AWS_CA_BUNDLE", path, reason })]);
}

#[tokio::test]
async fn a_certificate_that_no_root_of_the_binary_signed_is_not_trusted() {
    let (ssm, variables, _) = with_tls().await;
    let endpoint = variables.value("AWS_ENDPOINT_URL_SSM").unwrap().to_owned();

    let error = load(variables).await.unwrap_err();

    let reason = "is signed by nobody whom this program trusts";
    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::Untrusted { endpoint, reason })]);
    assert!(!error.is_retryable());
    assert!(ssm.calls().is_empty());
}

#[tokio::test]
async fn a_certificate_of_another_host_or_another_time_is_told_as_one() {
    let (mut old, mut early) = (certificate(), certificate());
    old.not_after = date_time_ymd(2001, 1, 1);
    early.not_before = date_time_ymd(4000, 1, 1);
    let of_another_time = "has expired or is not valid yet, by the clock of this machine";
    for (name, certificate, host, reason) in [
        ("host", certificate(), "127.0.0.1", "is of another host"),
        ("old", old, "localhost", of_another_time),
        ("early", early, "localhost", of_another_time),
    ] {
        let (ssm, variables, pem) = with_tls_of(certificate).await;
        let bundle = Bundle::new(name, &pem);
        let endpoint = variables.value("AWS_ENDPOINT_URL_SSM").unwrap().replace("localhost", host);
        let variables = variables.with("AWS_CA_BUNDLE", bundle.path()).with("AWS_ENDPOINT_URL_SSM", &endpoint);

        let error = load(variables).await.unwrap_err();

        assert_eq!(kinds(&error), [(Some("A"), ProblemKind::Untrusted { endpoint, reason })], "{name}");
        assert!(ssm.calls().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_containers_endpoint_can_have_tls() {
    let (_ssm, variables, body) = with_session();
    let (url, _head) = endpoint("200 OK", body);
    let behind = url.trim_start_matches("http://").trim_end_matches("/v1/credentials").parse().unwrap();
    let (url, pem) = terminate_tls(behind).await;
    let bundle = Bundle::new("container", &pem);

    let variables = variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/v1/credentials"));
    let config = load(variables.with("AWS_CA_BUNDLE", bundle.path())).await;

    assert_eq!(config.unwrap().value("A"), Some("value"));
}

#[tokio::test]
async fn a_containers_endpoint_whose_certificate_is_not_trusted_is_told_nothing() {
    let (_ssm, variables, body) = with_session();
    let (url, head) = endpoint("200 OK", body);
    let behind = url.trim_start_matches("http://").trim_end_matches("/v1/credentials").parse().unwrap();
    let (url, _) = terminate_tls(behind).await;
    let endpoint = format!("{url}/v1/credentials");

    let error = load(variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &endpoint)).await.unwrap_err();

    let reason = "is signed by nobody whom this program trusts";
    assert_eq!(kinds(&error), [(None, ProblemKind::Untrusted { endpoint, reason })]);
    assert!(!head.is_finished());
}

/// A proxy that answers like this, and what it was asked.
async fn proxy(behind: SocketAddr, answer: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (address, heads) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = client.read_u8().await else { return };
                    head.push(byte);
                }
                seen.lock().unwrap().push(String::from_utf8(head).unwrap());
                client.write_all(answer.as_bytes()).await.unwrap();
                // A client that hangs up is no matter of this test, nor one who has nothing behind him.
                let Ok(mut server) = TcpStream::connect(behind).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address, heads)
}

struct Behind {
    ssm: LocalSsm,
    variables: Variables,
    /// What the proxy was asked.
    heads: Arc<Mutex<Vec<String>>>,
    proxy: SocketAddr,
    _bundle: Bundle,
}

/// A store that is there through a proxy alone, which answers like this.
async fn behind_a_proxy(name: &str, answer: &'static str) -> Behind {
    let (ssm, variables, pem) = with_tls().await;
    let bundle = Bundle::new(name, &pem);
    let port = variables.value("AWS_ENDPOINT_URL_SSM").unwrap().rsplit_once(':').unwrap().1.to_owned();
    let (proxy, heads) = proxy(format!("127.0.0.1:{port}").parse().unwrap(), answer).await;
    let variables = variables
        .with("AWS_CA_BUNDLE", bundle.path())
        .with("AWS_ENDPOINT_URL_SSM", format!("https://{BEHIND}:{port}"))
        .with("HTTPS_PROXY", format!("http://me:hunter2@{proxy}"));
    Behind { ssm, variables, heads, proxy, _bundle: bundle }
}

#[tokio::test]
async fn a_store_is_asked_through_the_proxy_of_the_environment() {
    let behind = behind_a_proxy("proxy", "HTTP/1.1 200 Connection established\r\n\r\n").await;

    let config = load(behind.variables).await.unwrap();

    assert_eq!(config.value("A"), Some("value"));
    let head = behind.heads.lock().unwrap()[0].to_ascii_lowercase();
    assert!(head.starts_with("connect ssm.test:"), "{head}");
    assert!(head.contains("proxy-authorization: basic bwu6ahvudgvymg==\r\n"), "{head}");
    assert_eq!(behind.ssm.calls().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_lets_nobody_through_is_named_and_is_told_its_password_once() {
    for (answer, status) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 9\r\n\r\n", 407),
        ("HTTP/1.0 403 Forbidden\r\n\r\n", 403),
        ("HTTP/1.1 401 Unauthorized\r\n\r\n", 401),
    ] {
        let behind = behind_a_proxy(&format!("refusal-{status}"), answer).await;

        let error = load(behind.variables).await.unwrap_err();

        let (proxy, variable) = (behind.proxy.to_string(), "HTTPS_PROXY");
        assert_eq!(kinds(&error), [(Some("A"), ProblemKind::ProxyRefused { proxy, variable, status })]);
        assert!(!error.is_retryable() && !error.to_string().contains("hunter2"), "{error}");
        assert_eq!(behind.heads.lock().unwrap().len(), 1, "{status}");
        assert!(behind.ssm.calls().is_empty());
    }
}

#[tokio::test]
async fn a_proxy_that_has_an_error_of_its_own_is_asked_again_and_its_password_is_not_shown() {
    let behind = behind_a_proxy("error", "HTTP/1.1 502 Bad Gateway\r\n\r\n").await;

    let error = load(behind.variables.with("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")).await.unwrap_err();

    let ProblemKind::Unreachable { endpoint } = error.problems()[0].kind() else { panic!("{error}") };
    let (endpoint, way) = endpoint.split_once(' ').unwrap();
    assert!(endpoint.starts_with("https://ssm.test:"), "{endpoint}");
    assert_eq!(way, format!("(through the proxy {} of HTTPS_PROXY)", behind.proxy));
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert!(behind.heads.lock().unwrap().len() > 1);
    assert!(behind.ssm.calls().is_empty());
}

#[tokio::test]
async fn a_proxy_in_front_of_a_containers_endpoint_is_asked_once_as_well() {
    let (_ssm, variables, _) = with_session();
    let (proxy, heads) =
        proxy("127.0.0.1:1".parse().unwrap(), "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let variables = variables
        .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("https://{BEHIND}/v1/credentials"))
        .with("HTTPS_PROXY", format!("http://me:hunter2@{proxy}"));

    let error = load(variables).await.unwrap_err();

    let (proxy, variable) = (proxy.to_string(), "HTTPS_PROXY");
    assert_eq!(kinds(&error), [(None, ProblemKind::ProxyRefused { proxy, variable, status: 407 })]);
    let heads = heads.lock().unwrap();
    assert!(heads.len() == 1 && heads[0].starts_with("CONNECT ssm.test:443 HTTP/1.1\r\n"), "{heads:?}");
}

#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_told_at_once() {
    let behind = behind_a_proxy("socks", "").await;

    let error = load(behind.variables.with("HTTPS_PROXY", "socks5://me:hunter2@proxy")).await.unwrap_err();

    assert_eq!(kinds(&error), [(None, ProblemKind::BadProxy { variable: "HTTPS_PROXY" })]);
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert!(behind.heads.lock().unwrap().is_empty());
}
