//! Signals before the first write: this process ends, and says that nothing was changed. While a program in front has the
//! terminal, as an editor has, Ctrl-C is that program's (as with git).

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a signal that asks for an end does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody listens.
    Default,
    /// Nothing was written.
    #[cfg(unix)]
    Before,
    /// The same, and a program in front has the terminal.
    InFront,
    /// What is under way comes to its end first.
    Heard,
}

/// Held while a phase is looked at and acted on: nobody begins to write meanwhile.
pub(super) fn phase() -> MutexGuard<'static, Phase> {
    static PHASE: Mutex<Phase> = Mutex::new(Phase::Default);
    PHASE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens from now on, until `Interrupt` does. On a thread of its own, because this one waits for keys, editors and answers.
pub(crate) fn listen() {
    #[cfg(unix)]
    unix::listen();
}

/// Runs something that has the terminal.
pub(crate) fn in_front<T>(program: impl FnOnce() -> T) -> T {
    let before = std::mem::replace(&mut *phase(), Phase::InFront);
    let done = program();
    // What was sent to the program is no signal of now, however late it is heard here.
    #[cfg(unix)]
    unix::hear_all();
    *phase() = before;
    done
}

#[cfg(unix)]
pub(crate) use unix::{end, on_a_thread};

#[cfg(unix)]
mod unix {
    use std::sync::{OnceLock, mpsc};

    use rustix::process::Signal as Number;
    use tokio::signal::unix::{SignalKind, signal};
    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

    use super::{Phase, phase};
    use crate::terminal;

    /// Asks the thread that listens to answer once it has heard all that has come.
    static LISTENER: OnceLock<UnboundedSender<mpsc::Sender<()>>> = OnceLock::new();

    /// Returns once a signal does not end this process by itself any more.
    pub(super) fn listen() {
        LISTENER.get_or_init(|| {
            let (ask, mut asked) = unbounded_channel::<mpsc::Sender<()>>();
            on_a_thread(async move |listening| {
                let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
                let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else { return };
                *phase() = Phase::Before;
                let _ = listening.send(());
                let mut answer: Option<mpsc::Sender<()>> = None;
                loop {
                    tokio::select! {
                        biased;
                        Some(()) = interrupt.recv() => end(Number::INT),
                        Some(()) = terminate.recv() => end(Number::TERM),
                        () = std::future::ready(()), if answer.is_some() => {
                            let _ = answer.take().map(|answer| answer.send(()));
                        }
                        Some(asking) = asked.recv() => {
                            answer = Some(asking);
                            // The runtime looks for signals before this goes on.
                            tokio::task::yield_now().await;
                        }
                        else => return,
                    }
                }
            });
            ask
        });
    }

    /// Returns once every signal that has come was heard.
    pub(super) fn hear_all() {
        let (answer, is_answered) = mpsc::channel();
        if LISTENER.get().is_some_and(|listener| listener.send(answer).is_ok()) {
            // Without an answer where nobody listens.
            let _ = is_answered.recv();
        }
    }

    /// Runs what listens on a thread of its own, and returns once it says that it does. Where there is no thread to be had,
    /// signals do what they always do.
    pub(crate) fn on_a_thread(listen: impl AsyncFnOnce(mpsc::Sender<()>) + Send + 'static) {
        let (listening, is_listening) = mpsc::channel();
        let spawned = std::thread::Builder::new().spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(listen(listening));
        });
        if spawned.is_ok() {
            // It ends without a message where nothing can be listened to.
            let _ = is_listening.recv();
        }
    }

    /// Ends this process, unless somebody else hears the signal. A prompt's terminal is as it was before.
    pub(crate) fn end(number: Number) {
        let phase = phase();
        match *phase {
            Phase::Heard if [Number::INT, Number::TERM].contains(&number) => return,
            Phase::InFront if number == Number::INT => return,
            Phase::Before | Phase::InFront => terminal::last_words_of_signal(Some(NOTHING_CHANGED)),
            Phase::Default | Phase::Heard => terminal::last_words_of_signal(None),
        }
        // With the phase held: nobody writes.
        std::process::exit(128 + number.as_raw());
    }

    const NOTHING_CHANGED: &str = "interrupted: nothing was changed";
}
