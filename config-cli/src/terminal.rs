//! All printing: data on stdout, everything else on stderr; what is asked of people; progress.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use crate::failure::{Failure, INTERRUPTED};
use crate::surroundings::Surroundings;

mod prompt;
mod table;

pub(crate) use table::shown;

/// How and whether to print.
#[expect(clippy::struct_excessive_bools, reason = "any of them can be true with any other")]
pub(crate) struct Terminal {
    /// Reports are JSON.
    pub(crate) json: bool,
    quiet: bool,
    colour: bool,
    is_interactive: bool,
}

#[expect(clippy::unused_self, reason = "who prints has a terminal, whether that looks at itself or not")]
impl Terminal {
    pub(crate) fn new(json: bool, quiet: bool, surroundings: &Surroundings) -> Self {
        let is_plain = surroundings.has("NO_COLOR") && surroundings.variable("NO_COLOR") != Some("")
            || surroundings.setting("TERM") == Some("dumb");
        let is_interactive = io::stdin().is_terminal() && io::stderr().is_terminal();
        let colour = !is_plain && io::stderr().is_terminal();
        IS_DUE.store(json, Ordering::Relaxed);
        Terminal { json, quiet, colour, is_interactive }
    }

    /// Whether somebody can be asked.
    pub(crate) fn is_interactive(&self) -> bool {
        self.is_interactive
    }

    /// Exact bytes on stdout. Where nobody reads them any more, the command goes on to what it has to do or to find out.
    pub(crate) fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::impossible(format!("the output could not be written: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// A text on stdout, and a line break.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        self.data(format!("{text}\n").as_bytes())
    }

    /// A report as JSON on stdout. One that says nothing of an error has none.
    pub(crate) fn report(&self, mut json: Json) -> Result<(), Failure> {
        IS_DUE.store(false, Ordering::Relaxed);
        if let Some(members) = json.as_object_mut() {
            members.entry("error").or_insert(Json::Null);
        }
        self.line(&format!("{json:#}"))
    }

    /// Why the command is not done: for people, and for a program whose report has not said it yet.
    pub(crate) fn failure(&self, failure: &Failure) {
        let Some(message) = failure.message() else { return };
        if IS_DUE.swap(false, Ordering::Relaxed) {
            last_report(failure);
        }
        self.error(message);
    }

    /// A table on stdout, as wide as the terminal is.
    #[expect(clippy::needless_pass_by_value, reason = "rows are made to be shown")]
    pub(crate) fn table(&self, heads: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
        self.line(&table::table(heads, &rows, width()))
    }

    /// What happens, on stderr; not with `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// A line for who reads stderr with a program.
    pub(crate) fn annotation(&self, text: &str) {
        self.say(text);
    }

    /// Something that may be wrong.
    pub(crate) fn warn(&self, text: &str) {
        self.say(&format!("{} {text}", self.label("warning:", "33")));
    }

    /// Why the command is not done.
    pub(crate) fn error(&self, text: &str) {
        self.say(&format!("{} {text}", self.label("error:", "31")));
    }

    /// Asks for a value that is not shown.
    pub(crate) fn hidden(&self, question: &str) -> Result<Zeroizing<String>, Failure> {
        prompt::hidden(question).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => Failure::Exit(130, "interrupted: nothing is set".to_owned()),
            io::ErrorKind::UnexpectedEof => Failure::no("no value was given: nothing is set"),
            _ => Failure::no(format!("nothing is set: {error}")),
        })
    }

    /// Asks a question whose answer is no where it is not yes.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool, Failure> {
        let mut error = io::stderr().lock();
        let asked = write!(error, "{question} [y/N] ").and_then(|()| error.flush());
        asked.map_err(Failure::io("nobody could be asked"))?;
        drop(error);
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map_err(Failure::io("nothing could be read from the terminal"))?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// A bar that counts up to `length`, where somebody sees it.
    pub(crate) fn progress(&self, length: usize, what: &str) -> Progress {
        let is_seen = !self.quiet && io::stderr().is_terminal();
        let target = if is_seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(length as u64), target);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress(bar)
    }

    fn say(&self, text: &str) {
        // A closed stderr is no reason not to go on.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    fn label(&self, label: &str, colour: &str) -> String {
        if self.colour { format!("\u{1b}[1;{colour}m{label}\u{1b}[0m") } else { label.to_owned() }
    }
}

/// Whether a program waits for a report: there is one of each command.
static IS_DUE: AtomicBool = AtomicBool::new(false);

/// What is said by who has no terminal at hand, and ends the process then because somebody wants that.
pub(crate) fn last_words(text: &str) {
    if IS_DUE.swap(false, Ordering::Relaxed) {
        last_report(&Failure::no_as(INTERRUPTED, text));
    }
    let _ = writeln!(io::stderr().lock(), "error: {text}");
}

/// The report of what is not done, as JSON on stdout. Where that is gone, stderr says it all the same.
pub(crate) fn last_report(failure: &Failure) {
    let _ = writeln!(io::stdout().lock(), "{:#}", json!({ "error": failure.to_json() }));
}

/// The same where a signal ends it: the terminal is what it was before a prompt.
#[cfg(unix)]
pub(crate) fn last_words_of_signal(text: Option<&str>) {
    prompt::unhush();
    let mut error = io::stderr().lock();
    // Behind a question, or `^C`. A shell's own prompt begins a line, too.
    if error.is_terminal() {
        let _ = writeln!(error);
    }
    drop(error);
    text.into_iter().for_each(last_words);
}

/// What is said by who has no terminal at hand, while others go on.
pub(crate) fn aside(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A bar that is gone when it is dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn advance(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Columns of the terminal that data goes to; none where it goes elsewhere.
fn width() -> Option<u16> {
    let columns = || terminal_size::terminal_size().map_or(80, |(width, _)| width.0).max(20);
    io::stdout().is_terminal().then(columns)
}
