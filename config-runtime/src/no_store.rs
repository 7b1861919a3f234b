//! The store where there is none: without the feature `ssm`, and on wasm32.

use std::collections::BTreeMap;

use crate::environment::Environment;
use crate::plan::{Answer, Lookup};
use crate::problem::ProblemKind;

/// When a load was begun.
pub(crate) struct Begun;

impl Begun {
    pub(crate) fn now() -> Self {
        Begun
    }

    #[expect(clippy::unused_self, reason = "with `ssm` it has a clock")]
    pub(crate) fn is_over(&self) -> bool {
        false
    }
}

/// Nobody waits for a load that fetches nothing.
pub(crate) async fn too_long() {
    std::future::pending::<()>().await;
}

/// Every value that must be fetched is a problem.
pub(crate) async fn answers(_: &Environment, lookups: &[&Lookup]) -> Result<BTreeMap<String, Answer>, ProblemKind> {
    Ok(lookups.iter().map(|lookup| (lookup.path.clone(), Answer::Failed(ProblemKind::WithoutSsm))).collect())
}
