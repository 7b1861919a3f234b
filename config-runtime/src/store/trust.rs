//! Whom TLS trusts: the roots that are in the binary, unless the environment names others.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_rustls::TlsConnector;

use super::file;
use super::http::Http;
use super::proxy::Proxies;
use crate::environment::Environment;
use crate::problem::ProblemKind;

/// Where a bundle of roots can be named: the AWS tools' variable, then OpenSSL's.
pub(super) const BUNDLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// A client for `https://` endpoints, and others.
pub(crate) fn client_with_tls(environment: &Environment) -> Result<Http, ProblemKind> {
    let unusable = |_| ProblemKind::Client { reason: "TLS could not be set up".to_owned() };
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(roots(environment)?)
        .with_no_client_auth();
    // A start has no session before it to resume, and is over when there is one.
    config.resumption = Resumption::disabled();
    Ok(Http::secure(TlsConnector::from(Arc::new(config)), Proxies::of(environment)))
}

/// The certificates to trust: those of the environment's bundle alone, if it names one.
fn roots(environment: &Environment) -> Result<RootCertStore, ProblemKind> {
    match BUNDLES.into_iter().find_map(|name| Some((name, environment.setting(name)?))) {
        Some((name, path)) => bundle(name, path),
        // Parsed when the binary was built.
        None => Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }),
    }
}

/// The usable certificates of a bundle: those of systems have some that are not.
fn bundle(variable: &'static str, path: &str) -> Result<RootCertStore, ProblemKind> {
    let bad = |reason: String| ProblemKind::BadRoots { variable, path: path.to_owned(), reason };
    let bytes = file::read(path).map_err(|error| bad(format!("cannot be read: {error}")))?;
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok));
    if store.is_empty() { Err(bad("has no certificate in PEM form".to_owned())) } else { Ok(store) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_replaces_the_roots_of_the_binary() {
        let path = std::env::temp_dir().join(format!("bind-config-roots-{}.pem", std::process::id()));
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&path, own.cert.pem()).unwrap();

        // The variable of AWS comes before OpenSSL's.
        let bundles = [("SSL_CERT_FILE", "/nowhere"), ("AWS_CA_BUNDLE", path.to_str().unwrap())];
        let replaced = roots(&bundles.into_iter().collect());
        std::fs::remove_file(&path).unwrap();

        assert_eq!(replaced.unwrap().len(), 1);
        assert_eq!(roots(&Environment::default()).unwrap().len(), webpki_roots::TLS_SERVER_ROOTS.len());
    }
}
