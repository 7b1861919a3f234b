//! HTTPS with a certificate of the store's own, which its clients find in a file.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempPath;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::Stream;
use crate::StartError;

/// The store's side of TLS. The private key is in memory alone.
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    /// Removed with it.
    certificate: TempPath,
}

impl Tls {
    /// Makes a key pair and writes its certificate to a new file.
    pub(crate) fn new() -> Result<Self, StartError> {
        let server = |reason: String| StartError::Server(io::Error::other(reason));
        let hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(hosts).map_err(|err| server(err.to_string()))?;
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).map_err(|err| server(err.to_owned()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key))
            .map_err(|err| server(err.to_string()))?;
        let certificate = written(&cert.pem()).map_err(StartError::Certificate)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }

    /// Where the certificate is.
    pub(crate) fn certificate(&self) -> &Path {
        &self.certificate
    }

    pub(crate) async fn accept(&self, socket: TcpStream) -> io::Result<Stream> {
        self.acceptor.accept(socket).await.map(|stream| Stream::Tls(Box::new(stream)))
    }
}

/// A file of the user's own, in the system's folder for such files. Its path is absolute: a client may be started in another folder.
fn written(certificate: &str) -> io::Result<TempPath> {
    let mut file = tempfile::Builder::new().prefix("bind-config-local-").suffix(".pem").tempfile()?;
    file.write_all(certificate.as_bytes())?;
    Ok(file.into_temp_path())
}
