//! What is wrong with `bind.toml`, where, and how it is shown: in the form that the mistakes of a manifest have.

use std::fmt;
use std::ops::Range;

use bind_config_manifest::printed::shortened;
use serde_json::json;

use crate::failure::{Failure, INVALID};
use crate::project::BIND_TOML;

/// One mistake in `bind.toml`.
///
/// # Security
///
/// It holds no value: the message names keys, types and rules, and the shown line has `•••` where a value could stand.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    message: String,
    place: Place,
}

/// Where a mistake is, and what is shown of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// The line, masked.
    pub(super) shown: String,
    /// In characters of `shown`; never empty.
    pub(super) caret: Range<usize>,
}

/// All mistakes, each with its place in `file`, separated by empty lines; no newline at the end.
pub(crate) fn render(mistakes: &[Mistake], file: &str) -> String {
    mistakes.iter().map(|mistake| mistake.render(file)).collect::<Vec<_>>().join("\n\n")
}

/// A `bind.toml` that cannot be read.
pub(crate) fn failure(mistakes: &[Mistake]) -> Failure {
    let problem = |Mistake { message, place: Place { line, column, .. } }: &Mistake| json!({ "file": BIND_TOML, "line": line, "column": column, "message": message });
    let problems = mistakes.iter().map(problem).collect();
    Failure::Mistakes { exit_code: 2, code: INVALID, message: render(mistakes, BIND_TOML), problems }
}

impl Mistake {
    pub(super) fn new(message: String, place: Place) -> Mistake {
        Mistake { message, place }
    }

    /// The message, the place in `file`, and the line with a caret; no newline at the end.
    ///
    /// ```text
    /// `MAX_ITEMS`: unknown type `u46`: did you mean `u64`?
    ///  --> bind.toml:5:33
    ///   |
    /// 5 | MAX_ITEMS = { value = •••, type = "u46" }
    ///   |                                   ^^^^^
    /// ```
    pub(crate) fn render(&self, file: &str) -> String {
        let Mistake { message, place: Place { line, column, shown, caret } } = self;
        let gutter = " ".repeat(line.to_string().len());
        let marks = " ".repeat(caret.start) + &"^".repeat(caret.len());
        let shown = if shown.is_empty() { String::new() } else { format!(" {shown}") };
        format!("{message}\n{gutter}--> {file}:{line}:{column}\n{gutter} |\n{line} |{shown}\n{gutter} | {marks}")
    }
}

/// The parts. So far only tests ask for them: people are shown all of it.
#[cfg(test)]
impl Mistake {
    /// What is wrong, in one line.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The line, from 1.
    pub(crate) fn line(&self) -> usize {
        self.place.line
    }

    /// The column in characters, from 1.
    pub(crate) fn column(&self) -> usize {
        self.place.column
    }

    /// The line as it is shown: without values, and cut where it is long.
    pub(crate) fn shown(&self) -> &str {
        &self.place.shown
    }

    /// What of the shown line is meant, in characters.
    pub(crate) fn caret(&self) -> Range<usize> {
        self.place.caret.clone()
    }
}

impl fmt::Debug for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render("bind.toml"))
    }
}

/// Collects mistakes while a text is read, by the bytes that they are about.
#[derive(Default)]
pub(super) struct Mistakes {
    found: Vec<(Range<usize>, String)>,
    count: usize,
}

impl Mistakes {
    /// Adds a mistake. Beyond [`MOST`] they are counted only, and `message` is not asked.
    pub(super) fn add(&mut self, at: &Range<usize>, message: impl FnOnce() -> String) {
        self.count += 1;
        if self.found.len() < MOST {
            self.found.push((at.clone(), shortened(&message(), LONGEST)));
        }
    }

    /// Adds what somebody else found, and how many more he only counted.
    pub(super) fn extend(&mut self, found: impl IntoIterator<Item = (Range<usize>, String)>, counted: usize) {
        let before = self.found.len();
        self.found.extend(found);
        self.count += self.found.len() - before + counted;
    }

    /// How many there are so far.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The first [`MOST`] in the order of the text, then one that counts the others; `places` finds where they are.
    pub(super) fn finish(mut self, places: impl FnOnce(&[Range<usize>]) -> Vec<Place>) -> Vec<Mistake> {
        self.found.sort_by_key(|(at, _)| at.start);
        let next = self.found.get(MOST).or(self.found.last()).map(|(at, _)| at.start);
        self.found.truncate(MOST);
        if let (more @ 1.., Some(next)) = (self.count - self.found.len(), next) {
            let message = format!("and {more} more {}", if more == 1 { "mistake" } else { "mistakes" });
            self.found.push((next..next, message));
        }
        let (ranges, messages): (Vec<_>, Vec<_>) = self.found.into_iter().unzip();
        messages.into_iter().zip(places(&ranges)).map(|(message, place)| Mistake::new(message, place)).collect()
    }
}

/// A hostile file must not fill the terminal with 100,000 of them.
const MOST: usize = 100;
/// The characters of a message.
const LONGEST: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn places(ranges: &[Range<usize>]) -> Vec<Place> {
        ranges
            .iter()
            .map(|range| Place { line: 1, column: range.start + 1, shown: "a = •••".to_owned(), caret: 4..7 })
            .collect()
    }

    #[test]
    fn a_mistake_is_rendered_as_rustc_does() {
        let mut mistakes = Mistakes::default();
        mistakes.add(&(4..5), || "`a` must be a string".to_owned());
        let mistakes = mistakes.finish(places);
        assert_eq!(
            render(&mistakes, "x/bind.toml"),
            "`a` must be a string\n --> x/bind.toml:1:5\n  |\n1 | a = •••\n  |     ^^^"
        );
    }

    #[test]
    fn mistakes_come_in_the_order_of_the_text_and_are_counted_beyond_a_hundred() {
        let mut mistakes = Mistakes::default();
        for at in (0..250).rev() {
            mistakes.add(&(at..at + 1), || format!("at {at}"));
        }
        mistakes.extend([(3..4, "another".to_owned())], 7);
        let mistakes = mistakes.finish(places);
        assert_eq!(mistakes.len(), 101);
        assert_eq!((mistakes[0].message(), mistakes[0].column()), ("another", 4));
        assert_eq!((mistakes[99].message(), mistakes[99].column()), ("at 248", 249));
        assert_eq!(mistakes[100].message(), "and 158 more mistakes");
    }
}
