//! The line of a mistake as it is shown: masked, of bounded width, with the columns for the caret.

use std::ops::Range;

use bind_config_manifest::printed::is_printable;

use super::mask::Visible;
use super::tokens::{BYTE_ORDER_MARK, Kind, Token, tokens};
use crate::declaration::mistake::Place;

/// The places of `ranges`, in their order. All of them take one pass.
pub(super) fn places(text: &str, visible: &Visible<'_>, ranges: &[Range<usize>]) -> Vec<Place> {
    let mut columns = Columns::new(text);
    let views: Vec<View> = ranges.iter().map(|range| View::of(&columns, range)).collect();
    let tokens = tokens_in_view(text, &views);
    views.iter().map(|view| view.place(text, &tokens, visible, &mut columns)).collect()
}

/// The part of one line that could be shown, in bytes.
struct View {
    whole_line: Range<usize>,
    part: Range<usize>,
    mark: Range<usize>,
}

impl View {
    fn of(columns: &Columns<'_>, range: &Range<usize>) -> View {
        let text = columns.text;
        let at = range.start.clamp(columns.starts[0], text.len());
        let (start, next) = columns.line(at);
        let end = start + text[start..next].trim_end_matches(['\n', '\r', ' ', '\t']).len();
        let mark = at..range.end.clamp(at, end.max(at));
        let part = text.ceil_char_boundary(at.saturating_sub(REACH)).max(start)
            ..text.floor_char_boundary(at + REACH).min(end).max(start);
        View { whole_line: start..end, part, mark }
    }

    fn place(&self, text: &str, tokens: &[Token], visible: &Visible<'_>, columns: &mut Columns<'_>) -> Place {
        let mut line = Line::default();
        let mut at = self.part.start;
        let first = tokens.partition_point(|token| token.end <= self.part.start);
        for token in &tokens[first..] {
            if token.start >= self.part.end {
                break;
            }
            line.push_text(text, at..token.start.max(at), &self.mark);
            if visible.shows(text, *token) {
                line.push_text(text, token.start.max(at)..token.end, &self.mark);
            } else {
                line.push_hidden(*token, &self.part, &self.mark);
            }
            at = token.end;
        }
        line.push_text(text, at..self.part.end.max(at), &self.mark);
        let cut = (self.part.start > self.whole_line.start, self.part.end < self.whole_line.end);
        let (shown, caret) = line.finish(cut);
        let (line, column) = columns.place(self.mark.start);
        Place { line, column, shown, caret }
    }
}

/// Only what some view shows is kept.
fn tokens_in_view(text: &str, views: &[View]) -> Vec<Token> {
    let mut parts: Vec<Range<usize>> = views.iter().map(|view| view.part.clone()).collect();
    parts.sort_unstable_by_key(|part| part.start);
    let mut parts = parts.into_iter().peekable();
    let mut kept = Vec::new();
    for token in tokens(text) {
        while parts.next_if(|part| part.end <= token.start).is_some() {}
        match parts.peek() {
            None => break,
            Some(part) if token.end > part.start => kept.push(token),
            Some(_) => {}
        }
    }
    kept
}

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

    /// What stands in for a token: of one of several lines there are the quotes that are on this line.
    fn push_hidden(&mut self, token: Token, part: &Range<usize>, mark: &Range<usize>) {
        let start = self.chars.len();
        let (opens, closes) = (token.start >= part.start, token.end <= part.end);
        let quotes = match token.kind {
            Kind::Text { quotes, closed } => [usize::from(opens) * quotes, usize::from(closes && closed) * quotes],
            Kind::Mark | Kind::Comment | Kind::Word => [0, 0],
        };
        self.chars.extend("# ".chars().filter(|_| token.kind == Kind::Comment && opens));
        self.chars.extend(std::iter::repeat_n('"', quotes[0]));
        self.chars.extend(HIDDEN.chars());
        self.chars.extend(std::iter::repeat_n('"', quotes[1]));
        // A caret inside of what is hidden marks all of it: where it is would tell a length.
        if (token.start..token.end).contains(&mark.start) {
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

/// Finds lines and columns. Counts characters only once where the next place is further on in the same line: a line may
/// have 10 MB.
pub(super) struct Columns<'a> {
    text: &'a str,
    /// Where lines start; the first one behind a byte order mark.
    starts: Vec<usize>,
    line: usize,
    at: usize,
    column: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn new(text: &'a str) -> Columns<'a> {
        let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        let starts = std::iter::once(first).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Columns { text, starts, line: first, at: first, column: 0 }
    }

    /// The line and the column of a byte, both from 1.
    pub(super) fn place(&mut self, at: usize) -> (usize, usize) {
        let at = at.clamp(self.starts[0], self.text.len());
        let number = self.starts.partition_point(|start| *start <= at);
        let line = self.starts[number - 1];
        if self.line != line || self.at > at {
            (self.line, self.at, self.column) = (line, line, 0);
        }
        self.column += self.text[self.at..at].chars().count();
        self.at = at;
        (number, self.column + 1)
    }

    /// Where the line of a byte starts, and where the next one does.
    fn line(&self, at: usize) -> (usize, usize) {
        let number = self.starts.partition_point(|start| *start <= at);
        (self.starts[number - 1], self.starts.get(number).copied().unwrap_or(self.text.len()))
    }
}

const HIDDEN: &str = "•••";
/// How many bytes on each side of a mistake are looked at.
const REACH: usize = 400;
/// How many characters of a line are shown.
const WIDTH: usize = 110;
const TAB: usize = 4;
