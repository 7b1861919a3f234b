//! The deadline of one start or refresh: what comes before it, how much time is left, and time that nobody had.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bind_config_manifest::printed::shortened;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::environment::Environment;
use crate::lambda::patience;
use crate::load::warn;

/// When people want to be told that something is under way.
const SLOW: Duration = Duration::from_secs(3);
/// How often a load that was frozen has its time anew.
const THAWS: u32 = 3;

/// When it ends at the latest.
pub(crate) struct Deadline {
    patience: Duration,
    end: Mutex<Instant>,
    thaws: AtomicU32,
    /// Who is waited for: credentials first.
    endpoint: OnceLock<String>,
}

impl Deadline {
    /// From now on, as long as a load here may take.
    pub(crate) fn of(environment: &Environment) -> Self {
        Self::new(patience(environment))
    }

    pub(crate) fn new(patience: Duration) -> Self {
        let end = Mutex::new(Instant::now() + patience);
        Deadline { patience, end, thaws: AtomicU32::new(0), endpoint: OnceLock::new() }
    }

    /// From now on it is waited for this one.
    pub(super) fn waits_for(&self, endpoint: &str) {
        self.endpoint.get_or_init(|| endpoint.to_owned());
    }

    /// What people wait for: they are told where it takes long.
    pub(crate) async fn aloud<T>(&self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = pin!(wanted);
        // What is there at once needs no clock, nor a runtime.
        if let Poll::Ready(came) = poll_fn(|context| Poll::Ready(wanted.as_mut().poll(context))).await {
            return came;
        }
        if let Ok(came) = timeout(SLOW, wanted.as_mut()).await {
            return came;
        }
        warn(&self.slow());
        wanted.await
    }

    fn slow(&self) -> String {
        let (after, end) = (SLOW.as_secs(), self.patience.as_secs());
        let from = shortened(self.endpoint.get().map_or("the sources of AWS credentials", String::as_str), 300);
        format!("still loading after {after} seconds, from {from}; it ends after {end} at the latest")
    }

    /// What comes before the deadline, or `None`.
    pub(crate) async fn before_end<T>(&self, wanted: impl Future<Output = T>) -> Option<T> {
        let mut wanted = pin!(wanted);
        loop {
            let end = self.end();
            match timeout_at(end, &mut wanted).await {
                Ok(came) => {
                    self.renew_if_frozen(end);
                    return Some(came);
                }
                Err(_) if self.renew_if_frozen(end) => {}
                Err(_) => return None,
            }
        }
    }

    /// What comes within `time`, or `None`.
    pub(super) async fn within<T>(&self, time: Duration, wanted: impl Future<Output = T>) -> Option<T> {
        let end = Instant::now() + time;
        let came = timeout_at(end, wanted).await.ok();
        self.renew_if_frozen(end);
        came
    }

    /// Waits. Whether the process stood still meanwhile, and there is time all the same.
    pub(crate) async fn sleep(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        sleep_until(end).await;
        self.renew_if_frozen(end)
    }

    /// How much time is left, if any.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.end().saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    fn end(&self) -> Instant {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a load its time anew where the process stood still in what should have ended at `due`, for longer than a whole
    /// start may take: it was frozen, as Lambda does between two requests. Time that nobody had is not counted. Whether it
    /// was frozen, and has time all the same.
    fn renew_if_frozen(&self, due: Instant) -> bool {
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
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::future::{join, join_all};
    use tokio::task::yield_now;
    use tokio::time::{advance, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_load_that_takes_long_says_from_where_and_until_when() {
        let of_lambda = Deadline::of(&[("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")].into_iter().collect());
        assert_eq!(
            of_lambda.slow(),
            "still loading after 3 seconds, from the sources of AWS credentials; it ends after 8 at the latest"
        );
        let deadline = Deadline::of(&Environment::default());
        deadline.waits_for("http://127.0.0.1:9");
        assert_eq!(
            deadline.slow(),
            "still loading after 3 seconds, from http://127.0.0.1:9; it ends after 20 at the latest"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_freeze_before_the_first_request_is_not_counted_either() {
        let patience = Duration::from_secs(8);
        let deadline = Deadline::new(patience);

        let credentials = deadline.before_end(sleep(Duration::from_secs(3601)));

        assert_eq!(join(credentials, stand_still(Duration::from_hours(1))).await, (Some(()), ()));
        assert!(deadline.before_end(sleep(patience)).await.is_none());
    }

    /// The process stands still for so long, once everybody waits.
    async fn stand_still(time: Duration) {
        yield_now().await;
        advance(time).await;
    }

    /// The same, while so many batches wait for a second.
    async fn freeze(deadline: &Deadline, time: Duration, batches: usize) {
        let batches = (0..batches).map(|_| deadline.within(Duration::from_secs(1), pending::<()>()));
        join(join_all(batches), stand_still(time)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_is_slow_has_no_time_anew() {
        let deadline = Deadline::new(Duration::from_secs(8));

        freeze(&deadline, Duration::from_millis(8900), 1).await;

        assert_eq!(deadline.left(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn all_batches_together_have_their_time_anew_three_times() {
        let patience = Duration::from_secs(8);
        let deadline = Deadline::new(patience);
        for _ in 0..3 {
            freeze(&deadline, Duration::from_hours(1), 5).await;
            assert_eq!(deadline.left(), Some(patience));
        }

        freeze(&deadline, Duration::from_hours(1), 5).await;

        assert_eq!(deadline.left(), None);
        assert!(!deadline.sleep(Duration::ZERO).await, "there is no time");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_at_the_thaw_leaves_the_whole_time() {
        let patience = Duration::from_secs(8);
        let deadline = Deadline::new(patience);

        let credentials = deadline.before_end(sleep(Duration::from_secs(3)));

        assert_eq!(join(credentials, stand_still(Duration::from_hours(1))).await, (Some(()), ()));
        assert_eq!(deadline.left(), Some(patience));
    }
}
