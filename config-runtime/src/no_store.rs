//! The store where there is none: without the feature `ssm`, and on wasm32.

use std::collections::BTreeMap;

use crate::environment::Environment;
use crate::plan::{Answer, Lookup};
use crate::problem::ProblemKind;

/// Every value that must be fetched is a problem.
pub(crate) async fn answers(_: &Environment, lookups: &[&Lookup]) -> Result<BTreeMap<String, Answer>, ProblemKind> {
    Ok(lookups.iter().map(|lookup| (lookup.path.clone(), Answer::Failed(ProblemKind::WithoutSsm))).collect())
}
