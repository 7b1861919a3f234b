//! The store: asked only where a value is in it. Nothing outside of this module knows AWS.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::environment::Environment;
use crate::lambda::{InitializationType, initialization_type};
use crate::plan::{Answer, Lookup};
use crate::problem::ProblemKind;

mod bounded;
mod credentials;
mod endpoint;
mod fetch;
mod https;
mod ssm;

/// Asks SSM for what the lookups name, once for each name.
pub(crate) async fn answers(
    environment: &Environment,
    lookups: &[&Lookup],
) -> Result<BTreeMap<String, Answer>, ProblemKind> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(ProblemKind::OutsideRuntime);
    }
    let deadline = tokio::time::Instant::now() + patience(environment);
    // Connecting asks for credentials where a container's endpoint has them.
    let connected = tokio::time::timeout_at(deadline, ssm::Ssm::connect(environment)).await;
    let source = connected.unwrap_or(Err(ProblemKind::TimedOut))?;
    let fetch = fetch::Fetch::new(&source, deadline);
    let answers = fetch.all(lookups).await;
    #[cfg(feature = "tracing")]
    tracing::Span::current().record("fetched", answers.len()).record("requests", fetch.requests());
    Ok(answers)
}

/// A file that the environment names. Nothing but a plain file of a sensible size: a pipe would never end.
fn read(path: &str) -> std::io::Result<Vec<u8>> {
    let file = std::fs::metadata(path)?;
    if !file.is_file() {
        return Err(std::io::Error::other("it is no plain file"));
    }
    if file.len() > LARGEST_FILE {
        return Err(std::io::Error::other("it is larger than 16 MB"));
    }
    std::fs::read(path)
}

const LARGEST_FILE: u64 = 16 << 20;

/// How long a start may take: below Lambda's 10 seconds of init where they hold.
fn patience(environment: &Environment) -> Duration {
    match initialization_type(environment) {
        InitializationType::OnDemand => Duration::from_secs(8),
        InitializationType::SnapStart | InitializationType::Other => Duration::from_secs(20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_has_eight_seconds_where_lambda_has_ten_and_twenty_elsewhere() {
        let seconds =
            |kind: &str| patience(&[("AWS_LAMBDA_INITIALIZATION_TYPE", kind)].into_iter().collect()).as_secs();
        assert_eq!((seconds("on-demand"), seconds("snap-start"), seconds("provisioned-concurrency")), (8, 20, 20));
        assert_eq!(patience(&Environment::default()).as_secs(), 20);
    }

    #[test]
    fn what_is_no_plain_file_is_not_read() {
        assert_eq!(read("/").unwrap_err().to_string(), "it is no plain file");
    }
}
