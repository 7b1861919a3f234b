//! The HTTP client of the SDK: ring, and roots that are in the binary unless the environment names others.

use aws_sdk_ssm::config::SharedHttpClient;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::dns::System;
use crate::environment::Environment;
use crate::problem::ProblemKind;

/// Where a bundle of roots can be named: the AWS tools' variable, then OpenSSL's.
const BUNDLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// A client for `http://` endpoints: one that trusts nobody, because the one without TLS has a resolver of its own.
pub(crate) fn plain_client() -> Result<SharedHttpClient, ProblemKind> {
    Ok(client_with(context_with(TrustStore::empty())?))
}

/// A client for `https://` endpoints.
pub(crate) fn client(environment: &Environment) -> Result<SharedHttpClient, ProblemKind> {
    Ok(client_with(context(environment)?))
}

fn client_with(context: TlsContext) -> SharedHttpClient {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context);
    super::bounded::client(client.build_with_resolver(System))
}

/// What asks one `https://` endpoint that is not AWS's.
pub(crate) fn connector(environment: &Environment) -> Result<Connector, ProblemKind> {
    let context = context(environment)?;
    Ok(Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_with_resolver(System))
}

fn context(environment: &Environment) -> Result<TlsContext, ProblemKind> {
    context_with(TrustStore::empty().with_pem_certificate(roots(environment)?))
}

fn context_with(store: TrustStore) -> Result<TlsContext, ProblemKind> {
    let unusable = |_| ProblemKind::Client { reason: "TLS could not be set up".to_owned() };
    TlsContext::builder().with_trust_store(store).build().map_err(unusable)
}

/// The certificates to trust, as PEM: those of the environment's bundle alone, if it names one.
fn roots(environment: &Environment) -> Result<String, ProblemKind> {
    match BUNDLES.into_iter().find_map(|name| Some((name, environment.setting(name)?))) {
        Some((name, path)) => bundle(name, path),
        None => Ok(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(pem).collect()),
    }
}

/// The usable certificates of a bundle. The SDK panics at one that is not, and the bundles of systems have such.
fn bundle(variable: &'static str, path: &str) -> Result<String, ProblemKind> {
    let bad = |reason: String| ProblemKind::BadRoots { variable, path: path.to_owned(), reason };
    let bytes = super::read(path).map_err(|error| bad(format!("cannot be read: {error}")))?;
    let mut store = rustls::RootCertStore::empty();
    let usable: String = CertificateDer::pem_slice_iter(&bytes)
        .filter_map(Result::ok)
        .filter(|certificate| store.add(certificate.clone()).is_ok())
        .map(|certificate| pem(&certificate))
        .collect();
    if usable.is_empty() {
        return Err(bad("has no certificate in PEM form".to_owned()));
    }
    Ok(usable)
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        aws_smithy_types::base64::encode(certificate)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_is_bounded() {
        for client in [plain_client(), client(&Environment::default())] {
            let client = format!("{:?}", client.unwrap());
            assert!(client.contains("Bounded("), "{client}");
        }
    }

    #[test]
    fn a_bundle_replaces_the_roots_of_the_binary() {
        let own = pem(&webpki_root_certs::TLS_SERVER_ROOT_CERTS[0]);
        let path = std::env::temp_dir().join(format!("bind-config-roots-{}.pem", std::process::id()));
        std::fs::write(&path, &own).unwrap();

        // The variable of AWS comes before OpenSSL's.
        let bundles = [("SSL_CERT_FILE", "/nowhere"), ("AWS_CA_BUNDLE", path.to_str().unwrap())];
        let replaced = roots(&bundles.into_iter().collect());
        std::fs::remove_file(&path).unwrap();

        assert_eq!(replaced.unwrap(), own);
        let built_in = roots(&Environment::default()).unwrap();
        assert_eq!(built_in.matches("BEGIN CERTIFICATE").count(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
    }
}
