//! A function: what can be changed of it, its versions, its aliases, and how its last update went.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::clock::Moment;
use crate::parameter::Value;

/// One function.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) latest: Configuration,
    /// The published ones.
    pub(super) versions: BTreeMap<u64, Configuration>,
    pub(super) aliases: BTreeMap<String, Alias>,
    /// How many instances are kept warm, by version or alias.
    pub(super) provisioned: BTreeMap<String, u32>,
    pub(super) tags: BTreeMap<String, String>,
    /// The caller cannot decrypt its environment.
    pub(super) undecryptable: bool,
    pub(super) snap_start: bool,
    /// Why its updates fail.
    pub(super) failing: Option<String>,
    pub(super) status: Status,
    /// How many updates there were.
    pub(super) updates: usize,
}

/// What a version has of its own.
#[derive(Clone)]
pub(super) struct Configuration {
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) description: String,
    pub(super) key: Option<String>,
    pub(super) revision: String,
    pub(super) modified: Moment,
}

/// A name for a version.
pub(super) struct Alias {
    pub(super) version: String,
    pub(super) revision: String,
}

/// How the last update went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Successful,
    InProgress { since: Instant },
    Failed,
}

/// The version that is not published.
pub(super) const LATEST: &str = "$LATEST";

impl Function {
    /// Whether an update was in progress and is over now.
    pub(super) fn ends_update(&mut self, time: Duration) -> bool {
        let over = matches!(self.status, Status::InProgress { since } if since.elapsed() >= time);
        if over {
            self.status = if self.failing.is_some() { Status::Failed } else { Status::Successful };
        }
        over
    }

    /// The number of the version that a qualifier means, and the version.
    pub(super) fn select(&self, qualifier: &str) -> Option<(String, &Configuration)> {
        let version = self.aliases.get(qualifier).map_or(qualifier, |alias| &alias.version);
        if version == LATEST {
            return Some((version.to_owned(), &self.latest));
        }
        let (number, configuration) = self.versions.get_key_value(&version.parse().ok()?)?;
        Some((number.to_string(), configuration))
    }

    /// `$LATEST` and the published ones, in this order.
    pub(super) fn all_versions(&self) -> impl Iterator<Item = (String, &Configuration)> {
        let published = self.versions.iter().map(|(number, configuration)| (number.to_string(), configuration));
        std::iter::once((LATEST.to_owned(), &self.latest)).chain(published)
    }
}
