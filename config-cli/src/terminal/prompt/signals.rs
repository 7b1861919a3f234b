//! Signals while a terminal shows nothing: it is as it was before this process ends by one of them. Of a stop (SIGTSTP) nobody
//! hears: the shell whose turn it is sets the terminal as it likes it, and SIGCONT hides again what is typed.

use std::future::poll_fn;
use std::io;
use std::sync::Once;
use std::task::Poll;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::unix::current;
use crate::interrupt::before;

/// Returns once signals are heard, on a thread of their own: this one waits for a key.
pub(super) fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        before::on_a_thread(async |listening| {
            let Ok(mut signals) = Signals::listen() else { return };
            let _ = listening.send(());
            while let Some(number) = signals.next().await {
                if number == Number::CONT { hush_again() } else { before::end(number) }
            }
        });
    });
}

/// Makes the terminal what it was, for who ends this process now: nobody hides it again.
pub(in crate::terminal) fn unhush() {
    let current = current();
    if let Some(modes) = &*current
        && modes.is_ours()
    {
        modes.restore();
    }
    // Held for as long as there still is a process.
    std::mem::forget(current);
}

fn hush_again() {
    if let Some(modes) = &*current()
        && modes.is_ours()
    {
        modes.hush();
    }
}

struct Signals(Vec<(Number, Signal)>);

impl Signals {
    fn listen() -> io::Result<Self> {
        let all = [Number::INT, Number::TERM, Number::HUP, Number::QUIT, Number::CONT].into_iter();
        let heard = |number: Number| Ok((number, signal(SignalKind::from_raw(number.as_raw()))?));
        all.map(heard).collect::<io::Result<_>>().map(Signals)
    }

    /// The next one; `None` where none will come.
    async fn next(&mut self) -> Option<Number> {
        poll_fn(|context| {
            let received = self.0.iter_mut().find_map(|(number, signal)| match signal.poll_recv(context) {
                Poll::Ready(received) => Some(received.map(|()| *number)),
                Poll::Pending => None,
            });
            received.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
