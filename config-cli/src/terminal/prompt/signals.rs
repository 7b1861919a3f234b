//! Signals while a terminal shows nothing: it is as it was before this process ends by one of them. Of a stop (SIGTSTP) nobody
//! hears: the shell whose turn it is sets the terminal as it likes it, and SIGCONT hides again what is typed.

use std::future::poll_fn;
use std::io::{self, Write as _};
use std::sync::{Once, mpsc};
use std::task::Poll;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::unix::current;
use crate::interrupt::Interrupt;

/// Returns once signals are heard, on a thread of their own: this one waits for a key. Where there is no thread to be had, they
/// do what they always do.
pub(super) fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        let (listening, is_listening) = mpsc::channel();
        let spawned = std::thread::Builder::new().spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let Ok(mut signals) = Signals::listen() else { return };
                let _ = listening.send(());
                while let Some(number) = signals.next().await {
                    if number == Number::CONT { hush_again() } else { end(number) }
                }
            });
        });
        if spawned.is_ok() {
            // It ends without a message where nothing can be listened to.
            let _ = is_listening.recv();
        }
    });
}

/// Ends this process, unless the prompt is over and somebody else hears the signal.
fn end(number: Number) {
    let current = current();
    match &*current {
        Some(modes) if modes.is_ours() => {
            modes.restore();
            // The shell's own prompt begins a line.
            let _ = (&modes.terminal).write_all(b"\n");
        }
        None if Interrupt::is_heard() && [Number::INT, Number::TERM].contains(&number) => return,
        _ => {}
    }
    // With the terminal held: nobody hides it again.
    std::process::exit(128 + number.as_raw());
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
