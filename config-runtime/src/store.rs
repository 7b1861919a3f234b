//! The store: asked only where a value is in it. Nothing outside of this module knows AWS.

use std::collections::BTreeMap;
#[cfg(feature = "watch")]
use std::collections::BTreeSet;

#[cfg(test)]
pub(crate) use answer::{Found, in_order};
pub(crate) use deadline::Deadline;
#[cfg(feature = "watch")]
pub(crate) use fetch::wave_of_editions;
#[cfg(test)]
pub(crate) use fetch::{Fault, Source};
pub(crate) use fetch::{Fetch, first_wave};
#[cfg(feature = "watch")]
pub(crate) use name::{has_selector, is_opaque};
use tokio::runtime::Handle;

use crate::environment::Environment;
use crate::generated::{Fetchable, FetchesSecrets};
use crate::plan::{Answer, Lookup};
use crate::problem::{CredentialsProblem, ProblemKind};

mod answer;
mod credentials;
mod deadline;
mod dns;
mod endpoint;
mod fetch;
mod file;
mod http;
mod name;
mod proxy;
mod sdk;
mod target;
mod trust;

use sdk::Ssm;

impl Fetchable for FetchesSecrets {}

/// Asks SSM for what the lookups name, once for each name.
pub(crate) async fn answers(
    environment: &Environment,
    lookups: &[&Lookup],
    deadline: &Deadline,
) -> Result<BTreeMap<String, Answer>, ProblemKind> {
    let first = first_wave(lookups);
    let source = connect(environment, deadline, first.len()).await?;
    let fetch = Fetch::new(&source, deadline, fetch::generator());
    let answers = fetch.all(lookups, first).await;
    #[cfg(feature = "tracing")]
    tracing::Span::current().record("fetched", answers.len()).record("requests", fetch.requests());
    Ok(answers)
}

/// Asks SSM which edition of a value it has under each name.
#[cfg(feature = "watch")]
pub(crate) async fn editions(
    environment: &Environment,
    names: BTreeSet<&String>,
    deadline: &Deadline,
) -> Result<BTreeMap<String, Answer>, ProblemKind> {
    let wave = wave_of_editions(&names);
    let source = connect(environment, deadline, wave.len()).await?;
    Ok(Fetch::new(&source, deadline, fetch::generator()).wave(wave).await)
}

/// The store, with so many connections on their way. That asks for credentials where a container's endpoint has them.
async fn connect(environment: &Environment, deadline: &Deadline, connections: usize) -> Result<Ssm, ProblemKind> {
    if Handle::try_current().is_err() {
        return Err(ProblemKind::OutsideRuntime);
    }
    // In a box: the SDK's chain is 26 KB, which every future that connects would carry, and move.
    let target = deadline.before_end(Box::pin(target::Target::of(environment))).await;
    let target = target.unwrap_or(Err(ProblemKind::Credentials(CredentialsProblem::TimedOut)))?;
    if let Some(uri) = &target.uri {
        target.http.begin(uri, connections);
    }
    deadline.waits_for(&target.name);
    Ok(Ssm::new(target))
}

/// The HTTP client of a start, for whoever asks AWS something else. `needs_tls` is false for an `http://` endpoint.
///
/// # Errors
///
/// The bundle of roots that the environment names cannot be used.
pub fn http_client(
    environment: &Environment,
    needs_tls: bool,
) -> Result<aws_sdk_ssm::config::SharedHttpClient, crate::problem::Problem> {
    client_of_start(environment, needs_tls)
        .map(aws_smithy_runtime_api::shared::IntoShared::into_shared)
        .map_err(crate::problem::Problem::of_start)
}

/// The variables that say how a client gets to AWS: whom it trusts, and through what.
pub(crate) fn network_variables() -> impl Iterator<Item = &'static str> {
    trust::BUNDLES.into_iter().chain(proxy::PROXIES).chain(proxy::EXCEPTIONS)
}

fn client_of_start(environment: &Environment, needs_tls: bool) -> Result<http::Http, ProblemKind> {
    if needs_tls { trust::client_with_tls(environment) } else { Ok(http::Http::plain()) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn credentials_that_do_not_come_are_no_missing_ones() {
        let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let endpoint = format!("http://{}/", silent.local_addr().unwrap());
        let environment = [("AWS_REGION", "eu-west-1"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.as_str())];

        let deadline = Deadline::new(Duration::from_millis(50));
        let asked = answers(&environment.into_iter().collect(), &[], &deadline).await;

        assert_eq!(asked.err(), Some(ProblemKind::Credentials(CredentialsProblem::TimedOut)));
    }

    #[tokio::test]
    async fn connections_are_on_their_way_before_anything_is_asked() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let environment = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "k"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_ENDPOINT_URL_SSM", endpoint.as_str()),
        ];
        let deadline = Deadline::new(Duration::from_secs(20));

        let ssm = connect(&environment.into_iter().collect(), &deadline, 3).await;

        // They come although nobody drives the client; where none is begun, none ever comes.
        for number in 1..=3 {
            let came = tokio::time::timeout(Duration::from_secs(30), listener.accept()).await;
            assert!(came.is_ok_and(|came| came.is_ok()), "connection {number}");
        }
        drop(ssm.unwrap());
    }
}
