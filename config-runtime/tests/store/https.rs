//! HTTPS: roots of the environment, and roots of the binary.

use std::net::SocketAddr;
use std::sync::Arc;

use bind_config_local::{LocalSsm, Variables};
use bind_config_runtime::ProblemKind;
use rustls_pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::bindings::{bind, secret};
use crate::credentials::{endpoint, with_session};
use crate::{APP, STAGE, kinds, load, store, variables};

/// TLS in front of a server, with a certificate of its own: the endpoint, and the certificate as PEM.
async fn terminate_tls(behind: SocketAddr) -> (String, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
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
    (endpoint, own.cert.pem())
}

async fn with_tls() -> (LocalSsm, Variables, String) {
    let ssm = store();
    bind(vec![secret("A")]);
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();
    let (endpoint, pem) = terminate_tls(ssm.address()).await;
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

    let error = load(variables.with("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")).await.unwrap_err();

    assert!(matches!(error.problems()[0].kind(), ProblemKind::Unreachable { .. }), "{error}");
    assert!(ssm.calls().is_empty());
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
