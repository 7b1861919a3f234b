//! The store: asked only where a value is in it. Nothing outside of this module knows AWS.

use std::collections::BTreeMap;
use std::io::Read as _;

use crate::environment::Environment;
use crate::generated::{Fetchable, FetchesSecrets};
use crate::lambda::patience;
use crate::plan::{Answer, Lookup};
use crate::problem::ProblemKind;

mod bounded;
mod credentials;
mod dns;
mod endpoint;
mod fetch;
mod https;
mod ssm;

impl Fetchable for FetchesSecrets {}

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
    let source = connected
        .unwrap_or_else(|_| Err(ProblemKind::TimedOut { endpoint: "the sources of AWS credentials".to_owned() }))?;
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
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

const LARGEST_FILE: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_file_is_not_read() {
        assert_eq!(read("/").unwrap_err().to_string(), "it is no plain file");
    }

    #[test]
    fn a_file_of_more_than_16_mb_is_not_read() {
        let path = std::env::temp_dir().join(format!("bind-config-large-{}", std::process::id()));
        let file = std::fs::File::create(&path).unwrap();
        let read_at = |length| {
            file.set_len(length).unwrap();
            read(path.to_str().unwrap()).map(|bytes| bytes.len())
        };
        let (largest, larger) = (read_at(LARGEST_FILE), read_at(LARGEST_FILE + 1));
        std::fs::remove_file(&path).unwrap();

        assert_eq!(largest.unwrap(), 16 << 20);
        assert_eq!(larger.unwrap_err().to_string(), "it is larger than 16 MB");
    }
}
