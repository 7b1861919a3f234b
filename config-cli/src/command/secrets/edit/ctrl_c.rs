//! Ctrl-C around an editor: while it runs, the key is the editor's (as with git); before and after, it ends this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What Ctrl-C does.
pub(super) struct CtrlC {
    /// Whether it ends this process at once: nothing is set yet, and no file is there.
    ends: Arc<AtomicBool>,
}

impl CtrlC {
    /// Takes Ctrl-C over. On a thread of its own, because this one waits for the editor, and for answers.
    pub(super) fn listen() -> Self {
        let ends = Arc::new(AtomicBool::new(true));
        #[cfg(unix)]
        unix::listen(&ends);
        CtrlC { ends }
    }

    /// Runs something that hears Ctrl-C itself.
    pub(super) fn leave_to<T>(&self, editor: impl FnOnce() -> T) -> T {
        self.ends.store(false, Ordering::SeqCst);
        let done = editor();
        self.ends.store(true, Ordering::SeqCst);
        done
    }

    /// From now on somebody else listens: what is begun is undone first.
    pub(super) fn is_heard_elsewhere(&self) {
        self.ends.store(false, Ordering::SeqCst);
    }
}

#[cfg(unix)]
mod unix {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use tokio::signal::unix::{SignalKind, signal};

    /// Returns once a Ctrl-C does not end this process by itself any more. Where there is no thread to be had, it does.
    pub(super) fn listen(ends: &Arc<AtomicBool>) {
        let ends = Arc::clone(ends);
        let (listening, is_listening) = mpsc::channel();
        let spawned = std::thread::Builder::new().spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let Ok(mut interrupts) = signal(SignalKind::interrupt()) else { return };
                let _ = listening.send(());
                while interrupts.recv().await.is_some() {
                    if ends.load(Ordering::SeqCst) {
                        std::process::exit(130);
                    }
                }
            });
        });
        if spawned.is_ok() {
            // It ends without a message where nothing can be listened to.
            let _ = is_listening.recv();
        }
    }
}
