//! One load at a time, whose outcome is everybody's who waits for it on the same runtime.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};
use place::{Place, Term, drive};

#[cfg_attr(not(all(feature = "ssm", not(target_family = "wasm"))), path = "flight/no_place.rs")]
mod place;

/// What a load that is under way is, for whoever waits.
type Load<E> = Pin<Box<dyn Future<Output = Result<Result<(), E>, Ended>> + Send>>;

/// The load ended without an outcome.
#[derive(Clone)]
enum Ended {
    /// A panic, and what it said, for the first who hears of it.
    Panic(Arc<Mutex<Option<Box<dyn Any + Send>>>>),
    /// The runtime that drove it has gone.
    Gone,
}

/// The loads under way, one for each runtime: sockets and timers are those of a runtime, and nobody can know whether another
/// one will be driven. A load is a task of its runtime: whoever began it may drop it, or hold it and not poll it.
pub(crate) struct Flight<E>(Mutex<Vec<UnderWay<E>>>);

struct UnderWay<E> {
    place: Place,
    load: WeakShared<Load<E>>,
    term: Term,
}

impl<E: Clone + Send + Sync + 'static> Flight<E> {
    pub(crate) const fn new() -> Self {
        Flight(Mutex::new(Vec::new()))
    }

    /// Waits for the load that is under way, or begins one. What everybody has dropped is not under way, nor what nobody
    /// has driven to its deadline. `None` where the runtime has gone.
    pub(crate) async fn join<L>(&self, begin: impl Fn() -> L) -> Option<Result<(), E>>
    where
        L: Future<Output = Result<(), E>> + Send + 'static,
    {
        loop {
            let place = Place::here();
            match self.board(place, &begin).await {
                Ok(outcome) => return Some(outcome),
                Err(Ended::Panic(said)) => {
                    let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
                    resume_unwind(said.unwrap_or_else(|| Box::new("the load that this one waited for panicked")))
                }
                Err(Ended::Gone) if Place::here() == place => return None,
                // It is awaited on another runtime now.
                Err(Ended::Gone) => {}
            }
        }
    }

    /// The load that is under way here, or a new one.
    fn board<L>(&self, place: Place, begin: impl Fn() -> L) -> Shared<Load<E>>
    where
        L: Future<Output = Result<(), E>> + Send + 'static,
    {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().find(|one| one.place == place && !one.term.is_over());
        if let Some(load) = known.and_then(|one| one.load.upgrade()).filter(|load| load.peek().is_none()) {
            return load;
        }
        let load: Load<E> = Box::pin(run(begin()));
        let load = load.shared();
        all.retain(|one| one.place != place && one.load.upgrade().is_some_and(|load| load.peek().is_none()));
        all.extend(load.downgrade().map(|load| UnderWay { place, load, term: Term::begin() }));
        load
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

    type Outcome = Option<Result<(), &'static str>>;

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
        outcome == Some(expected)
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
    async fn what_nobody_has_driven_to_its_deadline_is_begun_anew() {
        let (flight, begun) = (Flight::<&str>::new(), counter());
        let mut held = Box::pin(flight.join(pending));
        assert!(held.as_mut().now_or_never().is_none());
        tokio::time::sleep(Duration::from_secs(21)).await;

        assert!(is(flight.join(|| slow(begun, Ok(()))).await, Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_load_that_nobody_waits_for_any_more_ends() {
        let (flight, alive) = (Flight::<&str>::new(), Arc::new(()));
        let load = || {
            let alive = Arc::clone(&alive);
            async move {
                let () = pending().await;
                drop(alive);
                Ok(())
            }
        };
        assert!(flight.join(load).now_or_never().is_none());
        tokio::time::sleep(Duration::from_millis(1)).await;

        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn each_runtime_has_a_load_of_its_own() {
        let (flight, begun) = (Flight::new(), counter());
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let still = runtime();
        let mut held = Box::pin(flight.join(|| slow(begun, Err("of the one that stands still"))));
        assert!(still.block_on(async { held.as_mut().now_or_never().is_none() }));

        assert!(is(runtime().block_on(flight.join(|| slow(begun, Ok(())))), Ok(())));

        assert!(is(still.block_on(held), Err("of the one that stands still")));
        assert_eq!(begun.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_load_whose_runtime_has_gone_is_begun_anew_where_it_is_awaited() {
        let (flight, begun) = (Flight::new(), counter());
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let gone = runtime();
        let mut moved = Box::pin(flight.join(|| slow(begun, Ok(()))));
        assert!(gone.block_on(async { moved.as_mut().now_or_never().is_none() }));
        drop(gone);

        assert!(is(runtime().block_on(moved), Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_everybodys_who_waited_and_the_next_begins_anew() {
        let flight: &'static Flight<&str> = Box::leak(Box::new(Flight::new()));
        let panicking = || async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            panic!("a type of the user's");
        };
        let first = tokio::spawn(async move { flight.join(panicking).await });
        let second = tokio::spawn(async move { flight.join(panicking).await });

        let said = [first.await.unwrap_err().into_panic(), second.await.unwrap_err().into_panic()];

        let own = said.iter().filter(|said| said.downcast_ref() == Some(&"a type of the user's")).count();
        let others =
            said.iter().filter(|said| said.downcast_ref() == Some(&"the load that this one waited for panicked"));
        assert_eq!((own, others.count()), (1, 1));
        assert!(is(flight.join(|| ready(Ok(()))).await, Ok(())));
    }
}
