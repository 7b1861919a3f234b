//! The static that holds a configuration, and the one flight that fills it.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use once_cell::sync::OnceCell;

use crate::environment::Environment;
use crate::flight::Flight;
use crate::generated::{Bindings, Fetchable};
use crate::report::LoadError;
use crate::sources::{FieldSource, Origin, Sources};
use crate::{lambda, load};

/// A configuration that is loaded once and read everywhere: `CONFIG`.
///
/// [`load`](Bound::load) it first in `main`. Reading a field is one atomic load and one branch more than reading a
/// plain static. Its own functions come before those of the configuration, and a minor release may add one.
///
/// # Security
///
/// Holds the values. `Debug` shows whether it is loaded.
///
/// # Panics
///
/// Reading a field before the load panics, at the line that reads.
pub struct Bound<T> {
    name: &'static str,
    loaded: OnceCell<Loaded<T>>,
    flight: Flight<LoadError>,
}

impl<T> Bound<T> {
    /// Made by `bind_config!`. `name` is that of the static, for messages.
    #[doc(hidden)]
    pub const fn new(name: &'static str) -> Self {
        Bound { name, loaded: OnceCell::new(), flight: Flight::new() }
    }
}

impl<T: Bindings> Bound<T> {
    /// Fills the configuration from the process's environment and SSM, and gives everybody the same one.
    ///
    /// Whoever calls on the same runtime while a load is under way waits for its outcome, a failure included; after a failure
    /// the next call tries again. The load is a task of the runtime: whoever called first may drop it, or hold it and not poll
    /// it. It ends when nobody waits for it any more. On several runtimes at once each loads, and the first gives all of them
    /// the configuration.
    ///
    /// A `FromStr` or [`FromBinding`](crate::FromBinding) runs in that task, and not in the caller's. One that itself waits for
    /// a load of the same configuration waits for ever, and so does a load on a runtime that is entered and driven by nobody.
    ///
    /// The deadline is 8 seconds where Lambda gives 10 (`AWS_LAMBDA_INITIALIZATION_TYPE` is `on-demand` or `snap-start`), else
    /// 20.
    ///
    /// # Panics
    ///
    /// tokio's own panic where something must be fetched on a runtime without time or IO, or that is being shut down:
    /// `#[tokio::main]` and `enable_all` switch them on, and nobody can ask a runtime what it has. Without a runtime it is an
    /// error.
    ///
    /// # Errors
    ///
    /// Every problem of the start at once. Its `Debug` is the report, so that `main` can return it.
    // Not an `async fn`: without a store, rustc would report the bound at the call and twice more at its `.await`.
    pub fn load(&'static self) -> Loading<&'static T>
    where
        T: Loadable,
    {
        Loading::new(self.fly(Moment::Start))
    }

    /// [`load`](Bound::load) for the hook after a SnapStart restore. Before the snapshot `load` refuses to run, since
    /// the values would be frozen into it. `lambda_runtime` reports an error that the hook returns.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Bound::load).
    pub fn load_after_restore(&'static self) -> Loading<&'static T>
    where
        T: Loadable,
    {
        Loading::new(self.fly(Moment::AfterRestore))
    }

    /// [`load`](Bound::load) for programs without an async runtime.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Bound::load), and [`ProblemKind::InsideRuntime`](crate::ProblemKind::InsideRuntime) inside of one:
    /// in `spawn_blocking` as well, which tokio does not tell apart.
    #[cfg(all(feature = "blocking", not(target_family = "wasm")))]
    pub fn load_blocking(&'static self) -> Result<&'static T, LoadError>
    where
        T: Loadable,
    {
        if let Some(config) = self.get() {
            return Ok(config);
        }
        load::blocking(T::table(), self.load())
    }

    /// Gives the configuration to code that reads the static, once per process: one that the program made, or one that it
    /// [loaded](Loaded). For tests, which share a process: the first one sets it, and the others can ignore the error.
    ///
    /// # Errors
    ///
    /// [`AlreadyLoaded`] if it was set or loaded before: everybody keeps what they have.
    pub fn set(&self, config: impl Into<Loaded<T>>) -> Result<(), AlreadyLoaded> {
        self.loaded.set(config.into()).map_err(|_| AlreadyLoaded { name: self.name })
    }

    /// Where each field came from, without values.
    ///
    /// # Panics
    ///
    /// Before the load, at the caller's line.
    #[track_caller]
    pub fn sources(&self) -> &Sources {
        match self.loaded.get() {
            Some(loaded) => &loaded.sources,
            None => self.not_loaded(),
        }
    }

    /// The configuration, if it was loaded or set.
    pub fn get(&self) -> Option<&T> {
        self.loaded.get().map(|loaded| &loaded.config)
    }

    async fn fly(&'static self, moment: Moment) -> Result<&'static T, LoadError> {
        if let Some(config) = self.get() {
            return Ok(config);
        }
        // Not in the flight: whoever loads after the restore must not get this refusal.
        if matches!(moment, Moment::Start) && lambda::is_before_snapshot() {
            load::refuse_snapshot(T::table(), &Environment::process())?;
        }
        let begin = || async {
            if self.get().is_some() {
                return Ok(());
            }
            // Here, and not before: who only waits has no use for a copy of every value.
            let loaded = load::anywhere(&Environment::process()).await?;
            // `set` may have been faster: then that is the one.
            self.loaded.get_or_init(|| loaded);
            Ok(())
        };
        let outcome = self.flight.join(begin).await;
        match (self.get(), outcome) {
            (Some(config), _) => Ok(config),
            (None, Some(Err(error))) => Err(error),
            // A load that succeeded has set it: there was none.
            (None, None | Some(Ok(()))) => Err(load::without_runtime(T::table(), &Environment::process())),
        }
    }

    #[cold]
    #[track_caller]
    fn not_loaded(&self) -> ! {
        let name = self.name;
        let function = T::table().function.map(|function| format!(" (function `{function}`)")).unwrap_or_default();
        // Whoever loads a `Watched` in its place must not load everything twice, and keep what was rotated since.
        let watched =
            if cfg!(feature = "watch") { "; or take the value from the `Watched` that was loaded" } else { "" };
        panic!("{name}{function} was read before it was loaded: write `{name}.load().await?` first in main{watched}")
    }
}

/// A configuration that can be loaded, for functions of yours over any of them. Whatever `bind_config!` makes is one, with
/// the feature `ssm` if it has a secret.
///
/// ```
/// # use bind_config_runtime as bind_config;
/// use bind_config::{Bound, LoadError, Loadable};
///
/// /// What every service of this company does first.
/// async fn start<T: Loadable>(config: &'static Bound<T>) -> Result<&'static T, LoadError> {
///     let loaded = bind_config::lambda::load(config).await?;
///     println!("{}", config.sources());
///     Ok(loaded)
/// }
/// ```
pub trait Loadable: Bindings {}
impl<T: Bindings> Loadable for T where T::Fetches: Fetchable {}

/// A load. It begins when it is first awaited.
#[must_use = "a load does nothing until it is awaited"]
pub struct Loading<T>(Pin<Box<dyn Future<Output = Result<T, LoadError>> + Send>>);

impl<T> Loading<T> {
    pub(crate) fn new(load: impl Future<Output = Result<T, LoadError>> + Send + 'static) -> Self {
        Loading(Box::pin(load))
    }
}

impl<T> Future for Loading<T> {
    type Output = Result<T, LoadError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Loading<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loading").finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
enum Moment {
    Start,
    AfterRestore,
}

impl<T: Bindings> Deref for Bound<T> {
    type Target = T;

    #[track_caller]
    #[inline]
    fn deref(&self) -> &T {
        match self.loaded.get() {
            Some(loaded) => &loaded.config,
            None => self.not_loaded(),
        }
    }
}

impl<T> fmt::Debug for Bound<T> {
    /// The name of the static and whether it is loaded: no values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound")
            .field("name", &self.name)
            .field("loaded", &self.loaded.get().is_some())
            .finish_non_exhaustive()
    }
}

/// The configuration had been loaded or set before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlreadyLoaded {
    name: &'static str,
}

impl fmt::Display for AlreadyLoaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is already loaded: it can be set once in a process, and only before the load", self.name)
    }
}

impl std::error::Error for AlreadyLoaded {}

/// A configuration of one's own, as `Config::load` and `Config::load_from` give it. Its own functions come before those of
/// the configuration.
///
/// # Security
///
/// Holds the values. `Debug` shows where they came from.
pub struct Loaded<T> {
    config: T,
    sources: Sources,
}

impl<T> Loaded<T> {
    pub(crate) fn new(config: T, sources: Sources) -> Self {
        Loaded { config, sources }
    }

    /// Where each field came from, without values.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The configuration alone.
    pub fn into_inner(self) -> T {
        self.config
    }
}

/// A configuration that the program made.
impl<T: Bindings> From<T> for Loaded<T> {
    fn from(config: T) -> Self {
        let of = |binding| FieldSource::new(binding, Origin::Program);
        Loaded { config, sources: Sources(T::table().bindings.iter().map(of).collect()) }
    }
}

impl<T> Deref for Loaded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.config
    }
}

impl<T> fmt::Debug for Loaded<T> {
    /// Where each field came from: no values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("sources", &self.sources).finish_non_exhaustive()
    }
}

/// The configuration of a frontend: its parameters were taken at build. There is nothing to load.
pub struct Baked<T>(LazyLock<T>);

impl<T> Baked<T> {
    /// Made by `bind_config!`.
    #[doc(hidden)]
    pub const fn new(build: fn() -> T) -> Self {
        Baked(LazyLock::new(build))
    }
}

impl<T> Deref for Baked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Baked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Baked").finish_non_exhaustive()
    }
}
