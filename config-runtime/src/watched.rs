//! A configuration that follows the store while the program runs. Not for the start alone: that is [`Bound`](crate::Bound).
//!
//! `builder` begins; `edition` and `mark` say what was loaded and whether the store still has that; `keeper` is the task that asks; `health` and `changes`
//! are what others learn of it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use edition::Edition;
use keeper::{RETRY, Request};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use self::health::Confirmed;
use crate::bound::{Loadable, Loaded, Loading};
use crate::environment::Environment;
use crate::generated::Bindings;
use crate::report::LoadError;
use crate::sources::Field;

mod builder;
mod changes;
mod edition;
mod health;
mod keeper;
mod mark;

pub use builder::Builder;
pub use changes::{Change, Changes, FieldChange};
pub use health::{Failing, Health, HealthState, TooOld};

/// A configuration that is refreshed in the background: for services that run for days, and whose secrets are rotated under
/// way. Cheap to clone.
///
/// ```no_run
/// # use bind_config_runtime as bind_config;
/// # use std::time::Duration;
/// # use bind_config::{LoadError, Loadable, Watched};
/// # async fn main_of<Config: Loadable>() -> Result<(), LoadError> {
/// let config = Watched::<Config>::builder().every(Duration::from_mins(1)).load().await?;
///
/// let now = config.current(); // an `Arc`: one configuration for a whole request, whatever is refreshed meanwhile
/// # drop(now);
/// # Ok(())
/// # }
/// ```
///
/// The first load is an ordinary start: the same report, the same deadline. From then on a task of the runtime asks the store,
/// about every five minutes, whether it still has what was loaded. That is one request for ten names, without decryption: it
/// looks at versions and times alone. Only where something changed is everything loaded anew, checked, and handed out in one
/// piece. A refresh that fails, or finds what does not fit, changes nothing: everybody keeps the last good configuration, and
/// [`health`](Watched::health) says so. **Nobody who reads ever waits.**
///
/// The store may answer from a reader that has not heard of the last change. What is older than what was seen already is refused,
/// and what may be, for a minute at most ([`Behind`](crate::ProblemKind::Behind)): a value that is deleted within a minute after it was set, or that is set
/// again within a minute after it was deleted, may be followed that much later.
///
/// The environment is that of the start: parameters and the names of secrets stay what they were, and a value that it has itself is
/// not followed (`bind-config bind` hands over such values; against `bind-config local start` a rotation can be seen). Credentials
/// of a container or of a profile are asked for at each refresh. Those of variables are as they were: where they expire, the
/// refreshes fail from then on. It takes the same rights as a start, `ssm:GetParameters` (and `kms:Decrypt` where it takes that).
///
/// The task ends when the last `Watched` of it is dropped, and its [`Changes`] end with it.
///
/// # In Lambda
///
/// It is for Managed Instances, ECS, EKS, EC2: processes that always run. A function on demand is frozen between two requests.
/// Nothing is refreshed there meanwhile, and a refresh that is due runs beside the request after the thaw, which does not see its
/// outcome yet. There `CONFIG` and a restart (`bind-config secrets set` does one) are simpler. A failed start is posted by
/// [`lambda::report`](crate::lambda::report).
///
/// # Security
///
/// Holds the values, and the environment that it was loaded from, credentials included. An old configuration goes when the last
/// `Arc` of it is dropped. `Debug` shows the [`Health`].
///
/// A refresh without a change decrypts nothing: what SSM sends in place of the values is their ciphertext, a string of the
/// client's for a moment, and what is stored as a plain `String`, as it is. The exception is Secrets Manager, whose secrets SSM
/// hands over decrypted or not at all. What is kept to compare those with is a keyed 64-bit hash, no second copy.
#[must_use = "nothing is refreshed once it is dropped"]
pub struct Watched<T>(Arc<Shared<T>>);

/// What all handles have in common, and the task writes.
struct Shared<T> {
    current: ArcSwap<Loaded<T>>,
    confirmed: Confirmed,
    failing: Mutex<Option<keeper::Trouble>>,
    max_age: Option<Duration>,
    editions: watch::Receiver<Edition<T>>,
    upkeep: Upkeep<T>,
}

/// What keeps it fresh.
enum Upkeep<T> {
    /// A task, which ends when `requests` does. `gone` is for who asks one that ended before.
    Task { requests: mpsc::UnboundedSender<Request>, gone: LoadError },
    /// Nothing: the program made it. Its changes end when this does, as those of a task.
    Fixed { age: Duration, _bell: watch::Sender<Edition<T>> },
}

impl<T> Watched<T> {
    /// The settings, each with a default.
    pub fn builder() -> Builder<T>
    where
        T: Bindings,
    {
        Builder::new()
    }

    /// [`Builder::load`] with the defaults.
    ///
    /// # Errors
    ///
    /// Those of a start.
    pub fn load() -> Loading<Self>
    where
        T: Loadable,
    {
        Self::builder().load()
    }

    /// [`Builder::load_from`] with the defaults.
    ///
    /// # Errors
    ///
    /// Those of a start.
    pub fn load_from(environment: &Environment) -> Loading<Self>
    where
        T: Bindings,
    {
        Self::builder().load_from(environment)
    }

    /// [`Builder::load_after_restore`] with the defaults.
    ///
    /// # Errors
    ///
    /// Those of a start.
    pub fn load_after_restore() -> Loading<Self>
    where
        T: Loadable,
    {
        Self::builder().load_after_restore()
    }

    /// A configuration that the program made, or [loaded](Loaded), and that nothing refreshes: for tests of code that takes a
    /// `Watched`. It needs no runtime and no store, and is always fresh; [`refresh`](Watched::refresh) succeeds and changes
    /// nothing, so that its [`changes`](Watched::changes) never come. What a rotation does is tested with a store inside the test
    /// (`bind-config-local`); what a program does with values that are too old, with [`Builder::fixed_at_age`].
    pub fn fixed(config: impl Into<Loaded<T>>) -> Self {
        Self::of_age(config.into(), Duration::ZERO, None)
    }

    fn of_age(loaded: Loaded<T>, age: Duration, max_age: Option<Duration>) -> Self {
        let loaded = Arc::new(loaded);
        let fields = loaded.sources().fields().iter().map(edition::Field::fixed).collect();
        let current = ArcSwap::new(Arc::clone(&loaded));
        let (bell, editions) = watch::channel(Edition { loaded, fields });
        Watched(Arc::new(Shared {
            current,
            confirmed: Confirmed::at(Instant::now()),
            failing: Mutex::new(None),
            max_age,
            editions,
            upkeep: Upkeep::Fixed { age, _bell: bell },
        }))
    }

    /// The last good configuration. Takes no lock, never fails and never waits.
    ///
    /// Take it once for a request, and all fields that the request reads are of one configuration. Functions take `&Config`, which
    /// `&config` is; [`Loaded`] says as well where each value came from.
    pub fn current(&self) -> Arc<Loaded<T>> {
        self.0.current.load_full()
    }

    /// The same for a moment: cheaper than [`current`](Watched::current), which counts who has it.
    ///
    /// For an expression or two. Hold no more than a few at once: where a thread holds many, all of them become as dear as
    /// `current`.
    pub fn read(&self) -> Guard<T> {
        Guard(self.0.current.load())
    }

    /// [`current`](Watched::current), for programs that would rather refuse a request than use values that the store has not
    /// confirmed for longer than [`max_age`](Builder::max_age).
    ///
    /// # Errors
    ///
    /// [`TooOld`]. Never where there is no `max_age`.
    pub fn within_age(&self) -> Result<Arc<Loaded<T>>, TooOld> {
        let age = self.0.age();
        match self.0.max_age {
            Some(max_age) if age > max_age => Err(TooOld { age, max_age }),
            _ => Ok(self.current()),
        }
    }

    /// How the refreshes do, for a health endpoint.
    pub fn health(&self) -> Health {
        self.0.health()
    }

    /// Asks the store now, and gives the configuration of after. All who ask while a refresh is under way share the next one: that one
    /// may have been answered before what they know of happened.
    ///
    /// # Errors
    ///
    /// What kept it from being refreshed: [`current`](Watched::current) is still the last good one.
    /// [`RuntimeGone`](crate::ProblemKind::RuntimeGone) where the runtime that loaded it has ended: then nothing refreshes it any more.
    pub async fn refresh(&self) -> Result<Arc<Loaded<T>>, LoadError> {
        self.request(false).await?;
        Ok(self.current())
    }

    /// Calls `call` with the current configuration, and where that fails, once more with a newer one: for a credential that was
    /// rotated under way.
    ///
    /// ```no_run
    /// # use bind_config_runtime as bind_config;
    /// # use bind_config::{Loadable, Watched};
    /// # struct Rows;
    /// # async fn query<T>(_: &T) -> Result<Rows, std::io::Error> { Ok(Rows) }
    /// # async fn handler<Config: Loadable>(config: &Watched<Config>) -> Result<Rows, std::io::Error> {
    /// config.retry_with_refresh(async |config| query(&*config).await).await
    /// # }
    /// ```
    ///
    /// Borrow what the call captures: an `async move` closure gives away what its second run needs.
    ///
    /// Where a newer configuration came since the call began, that is taken. Else the store is asked, and this caller waits for
    /// it, three seconds at most: what comes later is for the next one. All callers together ask at most once in five seconds, so
    /// that what fails for another reason does not become a storm of requests. `call` runs twice at most, whatever it failed with:
    /// for what must not be done twice, such as a payment, [`retry_with_refresh_if`](Watched::retry_with_refresh_if) says which
    /// errors a newer credential may mend.
    ///
    /// # Errors
    ///
    /// That of the second call, or of the first where there is no newer configuration: nothing changed, or the refresh failed or
    /// takes too long.
    ///
    /// # Panics
    ///
    /// tokio's own panic, on a runtime without time.
    pub async fn retry_with_refresh<R, E, F>(&self, call: impl FnMut(Arc<Loaded<T>>) -> F) -> Result<R, E>
    where
        F: Future<Output = Result<R, E>>,
    {
        self.retry_with_refresh_if(call, |_| true).await
    }

    /// [`retry_with_refresh`](Watched::retry_with_refresh), for the errors that a newer credential may mend.
    ///
    /// # Errors
    ///
    /// Those of [`retry_with_refresh`](Watched::retry_with_refresh); of the first call where `may_mend` says no.
    // Not `AsyncFnMut`: nothing can be said of its futures, and a call with captures would be no `Send` one in a task.
    pub async fn retry_with_refresh_if<R, E, F>(
        &self,
        mut call: impl FnMut(Arc<Loaded<T>>) -> F,
        may_mend: impl FnOnce(&E) -> bool,
    ) -> Result<R, E>
    where
        F: Future<Output = Result<R, E>>,
    {
        let tried = self.current();
        let error = match call(Arc::clone(&tried)).await {
            Err(error) if may_mend(&error) => error,
            outcome => return outcome,
        };
        if Arc::ptr_eq(&tried, &self.current()) {
            // Why it could not be refreshed is for `health`: the caller's own error says more to the caller. A refresh has the
            // deadline of a start, which nobody's request has.
            let _ = self.within(RETRY, self.request(true)).await;
        }
        let newer = self.current();
        if Arc::ptr_eq(&tried, &newer) { Err(error) } else { call(newer).await }
    }

    /// What comes in that time. Where nothing refreshes, there is nothing to wait for, nor a runtime.
    async fn within<R>(&self, time: Duration, wanted: impl Future<Output = R>) -> Option<R> {
        match self.0.upkeep {
            Upkeep::Task { .. } => tokio::time::timeout(time, wanted).await.ok(),
            Upkeep::Fixed { .. } => Some(wanted.await),
        }
    }

    async fn request(&self, after_error: bool) -> Result<(), LoadError> {
        let Upkeep::Task { requests, gone } = &self.0.upkeep else { return Ok(()) };
        let (answer, outcome) = oneshot::channel();
        requests.send(Request { after_error, answer }).map_err(|_| gone.clone())?;
        outcome.await.unwrap_or_else(|_| Err(gone.clone()))
    }
}

impl<T: Send + Sync + 'static> Watched<T> {
    /// What changes from now on, field by field. Take it before [`current`](Watched::current): else what changes between the two is
    /// seen by neither.
    pub fn changes(&self) -> Changes<T> {
        Changes::new(self.0.editions.clone(), None)
    }

    /// [`changes`](Watched::changes) of these fields alone: for a pool, say, that is made anew where its password changes.
    ///
    /// `bind_config::field!(Config, NAME)` makes a [`Field`]. What the environment itself has never changes.
    ///
    /// # Panics
    ///
    /// Where `fields` is empty: nothing would ever come.
    #[track_caller]
    pub fn changes_of(&self, fields: impl IntoIterator<Item = Field<T>>) -> Changes<T> {
        let wanted: Vec<&'static str> = fields.into_iter().map(Field::name).collect();
        assert!(!wanted.is_empty(), "there is no field to follow");
        Changes::new(self.0.editions.clone(), Some(wanted))
    }
}

impl<T> Shared<T> {
    fn health(&self) -> Health {
        let failing = self.failing().as_ref().map(keeper::Trouble::told);
        let is_running = !matches!(&self.upkeep, Upkeep::Task { requests, .. } if requests.is_closed());
        Health { age: self.age(), max_age: self.max_age, is_running, failing }
    }

    fn age(&self) -> Duration {
        match self.upkeep {
            Upkeep::Task { .. } => self.confirmed.age(),
            Upkeep::Fixed { age, .. } => age,
        }
    }

    fn failing(&self) -> MutexGuard<'_, Option<keeper::Trouble>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        Watched(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Watched<T> {
    /// The health: no values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("health", &self.0.health()).finish_non_exhaustive()
    }
}

/// A configuration for a moment, from [`Watched::read`].
///
/// # Security
///
/// Holds the values. `Debug` shows where they came from.
pub struct Guard<T>(arc_swap::Guard<Arc<Loaded<T>>>);

impl<T> Guard<T> {
    /// The same configuration, to keep.
    pub fn into_arc(self) -> Arc<Loaded<T>> {
        arc_swap::Guard::into_inner(self.0)
    }
}

impl<T> Deref for Guard<T> {
    type Target = Loaded<T>;

    #[inline]
    fn deref(&self) -> &Loaded<T> {
        &self.0
    }
}

impl<T> fmt::Debug for Guard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests;
