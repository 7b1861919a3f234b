//! The store where there is none: without the feature `ssm`, and on wasm32.

use std::collections::BTreeMap;

use crate::environment::Environment;
use crate::plan::{Answer, Lookup};
use crate::problem::ProblemKind;

/// There is no way to AWS.
pub(crate) fn network_variables() -> impl Iterator<Item = &'static str> {
    std::iter::empty()
}

/// The end of what ends at once.
pub(crate) struct Deadline;

impl Deadline {
    pub(crate) fn of(_: &Environment) -> Self {
        Deadline
    }

    pub(crate) async fn aloud<T>(&self, wanted: impl Future<Output = T>) -> T {
        wanted.await
    }

    #[cfg(all(feature = "watch", not(target_family = "wasm")))]
    pub(crate) async fn sleep(&self, time: std::time::Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Every value that must be fetched is a problem.
pub(crate) async fn answers(
    _: &Environment,
    lookups: &[&Lookup],
    _: &Deadline,
) -> Result<BTreeMap<String, Answer>, ProblemKind> {
    Ok(lookups.iter().map(|lookup| (lookup.path.clone(), Answer::Failed(ProblemKind::WithoutSsm))).collect())
}

/// The same.
#[cfg(all(feature = "watch", not(target_family = "wasm")))]
#[expect(clippy::unused_async, reason = "where there is a store it awaits")]
pub(crate) async fn editions(
    _: &Environment,
    names: std::collections::BTreeSet<&String>,
    _: &Deadline,
) -> Result<BTreeMap<String, Answer>, ProblemKind> {
    Ok(names.into_iter().map(|name| (name.clone(), Answer::Failed(ProblemKind::WithoutSsm))).collect())
}

/// There is no value to compare.
#[cfg(all(feature = "watch", not(target_family = "wasm")))]
pub(crate) fn is_opaque(_: &str) -> bool {
    false
}

/// Nor to order.
#[cfg(all(feature = "watch", not(target_family = "wasm")))]
pub(crate) fn has_selector(_: &str) -> bool {
    false
}
