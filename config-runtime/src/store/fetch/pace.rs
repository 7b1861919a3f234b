//! When to ask again: pauses by lot, and one request at a time where the store has too much to do.
//!
//! A quota cannot be stretched, only wasted. Of a thousand starts that each get half of what they need nobody starts, so that
//! whoever has something asks soon, whoever has nothing waits long, and gives up its place where it has fought for most of its
//! time. The figures are those with which `tests::burst` gets most out of AWS's default of 40 requests a second.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use tokio::sync::{Mutex, MutexGuard};

use crate::problem::ProblemKind;
use crate::store::Deadline;

/// The first pause is at most this long, each later one at most twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The same of a load that was throttled and has nothing yet, where it wants one batch.
const THROTTLED: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(4));
/// Where it wants several: for each of them, up to three.
const THROTTLED_BATCH: (Duration, Duration) = (Duration::from_millis(1500), Duration::from_millis(2500));
/// The longest pause of a load that was throttled and has something, for each batch that it still wants.
const NEARLY_DONE: Duration = Duration::from_millis(50);
/// In the last so many per cent of the time since it was first throttled, a load that has nothing and wants several batches
/// gives up. What came before says nothing about the quota: a store that recovers throttles.
const HOPELESS: u32 = 35;
/// A try that begins with less time left than this is the last one.
const LAST: Duration = Duration::from_secs(1);
/// So much time is left behind a pause for each batch that has no answer, since they wait for each other, and for as many
/// requests as may follow: a clock's correction, a refusal narrowed down, the fallbacks.
const ANSWER: Duration = Duration::from_millis(100);
const FOLLOWING: u32 = 3;

/// The pauses of one start.
pub(super) struct Pace<'a> {
    deadline: &'a Deadline,
    rng: std::sync::Mutex<Rng>,
    /// Whoever was throttled waits for it, and asks alone. It has how many pauses there were.
    turn: Mutex<u32>,
    /// How many batches are not answered.
    open: AtomicU32,
    has_answer: AtomicBool,
    /// How much time was left when it was first throttled, since it last met something else.
    left_when_throttled: std::sync::Mutex<Option<Duration>>,
    /// Why nothing is asked any more although there may be time.
    given_up: OnceLock<ProblemKind>,
}

/// A generator for the pauses of one load. That of the thread is part of a snapshot, and copies that are restored from one would
/// draw the same; but no two read the same nanosecond.
pub(crate) fn generator() -> Rng {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = u64::from(now.subsec_nanos()) | now.as_secs() << 30;
    Rng::with_seed(fastrand::u64(..) ^ nanos)
}

/// How one batch is asked for, again and again.
pub(super) struct Tries<'a> {
    pace: &'a Pace<'a>,
    pauses: u32,
    turn: Option<MutexGuard<'a, u32>>,
    is_last: bool,
}

impl<'a> Pace<'a> {
    pub(super) fn new(deadline: &'a Deadline, rng: Rng) -> Self {
        Pace {
            deadline,
            rng: std::sync::Mutex::new(rng),
            turn: Mutex::new(0),
            open: AtomicU32::new(0),
            has_answer: AtomicBool::new(false),
            left_when_throttled: std::sync::Mutex::default(),
            given_up: OnceLock::new(),
        }
    }

    pub(super) fn tries(&self) -> Tries<'_> {
        self.open.fetch_add(1, Ordering::Relaxed);
        Tries { pace: self, pauses: 0, turn: None, is_last: false }
    }

    /// How much time is left; `None` where there is nothing to be asked any more.
    pub(super) fn left(&self) -> Option<Duration> {
        self.deadline.left().filter(|_| self.given_up.get().is_none())
    }

    /// One batch has no try left: nobody is served by what the others would get.
    pub(super) fn give_up(&self, why: &ProblemKind) {
        self.given_up.get_or_init(|| why.clone());
    }

    pub(super) fn given_up(&self) -> Option<&ProblemKind> {
        self.given_up.get()
    }

    fn left_when_throttled(&self) -> std::sync::MutexGuard<'_, Option<Duration>> {
        self.left_when_throttled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// By lot, so much of this time.
    fn drawn_of(&self, longest: Duration) -> Duration {
        longest.mul_f64(self.rng.lock().unwrap_or_else(PoisonError::into_inner).f64())
    }

    /// The longest that the pause after so many others may be, of a load that was throttled. `None` where it has no hope.
    fn throttled(&self, pauses: u32) -> Option<Duration> {
        let left = self.left()?;
        let had = *self.left_when_throttled().get_or_insert(left);
        let open = self.open.load(Ordering::Relaxed).max(1);
        if self.has_answer.load(Ordering::Relaxed) {
            return Some(NEARLY_DONE.saturating_mul(open).min(LONGEST_PAUSE));
        }
        if open == 1 {
            return Some(doubled(THROTTLED, pauses));
        }
        let has_hope = left * 100 > had * HOPELESS;
        has_hope.then(|| doubled(THROTTLED_BATCH, pauses) * open.min(3))
    }
}

impl Tries<'_> {
    /// It has an answer.
    pub(super) fn answered(self) {
        self.pace.has_answer.store(true, Ordering::Relaxed);
    }

    /// Waits before the next try. False where there is none.
    pub(super) async fn pause(&mut self) -> bool {
        // What the quota did before an outage says nothing of what it does behind it.
        *self.pace.left_when_throttled() = None;
        if let Some(pauses) = self.turn.as_deref_mut() {
            *pauses = 0;
        }
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

    /// A pause by lot, full jitter: of a thousand that fail at once, no two ask again at once. One that leaves no time for
    /// the answers is drawn anew; in the last second, for a last try.
    async fn wait(&mut self, longest: Duration) -> bool {
        let Some(left) = self.pace.left() else { return false };
        if self.is_last {
            return false;
        }
        let mut pause = self.pace.drawn_of(longest);
        let answers = ANSWER.saturating_mul(self.pace.open.load(Ordering::Relaxed) + FOLLOWING);
        let most = left.saturating_sub(answers).max(left / 2);
        if pause >= most {
            self.is_last = left <= LAST;
            pause = self.pace.drawn_of(most);
        }
        if self.pace.deadline.sleep(pause).await {
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

#[cfg(test)]
mod tests {
    use futures_util::future::join;
    use tokio::task::yield_now;
    use tokio::time::advance;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(8);
    /// Whatever is drawn from it ends after the deadline, but for one draw in ten million.
    const BEYOND: Duration = Duration::from_hours(24 * 1000);

    #[test]
    fn two_loads_draw_different_pauses_although_the_threads_generator_is_the_same() {
        let draws = || {
            fastrand::seed(1);
            let mut rng = generator();
            std::thread::sleep(Duration::from_millis(1));
            rng.u64(..)
        };

        assert_ne!(draws(), draws());
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_load_waits_by_what_it_has_and_by_what_it_still_wants() {
        let deadline = Deadline::new(PATIENCE);
        let pace = Pace::new(&deadline, Rng::with_seed(1));
        let mut batches: Vec<_> = (0..5).map(|_| pace.tries()).collect();
        assert_eq!(pace.throttled(0), Some(THROTTLED_BATCH.0 * 3));
        batches.truncate(1);
        assert_eq!(pace.throttled(0), Some(THROTTLED.0));

        batches.extend([pace.tries(), pace.tries()]);
        pace.tries().answered();

        assert_eq!(pace.throttled(0), Some(NEARLY_DONE * 3));
        batches.truncate(1);
        assert_eq!(pace.throttled(0), Some(NEARLY_DONE));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_makes_the_next_throttle_the_first_one() {
        let deadline = Deadline::new(PATIENCE * 10);
        let pace = Pace::new(&deadline, Rng::with_seed(1));
        let mut tries = pace.tries();
        for _ in 0..5 {
            assert!(tries.pause_throttled().await);
        }
        assert_eq!(tries.turn.as_deref(), Some(&5));

        assert!(tries.pause().await);

        assert_eq!(tries.turn.as_deref(), Some(&0));
    }

    #[tokio::test(start_paused = true)]
    async fn in_the_last_second_a_pause_up_to_the_deadline_is_the_last_one() {
        let deadline = Deadline::new(LAST);
        let pace = Pace::new(&deadline, Rng::with_seed(1));
        let mut tries = pace.tries();

        assert!(tries.wait(BEYOND).await);
        assert!(!tries.pause().await);
    }

    #[tokio::test(start_paused = true)]
    async fn with_more_time_left_it_is_cut_short_for_the_answers_and_one_of_many() {
        let deadline = Deadline::new(PATIENCE);
        let pace = Pace::new(&deadline, Rng::with_seed(1));
        let mut batches = [pace.tries(), pace.tries(), pace.tries()];

        while deadline.left().is_some_and(|left| left > LAST) {
            assert!(batches[0].wait(BEYOND).await);
            assert!(deadline.left() >= Some(LAST / 2));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_freeze_in_the_last_pause_makes_it_one_of_many() {
        let deadline = Deadline::new(PATIENCE);
        let pace = Pace::new(&deadline, Rng::with_seed(1));
        let mut tries = pace.tries();
        advance(PATIENCE.saturating_sub(LAST / 2)).await;
        let freeze = async {
            yield_now().await;
            advance(Duration::from_hours(1)).await;
        };

        let (goes_on, ()) = join(tries.wait(BEYOND), freeze).await;

        assert!(goes_on);
        assert_eq!(deadline.left(), Some(PATIENCE));
        assert!(tries.pause().await);
        assert!(tries.pause().await);
    }
}
