//! One load at a time, whose failure is everybody's.

#[cfg(target_family = "wasm")]
pub(crate) use alone::Flight;
#[cfg(not(target_family = "wasm"))]
pub(crate) use shared::Flight;

#[cfg(not(target_family = "wasm"))]
mod shared {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::sync::Mutex;

    use crate::report::LoadError;

    pub(crate) struct Flight {
        /// The outcome of the flight that landed last. Held while one is in the air.
        last: Mutex<Option<LoadError>>,
        landed: AtomicU64,
    }

    impl Flight {
        pub(crate) const fn new() -> Self {
            Flight { last: Mutex::const_new(None), landed: AtomicU64::new(0) }
        }

        /// Runs `load`, or waits for the one that runs. Who waited shares a failure; a flight whose leader was dropped
        /// is taken over by the next that waits.
        pub(crate) async fn join<T>(&self, load: impl AsyncFnOnce() -> Result<T, LoadError>) -> Result<T, LoadError> {
            let landed = self.landed.load(Ordering::Acquire);
            let mut last = self.last.lock().await;
            // A flight that landed while this call waited was in the air when it came.
            if self.landed.load(Ordering::Acquire) != landed
                && let Some(error) = &*last
            {
                return Err(error.clone());
            }
            let outcome = load().await;
            *last = outcome.as_ref().err().cloned();
            self.landed.fetch_add(1, Ordering::Release);
            outcome
        }
    }
}

/// Without tokio nothing is fetched, so that a load never waits and there is nobody to share it with.
#[cfg(target_family = "wasm")]
mod alone {
    use crate::report::LoadError;

    pub(crate) struct Flight;

    impl Flight {
        pub(crate) const fn new() -> Self {
            Flight
        }

        pub(crate) async fn join<T>(&self, load: impl AsyncFnOnce() -> Result<T, LoadError>) -> Result<T, LoadError> {
            load().await
        }
    }
}
