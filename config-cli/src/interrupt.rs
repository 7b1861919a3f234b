//! Ctrl-C: what is under way comes to an end that can be told, instead of stopping anywhere.

use tokio::sync::watch;

use self::before::{Phase, phase};
use crate::terminal;

pub(crate) mod before;

/// Whether somebody has asked to stop. Who asks twice is let go at once.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on. Who asks is told `answer`: an end may take as long as the request that is under way.
    pub(crate) fn listen(answer: Option<&'static str>) -> Self {
        let (asked, is_asked) = watch::channel(false);
        let mut signals = Signals::listen();
        *phase() = Phase::Heard;
        tokio::spawn(async move {
            while signals.next().await {
                if asked.send_replace(true) {
                    terminal::last_words(ENDED);
                    std::process::exit(130);
                }
                answer.into_iter().for_each(terminal::aside);
            }
            // Nobody can ask any more, which is not the same as having asked.
            asked.closed().await;
        });
        Interrupt(is_asked)
    }

    pub(crate) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody asks.
    pub(crate) async fn asked(&self) {
        let mut asked = self.0.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// SIGINT and SIGTERM, caught from the moment of `listen` on: a task would begin too late.
#[cfg(unix)]
struct Signals(Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Signals(signal(SignalKind::interrupt()).ok().zip(signal(SignalKind::terminate()).ok()))
    }

    /// `false` where nobody can listen.
    async fn next(&mut self) -> bool {
        let Some((interrupt, terminate)) = &mut self.0 else { return false };
        tokio::select! {
            received = interrupt.recv() => received.is_some(),
            received = terminate.recv() => received.is_some(),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Signals
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}

/// The answer of what has something under way.
pub(crate) const AT_WORK: Option<&str> =
    Some("interrupted: what is under way comes to its end first; once more ends it at once");

const ENDED: &str =
    "interrupted twice: whether what was under way has happened is not known; what was told before holds";

#[cfg(test)]
mod tests {
    use super::*;

    impl Interrupt {
        /// Nobody asks.
        pub(crate) fn never() -> Self {
            Interrupt(watch::channel(false).1)
        }
    }
}
