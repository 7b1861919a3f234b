//! The task that keeps a configuration fresh: the timer, one refresh at a time, what becomes of its outcome. The only one that
//! writes what everybody reads.

use std::hash::RandomState;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use super::edition::{Edition, Editions, load_changed};
use super::mark::{Marks, Seen};
use super::{Failing, Shared};
use crate::environment::Environment;
use crate::generated::Bindings;
use crate::load::warn;
use crate::plan::Start;
use crate::problem::{Problem, ProblemKind};
use crate::report::LoadError;
use crate::store::Deadline;

/// The default of [`Builder::every`](super::Builder::every).
pub(super) const EVERY: Duration = Duration::from_mins(5);
/// The least: what is asked more often costs more than it tells.
pub(super) const SHORTEST: Duration = Duration::from_secs(1);
/// A year, in place of times that no clock has.
pub(super) const LONGEST: Duration = Duration::from_hours(365 * 24);
/// All callers of `retry_with_refresh` together ask the store at most once in this time.
const AFTER_ERRORS: Duration = Duration::from_secs(5);
/// How long a call that failed waits for a newer configuration.
pub(super) const RETRY: Duration = Duration::from_secs(3);
/// What failed is not asked again before, but for what is asked that often in any case.
const FIRST_RETRY: Duration = Duration::from_secs(30);

/// Somebody who waits for a refresh.
pub(super) struct Request {
    /// By an error that may have another reason, again and again.
    pub(super) after_error: bool,
    pub(super) answer: oneshot::Sender<Result<(), LoadError>>,
}

pub(super) struct Keeper<T, S> {
    pub(super) store: S,
    pub(super) environment: Environment,
    pub(super) hasher: RandomState,
    /// What is in use.
    pub(super) marks: Marks,
    pub(super) seen: Seen,
    pub(super) bell: watch::Sender<Edition<T>>,
    pub(super) requests: mpsc::UnboundedReceiver<Request>,
    /// Weak: who reads keeps the task, and not the task who reads.
    pub(super) shared: Weak<Shared<T>>,
    pub(super) rhythm: Rhythm,
}

type Refreshed<T> = Result<Option<(Edition<T>, Marks)>, LoadError>;

impl<T: Bindings, S: Editions> Keeper<T, S> {
    /// Until nobody has the configuration any more.
    pub(super) async fn keep(mut self) {
        let mut waiting: Vec<Request> = Vec::new();
        loop {
            // Who gave up waiting behind another refresh will ask again.
            waiting.retain(|request| !request.after_error || !request.answer.is_closed());
            if waiting.is_empty() {
                match timeout_at(self.rhythm.due, self.requests.recv()).await {
                    Ok(Some(request)) => waiting.push(request),
                    Ok(None) => return,
                    Err(_) => {}
                }
                waiting.extend(self.came());
            }
            let after_error = !waiting.is_empty() && waiting.iter().all(|request| request.after_error);
            if after_error && !self.rhythm.take_turn() {
                answer(waiting.drain(..), &Ok(()));
                continue;
            }
            let asked = Instant::now();
            let Some((refreshed, came)) = self.refresh().await else { return };
            let Some(outcome) = self.publish(asked, refreshed) else { return };
            answer(waiting, &outcome);
            // The store may have answered before what they know of happened.
            waiting = came;
        }
    }

    /// One refresh, and who asked for one meanwhile. `None` where nobody is there any more.
    async fn refresh(&mut self) -> Option<(Refreshed<T>, Vec<Request>)> {
        let deadline = Deadline::of(&self.environment);
        let Keeper { store, environment, hasher, marks, seen, requests, .. } = self;
        let refresh = load_changed::<T>(store, environment, hasher, marks, seen, &deadline);
        // What a panic leaves half done is dropped with the refresh.
        let mut refresh = pin!(AssertUnwindSafe(refresh).catch_unwind());
        let mut came = Vec::new();
        let refreshed = loop {
            match select(refresh.as_mut(), pin!(requests.recv())).await {
                Either::Left((refreshed, _)) => break refreshed,
                Either::Right((Some(request), _)) => came.push(request),
                Either::Right((None, _)) => return None,
            }
        };
        Some((refreshed.unwrap_or_else(|_| Err(panicked::<T>(environment))), came))
    }

    /// Who asked, and has not been heard yet.
    fn came(&mut self) -> impl Iterator<Item = Request> {
        std::iter::from_fn(|| self.requests.try_recv().ok())
    }

    /// Hands out what came, and says how it went. `None` where nobody is there any more.
    fn publish(&mut self, asked: Instant, refreshed: Refreshed<T>) -> Option<Result<(), LoadError>> {
        let shared = self.shared.upgrade()?;
        let fresh = match refreshed {
            Ok(fresh) => fresh,
            Err(error) => {
                let error = error.of_a_refresh();
                let failures = shared.failed(asked, &error);
                if failures == 1 {
                    let why = error.summary();
                    warn(&format!("the configuration cannot be refreshed, the values of before stay in use: {why}"));
                }
                self.rhythm.failed(failures);
                return Some(Err(error));
            }
        };
        if let Some((edition, marks)) = fresh {
            self.marks = marks;
            shared.current.store(Arc::clone(&edition.loaded));
            self.bell.send_replace(edition);
        }
        shared.confirmed.set(asked);
        // Not under the lock: who listens to the warning may ask for the health.
        let before = shared.failing().take();
        if let Some(Trouble { failures, .. }) = before {
            warn(&format!("the configuration is refreshed again (refreshes that failed: {failures})"));
        }
        self.rhythm.succeeded();
        Some(Ok(()))
    }
}

/// Types of the program's are caught one by one: this is anything else. The task goes on.
fn panicked<T: Bindings>(environment: &Environment) -> LoadError {
    let start = Start::new(T::table(), environment).0;
    LoadError::new(&start, vec![Problem::of_start(ProblemKind::Panicked)])
}

impl<T> Shared<T> {
    /// How many refreshes in a row have failed, with this one.
    fn failed(&self, asked: Instant, error: &LoadError) -> u32 {
        let mut failing = self.failing();
        let (since, failures) = failing.as_ref().map_or((asked, 0), |before| (before.since, before.failures));
        let failures = failures.saturating_add(1);
        *failing = Some(Trouble { since, failures, error: error.clone() });
        failures
    }
}

/// Nobody minds that a caller has gone.
fn answer(waiting: impl IntoIterator<Item = Request>, outcome: &Result<(), LoadError>) {
    for request in waiting {
        let _ = request.answer.send(outcome.clone());
    }
}

/// What refreshes fail with.
pub(super) struct Trouble {
    since: Instant,
    failures: u32,
    error: LoadError,
}

impl Trouble {
    pub(super) fn told(&self) -> Failing {
        Failing { lasting: self.since.elapsed(), failures: self.failures, error: self.error.clone() }
    }
}

/// When the next refresh is due.
pub(super) struct Rhythm {
    every: Duration,
    due: Instant,
    after_error: Option<Instant>,
}

impl Rhythm {
    /// Every so often, and twice in the age that the values may have.
    pub(super) fn new(every: Duration, max_age: Option<Duration>) -> Self {
        let every = max_age.map_or(every, |age| every.min(age / 2)).clamp(SHORTEST, LONGEST);
        let now = Instant::now();
        let mut rhythm = Rhythm { every, due: now, after_error: None };
        rhythm.succeeded();
        rhythm
    }

    /// From three quarters to five quarters of the time.
    fn succeeded(&mut self) {
        self.due = Instant::now() + self.every.mul_f64(0.75 + 0.5 * fastrand::f64());
    }

    /// Sooner, but not at once. Who asks more often than that in any case goes on to.
    fn failed(&mut self, failures: u32) {
        let longest = FIRST_RETRY.saturating_mul(1 << failures.min(16)).min(self.every);
        match longest.checked_sub(FIRST_RETRY) {
            Some(more) if !more.is_zero() => self.due = Instant::now() + FIRST_RETRY + more.mul_f64(fastrand::f64()),
            _ => self.succeeded(),
        }
    }

    fn take_turn(&mut self) -> bool {
        let may = self.after_error.is_none_or(|last| last.elapsed() >= AFTER_ERRORS);
        if may {
            self.after_error = Some(Instant::now());
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shortest and the longest of many waits, in seconds.
    fn waits(every: u64, next: impl Fn(&mut Rhythm)) -> (u64, u64) {
        let waits = (0..2000).map(|_| {
            let mut rhythm = Rhythm::new(Duration::from_secs(every), None);
            let before = Instant::now();
            next(&mut rhythm);
            (rhythm.due - before).as_secs()
        });
        waits.fold((u64::MAX, 0), |(shortest, longest), wait| (shortest.min(wait), longest.max(wait)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_three_quarters_to_five_quarters_of_the_time() {
        let (shortest, longest) = waits(400, Rhythm::succeeded);

        assert!((300..310).contains(&shortest) && (490..=500).contains(&longest), "{shortest} to {longest}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_failures_it_is_asked_sooner_and_never_sooner_than_half_a_minute() {
        for (failures, end) in [(1, 60), (2, 120), (3, 240), (4, 300), (40, 300)] {
            let (shortest, longest) = waits(300, |rhythm| rhythm.failed(failures));

            assert!((30..33).contains(&shortest), "after {failures}: {shortest}");
            assert!((end * 9 / 10..=end).contains(&longest), "after {failures}: {longest}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_every_few_seconds_asks_no_faster_because_of_failures() {
        let (shortest, longest) = waits(8, |rhythm| rhythm.failed(1));

        assert!(shortest >= 6 && longest <= 10, "{shortest} to {longest}");
    }
}
