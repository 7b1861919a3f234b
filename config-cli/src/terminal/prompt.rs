//! The hidden prompt: what is typed or pasted into a terminal, and never shown.

use std::io;

use zeroize::Zeroizing;

#[cfg(not(unix))]
pub(super) fn hidden(question: &str) -> io::Result<Zeroizing<String>> {
    rpassword::prompt_password(question).map(Zeroizing::new)
}

/// One line from the terminal, whatever stdin and stdout are.
///
/// Ctrl-C is `Interrupted`, and Ctrl-D `UnexpectedEof`. What cannot be taken as it was typed is refused: a value that is pasted
/// in several lines would lose all but the first, and leave the others to the shell.
#[cfg(unix)]
pub(super) fn hidden(question: &str) -> io::Result<Zeroizing<String>> {
    unix::hidden(question)
}

#[cfg(unix)]
mod signals;

#[cfg(unix)]
pub(super) use signals::unhush;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Read as _, Write as _};
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::time::Duration;

    use rustix::io::ioctl_fionread;
    use rustix::process::getpgrp;
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
    use zeroize::Zeroizing;

    use super::{Key, Line, signals};

    pub(super) fn hidden(question: &str) -> io::Result<Zeroizing<String>> {
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        signals::listen();
        let hushed = Hushed::new(terminal.try_clone()?)?;
        let mut out = &terminal;
        out.write_all(question.as_bytes())?;
        let line = read(&terminal);
        out.write_all(b"\n")?;
        drop(hushed);
        line?.into_text()
    }

    fn read(mut terminal: &File) -> io::Result<Line> {
        let mut line = Line::default();
        let mut bytes = Zeroizing::new([0; 1024]);
        loop {
            let length = terminal.read(&mut *bytes)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            for (at, byte) in bytes[..length].iter().enumerate() {
                match line.key(*byte) {
                    Key::Interrupt => return Err(io::ErrorKind::Interrupted.into()),
                    Key::End => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Key::Typed => {}
                    Key::Enter => {
                        line.goes_on =
                            bytes[at + 1..length].iter().any(|byte| !matches!(byte, b'\n' | b'\r')) || more(terminal);
                        return Ok(line);
                    }
                }
            }
        }
    }

    /// Whether there is more than anybody types so fast.
    fn more(terminal: &File) -> bool {
        std::thread::sleep(PASTE);
        ioctl_fionread(terminal).is_ok_and(|bytes| bytes > 1)
    }

    /// As long as it is there, the terminal shows nothing, and hands over each key. What is unread when it is dropped is gone.
    struct Hushed;

    impl Hushed {
        fn new(terminal: File) -> io::Result<Self> {
            let before = tcgetattr(&terminal)?;
            let mut hushed = before.clone();
            hushed.local_modes -=
                LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
            hushed.special_codes[SpecialCodeIndex::VMIN] = 1;
            hushed.special_codes[SpecialCodeIndex::VTIME] = 0;
            let modes = Modes { terminal, before, hushed };
            // From here on a signal finds what there is to undo.
            let mut current = current();
            // What was typed ahead, and shown, is none of the value.
            tcsetattr(&modes.terminal, OptionalActions::Flush, &modes.hushed)?;
            *current = Some(modes);
            Ok(Hushed)
        }
    }

    impl Drop for Hushed {
        fn drop(&mut self) {
            let mut current = current();
            if let Some(modes) = current.take() {
                modes.restore();
            }
        }
    }

    /// A terminal: as it was before, and as it is while somebody types.
    pub(super) struct Modes {
        pub(super) terminal: File,
        before: Termios,
        hushed: Termios,
    }

    impl Modes {
        pub(super) fn restore(&self) {
            // Where the terminal is gone there is nothing to set.
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        }

        pub(super) fn hush(&self) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.hushed);
        }

        /// Whether it is ours: in the background it is the shell's, which has set it as it likes it.
        pub(super) fn is_ours(&self) -> bool {
            tcgetpgrp(&self.terminal).is_ok_and(|group| group == getpgrp())
        }
    }

    /// The terminal that shows nothing now.
    pub(super) fn current() -> MutexGuard<'static, Option<Modes>> {
        static CURRENT: Mutex<Option<Modes>> = Mutex::new(None);
        CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rest of what is pasted is there by then.
    const PASTE: Duration = Duration::from_millis(20);
}

/// What is typed, up to the line break.
#[cfg(any(unix, test))]
struct Line {
    bytes: Zeroizing<Vec<u8>>,
    has_control: bool,
    goes_on: bool,
}

/// What a key means.
#[cfg(any(unix, test))]
#[derive(Debug, PartialEq, Eq)]
enum Key {
    Typed,
    Enter,
    Interrupt,
    End,
}

#[cfg(any(unix, test))]
impl Default for Line {
    fn default() -> Self {
        // Larger than any value, so that nothing is left behind by growing.
        Line { bytes: Zeroizing::new(Vec::with_capacity(64 << 10)), has_control: false, goes_on: false }
    }
}

#[cfg(any(unix, test))]
impl Line {
    fn key(&mut self, byte: u8) -> Key {
        match byte {
            b'\n' | b'\r' => return Key::Enter,
            3 => return Key::Interrupt,
            4 if self.bytes.is_empty() => return Key::End,
            // Backspace takes a whole character away.
            8 | 127 => while self.bytes.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {},
            // Ctrl-U
            21 => self.bytes.clear(),
            b'\t' | 32.. => self.bytes.push(byte),
            _ => self.has_control = true,
        }
        Key::Typed
    }

    fn into_text(self) -> io::Result<Zeroizing<String>> {
        if self.goes_on {
            return Err(io::Error::other("it has several lines: hand them over on stdin or with `--file`"));
        }
        if self.has_control {
            return Err(io::Error::other(
                "it has control characters, as of an arrow key: type it again, or hand it over on stdin",
            ));
        }
        let text = std::str::from_utf8(&self.bytes).map_err(|_| io::Error::other("it is not UTF-8"))?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> Result<String, String> {
        let mut line = Line::default();
        for key in keys {
            assert_eq!(line.key(*key), Key::Typed);
        }
        line.into_text().map(|text| text.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_is_edited_as_it_is_typed() {
        let all: [(&[u8], &str); 6] = [
            (b"abc", "abc"),
            (b"abx\x7fc", "abc"),
            ("aé\u{7f}b".as_bytes(), "ab"),
            (b"\x7f\x7fa", "a"),
            (b"wrong\x15right", "right"),
            (b" a\tb ", " a\tb "),
        ];
        for (keys, expected) in all {
            assert_eq!(typed(keys), Ok(expected.to_owned()), "{keys:?}");
        }
    }

    #[test]
    fn what_cannot_be_taken_as_it_is_is_refused() {
        assert_eq!(
            typed(b"a\x1b[Db").unwrap_err(),
            "it has control characters, as of an arrow key: type it again, or hand it over on stdin"
        );
        assert_eq!(typed(b"a\xff").unwrap_err(), "it is not UTF-8");
        assert_eq!(
            [3, 4, b'\n', b'\r'].map(|key| Line::default().key(key)),
            [Key::Interrupt, Key::End, Key::Enter, Key::Enter]
        );
    }
}
