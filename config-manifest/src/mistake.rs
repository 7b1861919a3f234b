//! What is wrong with a manifest, and where.

use std::fmt;
use std::ops::Range;

use crate::printed::shortened;
use crate::snippet::{self, Place};

/// One mistake in a manifest.
///
/// # Security
///
/// It holds no value: the message names keys, types and rules, and the shown line has `•••` where a value could stand.
#[derive(Clone, PartialEq, Eq)]
pub struct Mistake {
    message: String,
    place: Place,
}

impl Mistake {
    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.place.line
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> usize {
        self.place.column
    }

    /// The message, the place in `file`, and the line with a caret; no newline at the end.
    ///
    /// ```text
    /// `MAX_ITEMS`: unknown type `u46`: did you mean `u64`?
    ///  --> bindings.json:5:50
    ///   |
    /// 5 |     "MAX_ITEMS": { "kind": "parameter", "type": "u46" },
    ///   |                                                 ^^^^^
    /// ```
    pub fn render(&self, file: &str) -> String {
        self.render_at(&format!("{file}:"))
    }

    fn render_at(&self, file: &str) -> String {
        let Mistake { message, place: Place { line, column, shown, caret } } = self;
        let gutter = " ".repeat(line.to_string().len());
        let marks = " ".repeat(caret.start) + &"^".repeat(caret.len());
        let shown = if shown.is_empty() { String::new() } else { format!(" {shown}") };
        format!("{message}\n{gutter}--> {file}{line}:{column}\n{gutter} |\n{line} |{shown}\n{gutter} | {marks}")
    }
}

impl fmt::Display for Mistake {
    /// As [`Mistake::render`], without a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render_at(""))
    }
}

impl fmt::Debug for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a manifest: every mistake in it. `Debug` writes what `Display` writes.
#[derive(Clone, PartialEq, Eq)]
pub struct ManifestError(pub(crate) Vec<Mistake>);

impl ManifestError {
    /// The mistakes, in the order of the text. At least one.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.0
    }

    /// All mistakes, each with its place in `file`, separated by empty lines.
    pub fn render(&self, file: &str) -> String {
        self.0.iter().map(|mistake| mistake.render(file)).collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Display for ManifestError {
    /// As [`ManifestError::render`], without a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            write!(f, "{}{mistake}", if index == 0 { "" } else { "\n\n" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ManifestError {}

/// Collects mistakes while a text is read.
#[derive(Default)]
pub(crate) struct Mistakes {
    found: Vec<(Range<usize>, String)>,
    /// Where the first one is that was only counted.
    first_uncounted: usize,
    count: usize,
    /// What the messages start with: the binding or function that is being read.
    subject: Option<String>,
}

impl Mistakes {
    /// Adds a mistake at a range of the text. Beyond [`MOST`] they are counted only, and `message` is not asked.
    pub(crate) fn add(&mut self, at: Range<usize>, message: impl FnOnce() -> String) {
        self.count += 1;
        if self.found.len() == MOST {
            self.first_uncounted = if self.count == MOST + 1 { at.start } else { self.first_uncounted.min(at.start) };
            return;
        }
        let message = match &self.subject {
            Some(subject) => format!("{subject}: {}", message()),
            None => message(),
        };
        self.found.push((at, shortened(&message, LONGEST)));
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// What the next messages are about.
    pub(crate) fn about(&mut self, subject: Option<String>) {
        self.subject = subject;
    }

    /// The mistakes in the order of `text`; from `broken` on it is not JSON.
    pub(crate) fn finish(mut self, text: &str, broken: Option<usize>) -> Vec<Mistake> {
        if let more @ 1.. = self.count - self.found.len() {
            let message = format!("and {more} more {}", if more == 1 { "mistake" } else { "mistakes" });
            self.found.push((self.first_uncounted..self.first_uncounted, message));
        }
        // The count stays last, wherever it points.
        let (listed, _) = self.found.split_at_mut(self.count.min(MOST));
        listed.sort_by_key(|(at, _)| at.start);
        let (ranges, messages): (Vec<_>, Vec<_>) = self.found.into_iter().unzip();
        let places = snippet::places(text, broken, &ranges);
        messages.into_iter().zip(places).map(|(message, place)| Mistake { message, place }).collect()
    }
}

/// Each one becomes a compile error, so a hostile file must not make 100,000 of them.
const MOST: usize = 100;
/// The characters of a message.
const LONGEST: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_rendered_as_rustc_does() {
        let text = "{\n\"docs\": 5 }";
        let mut mistakes = Mistakes::default();
        mistakes.add(10..11, || "`docs` must be a string".to_owned());
        let mistakes = mistakes.finish(text, None);
        assert_eq!(
            mistakes[0].render("a/b.json"),
            "`docs` must be a string\n --> a/b.json:2:9\n  |\n2 | \"docs\": ••• }\n  |         ^^^"
        );
        assert_eq!(
            format!("{:?}", mistakes[0]),
            "`docs` must be a string\n --> 2:9\n  |\n2 | \"docs\": ••• }\n  |         ^^^"
        );
    }

    #[test]
    fn mistakes_come_in_the_order_of_the_text_and_are_counted_beyond_a_hundred() {
        let text = "x".repeat(300);
        let mut mistakes = Mistakes::default();
        for at in (0..250).rev() {
            mistakes.add(at..at + 1, || format!("at {at}"));
        }
        let mistakes = mistakes.finish(&text, Some(0));
        assert_eq!(mistakes.len(), 101);
        assert_eq!((mistakes[0].message(), mistakes[0].column()), ("at 150", 151));
        assert_eq!((mistakes[99].message(), mistakes[99].column()), ("at 249", 250));
        assert_eq!((mistakes[100].message(), mistakes[100].column()), ("and 150 more mistakes", 1));
    }
}
