//! How the refreshes do. Holds no value.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::report::LoadError;

/// How the refreshes of a [`Watched`](super::Watched) configuration do. `Display` is one line.
///
/// # Security
///
/// Holds names, paths and rules, and no value.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// The time since the store last confirmed the values, whether they had changed or not.
    pub age: Duration,
    /// How old they may become, where the program said so.
    pub max_age: Option<Duration>,
    /// Whether anything refreshes the configuration: not where the runtime that loaded it has gone.
    pub is_running: bool,
    /// What the refreshes fail with; `None` where the last one succeeded.
    pub failing: Option<Failing>,
}

/// What refreshes fail with. `Debug` has the error in one line.
#[derive(Clone)]
#[non_exhaustive]
pub struct Failing {
    /// How long ago the first of them in a row was begun.
    pub lasting: Duration,
    /// How many in a row.
    pub failures: u32,
    /// What the last one failed with.
    pub error: LoadError,
}

impl fmt::Debug for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failing")
            .field("lasting", &self.lasting)
            .field("failures", &self.failures)
            .field("error", &self.error.summary())
            .finish()
    }
}

impl Health {
    /// What to make of it. Anything but [`HealthState::Fresh`] is something to be told of, and no reason to take a process out of
    /// service: what it has still works, and one that is started in its place needs the store.
    pub fn state(&self) -> HealthState {
        match self.failing {
            _ if self.is_too_old() => HealthState::TooOld,
            _ if !self.is_running => HealthState::Stopped,
            Some(_) => HealthState::Failing,
            None => HealthState::Fresh,
        }
    }

    /// Whether the values are older than the program wants them to be.
    pub fn is_too_old(&self) -> bool {
        self.max_age.is_some_and(|max_age| self.age > max_age)
    }
}

/// A [`Health`] in a word; where several hold, the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HealthState {
    /// The values are older than the program wants them to be.
    TooOld,
    /// Nothing refreshes them any more.
    Stopped,
    /// The last refresh failed.
    Failing,
    /// The store has confirmed them.
    Fresh,
}

impl HealthState {
    /// A word for metrics and structured logs; it stays the same.
    pub fn as_str(self) -> &'static str {
        match self {
            HealthState::TooOld => "too_old",
            HealthState::Stopped => "stopped",
            HealthState::Failing => "failing",
            HealthState::Fresh => "fresh",
        }
    }
}

impl fmt::Display for HealthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: confirmed {} s ago", self.state(), self.age.as_secs())?;
        if let Some(max_age) = self.max_age.filter(|_| self.is_too_old()) {
            write!(f, ", at most {} s are allowed", max_age.as_secs())?;
        }
        if let Some(Failing { lasting, failures, error }) = &self.failing {
            write!(f, "; failing for {} s, {failures} in a row: {}", lasting.as_secs(), error.summary())?;
        }
        Ok(())
    }
}

/// The store has not confirmed the values for longer than the program allows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooOld {
    /// The time since it last did.
    pub age: Duration,
    /// The longest that is allowed.
    pub max_age: Duration,
}

impl fmt::Display for TooOld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (age, max_age) = (self.age.as_secs(), self.max_age.as_secs());
        write!(f, "the configuration was last confirmed {age} s ago, and at most {max_age} s are allowed")
    }
}

impl std::error::Error for TooOld {}

/// When the store last confirmed the values. No lock: requests ask.
pub(super) struct Confirmed {
    first: Instant,
    /// Milliseconds after the first time.
    last: AtomicU64,
}

impl Confirmed {
    pub(super) fn at(first: Instant) -> Self {
        Confirmed { first, last: AtomicU64::new(0) }
    }

    pub(super) fn set(&self, at: Instant) {
        let later = at.saturating_duration_since(self.first).as_millis();
        self.last.store(u64::try_from(later).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn age(&self) -> Duration {
        self.first.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)))
    }
}
