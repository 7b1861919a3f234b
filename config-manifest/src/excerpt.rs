//! The line of a mistake as it is shown: masked, of bounded width, with the columns for the caret. For any text with lines.

use std::ops::Range;

use crate::printed::is_printable;

/// The part of one line that could be shown, in bytes.
pub struct View {
    line: Range<usize>,
    part: Range<usize>,
    mark: Range<usize>,
}

impl View {
    /// What is around the mark `range`, of the line with these bytes; white space at its end is not shown.
    pub fn around(text: &str, line: Range<usize>, range: Range<usize>) -> View {
        let (start, at) = (line.start, range.start);
        let end = start + text[line].trim_end_matches(['\n', '\r', ' ', '\t']).len();
        let mark = at..range.end.clamp(at, end.max(at));
        let part = text.ceil_char_boundary(at.saturating_sub(REACH)).max(start)
            ..text.floor_char_boundary(at + REACH).min(end).max(start);
        View { line: start..end, part, mark }
    }

    /// Where its line starts.
    pub fn line(&self) -> usize {
        self.line.start
    }

    /// Where its mark starts.
    pub fn mark(&self) -> usize {
        self.mark.start
    }

    /// What is shown of the line, and where the caret is in that, in characters; it is never empty. `tokens` are sorted; of each
    /// is asked what stands for it where it is not shown as it is, by the part of the line that is looked at.
    pub fn show<T: Token>(
        &self,
        text: &str,
        tokens: &[T],
        hidden: impl Fn(&T, &Range<usize>) -> Option<String>,
    ) -> (String, Range<usize>) {
        let mut line = Line::default();
        let mut at = self.part.start;
        let first = tokens.partition_point(|token| token.range().end <= self.part.start);
        for token in &tokens[first..] {
            let range = token.range();
            if range.start >= self.part.end {
                break;
            }
            line.push_text(text, at..range.start.max(at), &self.mark);
            match hidden(token, &self.part) {
                None => line.push_text(text, range.start.max(at)..range.end, &self.mark),
                Some(shown) => line.push_hidden(&shown, &range, &self.mark),
            }
            at = range.end;
        }
        line.push_text(text, at..self.part.end.max(at), &self.mark);
        line.finish((self.part.start > self.line.start, self.part.end < self.line.end))
    }
}

/// A piece of a text.
pub trait Token {
    /// Its bytes.
    fn range(&self) -> Range<usize>;
}

/// Of the tokens of a text, which come in order, those that some view shows: a text may have millions.
pub fn in_view<T: Token>(views: &[View], tokens: impl Iterator<Item = T>) -> Vec<T> {
    let mut parts: Vec<Range<usize>> = views.iter().map(|view| view.part.clone()).collect();
    parts.sort_unstable_by_key(|part| part.start);
    let mut parts = parts.into_iter().peekable();
    let mut kept = Vec::new();
    for token in tokens {
        let range = token.range();
        while parts.next_if(|part| part.end <= range.start).is_some() {}
        match parts.peek() {
            None => break,
            Some(part) if range.end > part.start => kept.push(token),
            Some(_) => {}
        }
    }
    kept
}

/// What stands for a value that is not shown.
pub const HIDDEN: &str = "•••";

/// The characters that are shown, while they are put together.
#[derive(Default)]
struct Line {
    chars: Vec<char>,
    mark_start: Option<usize>,
    mark_end: Option<usize>,
}

impl Line {
    /// Text as it is, one column per character.
    fn push_text(&mut self, text: &str, range: Range<usize>, mark: &Range<usize>) {
        for (offset, c) in text[range.clone()].char_indices() {
            self.note(range.start + offset, mark);
            match c {
                '\t' => self.chars.extend([' '; TAB]),
                c if is_printable(c) => self.chars.push(c),
                _ => self.chars.push('\u{fffd}'),
            }
        }
        self.note(range.end, mark);
    }

    /// What stands in for a token.
    fn push_hidden(&mut self, shown: &str, token: &Range<usize>, mark: &Range<usize>) {
        let start = self.chars.len();
        self.chars.extend(shown.chars());
        // A caret inside of what is hidden marks all of it: where it is would tell a length.
        if token.contains(&mark.start) {
            self.mark_start = Some(start);
        }
        if token.start < mark.end && mark.end <= token.end {
            self.mark_end = Some(self.chars.len());
        }
    }

    fn note(&mut self, at: usize, mark: &Range<usize>) {
        if at == mark.start {
            self.mark_start = Some(self.chars.len());
        }
        if at == mark.end {
            self.mark_end = Some(self.chars.len());
        }
    }

    /// The text and the caret in it, no wider than [`WIDTH`] and the marks of what is cut off.
    fn finish(self, cut: (bool, bool)) -> (String, Range<usize>) {
        let length = self.chars.len();
        let start = self.mark_start.unwrap_or(length);
        let end = self.mark_end.unwrap_or(length).max(start + 1);
        let from = if length <= WIDTH { 0 } else { start.saturating_sub(WIDTH / 2).min(length - WIDTH) };
        let to = length.min(from + WIDTH);
        let (left, right) = (cut.0 || from > 0, cut.1 || to < length);
        let mut shown = String::new();
        shown.extend(left.then_some('…'));
        shown.extend(&self.chars[from..to]);
        shown.extend(right.then_some('…'));
        let shift = usize::from(left);
        let caret = start - from + shift..end.clamp(start + 1, to.max(start + 1)) - from + shift;
        (shown.trim_end().to_owned(), caret)
    }
}

/// How many bytes on each side of a mistake are looked at.
const REACH: usize = 400;
/// How many characters of a line are shown.
pub(crate) const WIDTH: usize = 110;
const TAB: usize = 4;
