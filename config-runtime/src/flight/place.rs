//! What a load is driven by where it may wait: a runtime, and its clock.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::lambda::patience_of_process;

/// The time that a load has from its beginning on, whoever drives it.
pub(super) struct Term(Instant);

impl Term {
    pub(super) fn begin() -> Self {
        Term(Instant::now())
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.elapsed() > patience_of_process()
    }
}

/// Which runtime the caller is on, if any.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(Option<tokio::runtime::Id>);

impl Place {
    pub(super) fn here() -> Self {
        Place(Handle::try_current().ok().map(|runtime| runtime.id()))
    }
}

/// Runs a load as a task of this runtime; where it has none, here. `None` where the runtime has gone.
pub(super) async fn drive<T: Send + 'static>(load: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let Ok(runtime) = Handle::try_current() else { return Some(load.await) };
    Task(runtime.spawn(load)).await
}

/// A task that ends when nobody waits for it any more.
struct Task<T>(JoinHandle<T>);

impl<T> Future for Task<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        // It cannot panic: whoever begins it catches that.
        Pin::new(&mut self.0).poll(context).map(Result::ok)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
