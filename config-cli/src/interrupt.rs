//! Ctrl-C: what is under way comes to an end that can be told, instead of stopping anywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody has asked to stop. Who asks twice is let go at once.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let listener = Arc::clone(&asked);
        tokio::spawn(async move {
            while signalled().await {
                if listener.swap(true, Ordering::Relaxed) {
                    std::process::exit(130);
                }
            }
        });
        Interrupt(asked)
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits until somebody asks.
    pub(crate) async fn asked(&self) {
        while !self.is_asked() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

/// SIGINT, or SIGTERM where there is such a thing. `false` where nobody can listen.
async fn signalled() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return false };
        tokio::select! {
            result = tokio::signal::ctrl_c() => result.is_ok(),
            received = terminate.recv() => received.is_some(),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.is_ok()
}
