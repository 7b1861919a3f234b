//! One load at a time, whose outcome is everybody's who waits for it.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::FutureExt as _;
use futures_util::future::{Either, Shared, WeakShared, select};

use crate::store::{Begun, drive};

/// What a load that is under way is, for whoever waits.
type Load<E> = Pin<Box<dyn Future<Output = Result<Result<(), E>, Ended>> + Send>>;

/// The load ended without an outcome.
#[derive(Clone)]
enum Ended {
    /// A panic, and what it said, for the one who began the load.
    Panic(Arc<Mutex<Option<Box<dyn Any + Send>>>>),
    /// The runtime that drove it has gone.
    Gone,
}

/// A load under way. It is driven as a task of the runtime on which it was begun, and of no other: its sockets and timers
/// are of that runtime, and whoever began it may drop it, or hold it and not poll it.
pub(crate) struct Flight<E>(Mutex<Option<(WeakShared<Load<E>>, Begun)>>);

/// Nobody drives the load.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Undriven {
    /// The runtime of the one that was waited for stands still.
    Stuck,
    /// The own runtime has gone.
    Gone,
}

impl<E: Clone + Send + Sync + 'static> Flight<E> {
    pub(crate) const fn new() -> Self {
        Flight(Mutex::new(None))
    }

    /// Waits for the load that is under way, or begins one. What everybody has dropped is not under way, nor what nobody
    /// has driven to its deadline.
    pub(crate) async fn join<L>(&self, begin: impl Fn() -> L) -> Result<Result<(), E>, Undriven>
    where
        L: Future<Output = Result<(), E>> + Send + 'static,
    {
        loop {
            let (load, waits_for) = self.board(&begin);
            let is_mine = waits_for.is_none();
            let outcome = match waits_for {
                None => load.await,
                Some(since) => match select(load, pin!(since.over())).await {
                    Either::Left((outcome, _)) => outcome,
                    Either::Right(_) => return Err(Undriven::Stuck),
                },
            };
            match outcome {
                Ok(outcome) => return Ok(outcome),
                Err(Ended::Panic(said)) if is_mine => {
                    let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
                    resume_unwind(said.unwrap_or_else(|| Box::new("the load panicked")))
                }
                Err(Ended::Gone) if is_mine => return Err(Undriven::Gone),
                // Another's type panicked, or another's runtime has gone.
                Err(_) => {}
            }
        }
    }

    /// The load that is under way, and since when; or a new one.
    fn board<L>(&self, begin: impl Fn() -> L) -> (Shared<Load<E>>, Option<Begun>)
    where
        L: Future<Output = Result<(), E>> + Send + 'static,
    {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = under_way.as_ref().filter(|(_, begun)| !begun.is_over());
        let known = known.and_then(|(load, begun)| Some((load.upgrade()?, *begun)));
        if let Some((load, begun)) = known.filter(|(load, _)| load.peek().is_none()) {
            return (load, Some(begun));
        }
        let load: Load<E> = Box::pin(run(begin()));
        let load = load.shared();
        *under_way = load.downgrade().map(|load| (load, Begun::now()));
        (load, None)
    }
}

/// Runs a load: at once where it need not wait, else as a task of this runtime.
async fn run<T: Send + 'static>(load: impl Future<Output = T> + Send + 'static) -> Result<T, Ended> {
    let panic = |said| Ended::Panic(Arc::new(Mutex::new(Some(said))));
    let mut load = Box::pin(AssertUnwindSafe(load).catch_unwind());
    let at_once = poll_fn(|context| Poll::Ready(load.as_mut().poll(context))).await;
    let outcome = match at_once {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => drive(load).await.ok_or(Ended::Gone)?,
    };
    outcome.map_err(panic)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;

    type Outcome = Result<Result<(), &'static str>, Undriven>;

    /// A load that takes a moment, then has this outcome; `begun` counts.
    async fn slow(begun: &'static AtomicU32, outcome: Result<(), &'static str>) -> Result<(), &'static str> {
        begun.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(1)).await;
        outcome
    }

    fn counter() -> &'static AtomicU32 {
        Box::leak(Box::default())
    }

    fn is(outcome: Outcome, expected: Result<(), &'static str>) -> bool {
        outcome.is_ok_and(|outcome| outcome == expected)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_shares_the_outcome_and_the_next_begins_anew() {
        let (flight, begun) = (Flight::new(), counter());
        let join = || flight.join(|| slow(begun, Err("no")));

        let (first, second, third) = futures_util::future::join3(join(), join(), join()).await;

        assert!([first, second, third].into_iter().all(|outcome| is(outcome, Err("no"))));
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        assert!(is(flight.join(|| slow(begun, Ok(()))).await, Ok(())));
        assert_eq!(begun.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_load_that_is_held_and_not_polled_keeps_nobody_waiting() {
        let (flight, begun) = (Flight::new(), counter());
        let mut held = Box::pin(flight.join(|| slow(begun, Ok(()))));
        assert!(held.as_mut().now_or_never().is_none());

        assert!(is(flight.join(|| slow(begun, Err("another"))).await, Ok(())));

        assert!(is(held.await, Ok(())));
        assert_eq!(begun.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_load_that_everybody_dropped_is_begun_anew() {
        let (flight, begun) = (Flight::new(), counter());
        assert!(flight.join(|| slow(begun, Err("dropped"))).now_or_never().is_none());

        assert!(is(flight.join(|| slow(begun, Ok(()))).await, Ok(())));
        assert_eq!(begun.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_load_that_nobody_can_drive_gives_up_and_the_next_begins_anew() {
        let flight = Flight::<&str>::new();
        let mut held = Box::pin(flight.join(pending));
        assert!(held.as_mut().now_or_never().is_none());
        tokio::time::sleep(Duration::from_secs(1)).await;
        let started = tokio::time::Instant::now();

        assert_eq!(flight.join(|| ready(Err("another"))).await, Err(Undriven::Stuck));

        // The load had twenty seconds when it was begun, and half a second is for its report.
        assert_eq!(started.elapsed().as_millis(), 19_500);
        assert!(is(flight.join(|| ready(Ok(()))).await, Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_that_of_the_one_who_began_and_whoever_waited_begins_anew() {
        let flight: &'static Flight<&str> = Box::leak(Box::new(Flight::new()));
        let panicking = || async {
            tokio::task::yield_now().await;
            panic!("a type of the user's");
        };
        let first = tokio::spawn(async move { flight.join(panicking).await.is_ok() });
        tokio::task::yield_now().await;

        assert!(is(flight.join(|| ready(Ok(()))).await, Ok(())));

        let said = first.await.unwrap_err().into_panic();
        assert_eq!(said.downcast_ref(), Some(&"a type of the user's"));
    }
}
