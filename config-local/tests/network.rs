//! How a store is reached: over HTTPS, and as late as it was told.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

#[cfg(unix)]
mod scratch;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bind_config_local::{Fault, LocalSsm};
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
    let (ssm, another) = (LocalSsm::builder().tls().start().unwrap(), LocalSsm::builder().tls().start().unwrap());
    let (certificate, of_another) = (ssm.certificate_file().unwrap(), another.certificate_file().unwrap());

    for host in ["localhost", "127.0.0.1"] {
        let answer = ask(ssm.address(), certificate, host).await.unwrap();
        assert!(answer.contains("MissingAuthenticationTokenException"), "{host}: {answer}");
    }

    assert!(ask(ssm.address(), of_another, "localhost").await.is_err());
    assert_eq!(ssm.endpoint(), format!("https://{}", ssm.address()));
    let variables = ssm.variables("orders", "dev");
    assert_eq!(variables.value("AWS_ENDPOINT_URL_SSM"), Some(ssm.endpoint().as_str()));
    assert_eq!(variables.value("AWS_CA_BUNDLE").map(Path::new), Some(certificate));
}

#[test]
fn a_store_without_tls_has_no_certificate() {
    let ssm = LocalSsm::start().unwrap();

    assert_eq!(ssm.certificate_file(), None);
    assert_eq!(ssm.variables("orders", "dev").value("AWS_CA_BUNDLE"), None);
}

#[tokio::test]
async fn who_speaks_no_tls_is_not_answered() {
    let ssm = LocalSsm::builder().tls().start().unwrap();
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
    let ssm = LocalSsm::builder().tls().start().unwrap();
    let certificate = ssm.certificate_file().unwrap();

    ssm.inject(Fault::truncate().times(1));
    let answer = ask(ssm.address(), certificate, "localhost").await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let announced =
        head.to_ascii_lowercase().split_once("content-length: ").unwrap().1.split_once('\r').unwrap().0.to_owned();
    assert_eq!(announced.parse::<usize>().unwrap() / 2, body.len(), "{answer}");

    ssm.inject(Fault::reset().times(1));
    let error = ask(ssm.address(), certificate, "localhost").await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn an_answer_comes_no_sooner_than_the_network_and_the_service_allow() {
    const TURN: Duration = Duration::from_millis(3);
    let builder = LocalSsm::builder().round_trip(TURN).latency(Duration::from_millis(7));
    let (plain, tls) = (builder.clone().start().unwrap(), builder.tls().start().unwrap());

    let begun = Instant::now();
    ask(tls.address(), tls.certificate_file().unwrap(), "localhost").await.unwrap();
    // TCP, TLS, and the request.
    assert!(begun.elapsed() >= 3 * TURN + Duration::from_millis(7), "{:?}", begun.elapsed());

    let begun = Instant::now();
    let mut socket = TcpStream::connect(plain.address()).await.unwrap();
    socket.write_all(REQUEST).await.unwrap();
    socket.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(begun.elapsed() >= 2 * TURN + Duration::from_millis(7), "{:?}", begun.elapsed());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use bind_config_local::StartError;

    use super::*;
    use crate::scratch::{Scratch, given_path, run_again};

    #[test]
    fn the_certificate_is_all_that_is_written_and_goes_with_the_store() {
        let Some(folder) = given_path() else {
            let scratch = Scratch::new();
            return pass_with_temporary_files_in(
                scratch.path(),
                "unix::the_certificate_is_all_that_is_written_and_goes_with_the_store",
            );
        };
        let files = || -> Vec<PathBuf> { folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect() };

        let ssm = LocalSsm::builder().tls().start().unwrap();

        assert_eq!(files(), [ssm.certificate_file().unwrap()]);
        assert_eq!(files()[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(ssm);
        assert_eq!(files(), [""; 0].map(PathBuf::from));
    }

    #[test]
    fn a_certificate_that_cannot_be_written_names_the_folder() {
        let Some(folder) = given_path() else {
            let scratch = Scratch::new();
            return pass_with_temporary_files_in(
                &scratch.path().join("nowhere"),
                "unix::a_certificate_that_cannot_be_written_names_the_folder",
            );
        };

        let error = LocalSsm::builder().tls().start().unwrap_err();

        let expected = "the certificate of the local SSM could not be written to the folder for temporary files";
        assert_eq!(error.to_string(), expected);
        let StartError::Certificate(source) = error else { panic!("{error:?}") };
        assert!(source.to_string().contains(folder.to_str().unwrap()), "{source}");
    }

    /// The test, once more in a process of its own: the folder for temporary files is what the environment says.
    fn pass_with_temporary_files_in(folder: &Path, test: &str) {
        let shell = format!("export TMPDIR='{}'", folder.display());
        let (mut child, output) = run_again(test, &shell, folder);

        let said = std::io::read_to_string(output).unwrap();

        assert!(child.wait().unwrap().success() && said.contains("1 passed"), "{said}");
    }
}
