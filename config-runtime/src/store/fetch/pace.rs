//! When to ask again, and when no more: pauses by lot, one request at a time where the store has too much to do, one deadline.
//!
//! A quota cannot be stretched, only wasted. Of a thousand starts that each get half of what they need nobody starts, so that
//! whoever has something asks soon, whoever has nothing waits long, and near the end gives up its place. The figures are those
//! with which `tests::burst` gets most out of AWS's default of 40 requests a second.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::MutexGuard;
use tokio::time::{Instant, sleep, timeout_at};

use crate::problem::ProblemKind;

/// The first pause is at most this long, each later one at most twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The same of a load that was throttled and has nothing yet, where it wants one batch.
const THROTTLED: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(4));
/// Where it wants several: for each of them, up to three.
const THROTTLED_BATCH: (Duration, Duration) = (Duration::from_millis(1500), Duration::from_millis(2500));
/// The longest pause of a load that was throttled and has something, for each batch that it still wants.
const NEARLY_DONE: Duration = Duration::from_millis(50);
/// In the last so many per cent of its time, a load that has nothing and wants several batches gives up.
const HOPELESS: u32 = 35;
/// How often a load that was frozen has its time anew.
const THAWS: u32 = 3;

/// The deadline of one start, and its pauses.
pub(crate) struct Pace {
    patience: Duration,
    end: Mutex<Instant>,
    /// Whoever was throttled waits for it, and asks alone. It has how many pauses there were.
    turn: tokio::sync::Mutex<u32>,
    /// How many batches are not answered.
    open: AtomicU32,
    has_answer: AtomicBool,
    thaws: AtomicU32,
    /// Why nothing is asked any more, before the deadline or at it.
    given_up: OnceLock<ProblemKind>,
}

/// How one batch is asked for, again and again.
pub(super) struct Tries<'a> {
    pace: &'a Pace,
    pauses: u32,
    turn: Option<MutexGuard<'a, u32>>,
    is_last: bool,
}

impl Pace {
    pub(crate) fn new(patience: Duration) -> Self {
        Pace {
            patience,
            end: Mutex::new(Instant::now() + patience),
            turn: tokio::sync::Mutex::new(0),
            open: AtomicU32::new(0),
            has_answer: AtomicBool::new(false),
            thaws: AtomicU32::new(0),
            given_up: OnceLock::new(),
        }
    }

    /// What comes before the deadline, or `None`.
    pub(crate) async fn before_end<T>(&self, wanted: impl Future<Output = T>) -> Option<T> {
        let mut wanted = pin!(wanted);
        loop {
            let end = self.end();
            match timeout_at(end, &mut wanted).await {
                Ok(came) => return Some(came),
                Err(_) if self.has_thawed(end) => {}
                Err(_) => return None,
            }
        }
    }

    /// What comes within `time`, or `None`.
    pub(super) async fn within<T>(&self, time: Duration, wanted: impl Future<Output = T>) -> Option<T> {
        let end = Instant::now() + time;
        let came = timeout_at(end, wanted).await.ok();
        self.has_thawed(end);
        came
    }

    /// How much time is left; `None` where there is nothing to be asked any more.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.end().saturating_duration_since(Instant::now());
        (!left.is_zero() && self.given_up.get().is_none()).then_some(left)
    }

    /// One batch has no try left: nobody is served by what the others would get.
    pub(super) fn give_up(&self, why: &ProblemKind) {
        self.given_up.get_or_init(|| why.clone());
    }

    pub(super) fn given_up(&self) -> Option<&ProblemKind> {
        self.given_up.get()
    }

    pub(super) fn tries(&self) -> Tries<'_> {
        self.open.fetch_add(1, Ordering::Relaxed);
        Tries { pace: self, pauses: 0, turn: None, is_last: false }
    }

    fn end(&self) -> Instant {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the process stood still in what should have ended at `due`, for longer than a whole start may take: it was
    /// frozen, as Lambda does between two requests. Time that nobody had is not counted.
    fn has_thawed(&self, due: Instant) -> bool {
        if due.elapsed() <= self.patience {
            return false;
        }
        let (mut end, now) = (self.end.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        // Once for all batches, and not without end.
        if *end < now && self.thaws.fetch_add(1, Ordering::Relaxed) < THAWS {
            *end = now + self.patience;
        }
        *end > now
    }

    /// The longest that the pause after so many others may be, of a load that was throttled. `None` where it has no hope.
    fn throttled(&self, pauses: u32) -> Option<Duration> {
        let open = self.open.load(Ordering::Relaxed).max(1);
        if self.has_answer.load(Ordering::Relaxed) {
            return Some(NEARLY_DONE.saturating_mul(open).min(LONGEST_PAUSE));
        }
        if open == 1 {
            return Some(doubled(THROTTLED, pauses));
        }
        let (first, longest) = THROTTLED_BATCH;
        let has_hope = self.left()? * 100 > self.patience * HOPELESS;
        has_hope.then(|| doubled((first, longest), pauses) * open.min(3))
    }
}

impl Tries<'_> {
    /// It has an answer.
    pub(super) fn answered(self) {
        self.pace.has_answer.store(true, Ordering::Relaxed);
    }

    /// Waits before the next try. False where there is none.
    pub(super) async fn pause(&mut self) -> bool {
        let longest = doubled((FIRST_PAUSE, LONGEST_PAUSE), self.pauses);
        self.pauses += 1;
        self.wait(longest).await
    }

    /// The same where the store has too much to do: the batches of a load wait for each other.
    pub(super) async fn pause_throttled(&mut self) -> bool {
        if self.turn.is_none() {
            let (turn, was_free) = match self.pace.turn.try_lock() {
                Ok(turn) => (turn, true),
                Err(_) => (self.pace.turn.lock().await, false),
            };
            self.turn = Some(turn);
            // Whoever had it before has just waited, and got an answer.
            if !was_free {
                return self.pace.left().is_some();
            }
        }
        let pauses = self.turn.as_deref_mut().map_or(0, |pauses| std::mem::replace(pauses, *pauses + 1));
        match self.pace.throttled(pauses) {
            Some(longest) => self.wait(longest).await,
            None => false,
        }
    }

    /// A pause by lot, full jitter: of a thousand that fail at once, no two ask again at once. One that would end after the
    /// deadline is drawn anew from what is left, for a last try.
    async fn wait(&mut self, longest: Duration) -> bool {
        let Some(left) = self.pace.left() else { return false };
        if self.is_last {
            return false;
        }
        let mut pause = longest.mul_f64(fastrand::f64());
        if pause >= left {
            self.is_last = true;
            pause = left.mul_f64(fastrand::f64());
        }
        let end = Instant::now() + pause;
        sleep(pause).await;
        if self.pace.has_thawed(end) {
            self.is_last = false;
        }
        true
    }
}

impl Drop for Tries<'_> {
    fn drop(&mut self) {
        self.pace.open.fetch_sub(1, Ordering::Relaxed);
    }
}

fn doubled((first, longest): (Duration, Duration), times: u32) -> Duration {
    longest.min(first.saturating_mul(1 << times.min(16)))
}
