//! How a configuration is first loaded, and its task begun.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::edition::{Editions, load};
use super::health::Confirmed;
use super::keeper::{EVERY, Keeper, Rhythm, SHORTEST};
use super::mark::{Marks, Seen};
use super::{Shared, Upkeep, Watched};
use crate::bound::{Loadable, Loaded, Loading};
use crate::environment::Environment;
use crate::generated::Bindings;
use crate::load::{Ssm, observed, refuse_snapshot, warn, warn_of_other_bindings, without_runtime};
use crate::plan::Start;
use crate::problem::{Problem, ProblemKind};
use crate::report::LoadError;
use crate::store::Deadline;

/// How a [`Watched`] configuration is refreshed.
#[must_use = "nothing is loaded until `load` is awaited"]
pub struct Builder<T> {
    every: Duration,
    max_age: Option<Duration>,
    of: PhantomData<fn() -> T>,
}

impl<T: Bindings> Builder<T> {
    pub(super) fn new() -> Self {
        Builder { every: EVERY, max_age: None, of: PhantomData }
    }

    /// How often the store is asked; five minutes by default, a second at least, a year at most.
    ///
    /// Each wait is drawn anew, from three quarters of it to five quarters, so that a fleet that started at once does not ask
    /// at once. After a failure the store is asked sooner: after half a minute to a minute, then up to two, four, and so on up
    /// to this time, by lot.
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// How long ago the store may have confirmed the values, for [`Watched::within_age`] and
    /// [`Health::is_too_old`](super::Health::is_too_old); without end by default. Some multiple of [`every`](Builder::every), so that
    /// a few refreshes may fail; where it is less than twice that, the store is asked more often, twice in this time. Two seconds
    /// at least. A refresh that gets no answer fails after twenty seconds (eight in a Lambda function on demand), and
    /// [`Health::failing`](super::Health::failing) has the reason from then on.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age.max(SHORTEST * 2));
        self
    }

    /// Loads from the process's environment and SSM as a start does, and begins to refresh.
    ///
    /// # Panics
    ///
    /// tokio's own panic on a runtime without time or IO, as of [`Bound::load`](crate::Bound::load).
    ///
    /// # Errors
    ///
    /// Every problem of the start at once. Nothing is refreshed then.
    pub fn load(self) -> Loading<Watched<T>>
    where
        T: Loadable,
    {
        Loading::new(async { self.before_snapshot(Environment::process()).await })
    }

    /// [`load`](Builder::load) from an environment of yours.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Builder::load).
    pub fn load_from(self, environment: &Environment) -> Loading<Watched<T>> {
        let environment = environment.clone();
        Loading::new(self.before_snapshot(environment))
    }

    /// [`load`](Builder::load) for the hook after a SnapStart restore: before the snapshot `load` refuses to run.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Builder::load).
    pub fn load_after_restore(self) -> Loading<Watched<T>>
    where
        T: Loadable,
    {
        Loading::new(async { self.of_ssm(Environment::process()).await })
    }

    async fn before_snapshot(self, environment: Environment) -> Result<Watched<T>, LoadError> {
        refuse_snapshot(T::table(), &environment)?;
        self.of_ssm(environment).await
    }

    async fn of_ssm(self, environment: Environment) -> Result<Watched<T>, LoadError> {
        warn_of_other_bindings(T::table(), &environment);
        self.begin(Ssm, environment).await
    }

    pub(super) async fn begin(self, store: impl Editions, environment: Environment) -> Result<Watched<T>, LoadError> {
        let runtime = Handle::try_current().map_err(|_| without_runtime(T::table(), &environment))?;
        let asked = Instant::now();
        let hasher = std::hash::RandomState::new();
        let deadline = Deadline::of(&environment);
        let (mut marks, mut seen) = (Marks::new(), Seen::default());
        let loaded = deadline.aloud(load(&store, &environment, &hasher, &deadline, &mut marks));
        let edition = observed(T::table(), loaded).await?;
        seen.learn(&marks);
        if marks.is_empty() {
            warn("the environment has every value itself: none of them is followed");
        }

        let (requests, received) = mpsc::unbounded_channel();
        let current = ArcSwap::new(Arc::clone(&edition.loaded));
        let (bell, editions) = watch::channel(edition);
        let shared = Arc::new(Shared {
            current,
            confirmed: Confirmed::at(asked),
            failing: Mutex::new(None),
            max_age: self.max_age,
            editions,
            upkeep: Upkeep::Task {
                requests,
                gone: LoadError::new(
                    &Start::new(T::table(), &environment).0,
                    vec![Problem::of_start(ProblemKind::RuntimeGone)],
                )
                .of_a_refresh(),
            },
        });
        let keeper = Keeper {
            store,
            environment,
            hasher,
            marks,
            seen,
            bell,
            requests: received,
            shared: Arc::downgrade(&shared),
            rhythm: Rhythm::new(self.every, self.max_age),
        };
        runtime.spawn(keeper.keep());
        Ok(Watched(shared))
    }
}

impl<T> Builder<T> {
    /// [`Watched::fixed`] of an age, as if nothing had been confirmed since: for tests of what a program does where
    /// [`max_age`](Builder::max_age) is over. It does not grow.
    pub fn fixed_at_age(self, config: impl Into<Loaded<T>>, age: Duration) -> Watched<T> {
        Watched::of_age(config.into(), age, self.max_age)
    }
}

impl<T> Clone for Builder<T> {
    fn clone(&self) -> Self {
        Builder { ..*self }
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("every", &self.every).field("max_age", &self.max_age).finish()
    }
}
