//! The places of mistakes in `bind.toml`: line, column, and what is shown of the line.

use std::ops::Range;

use bind_config_manifest::excerpt::{self, HIDDEN, View, in_view};

use super::mask::Visible;
use super::tokens::{BYTE_ORDER_MARK, Kind, Token, tokens};
use crate::declaration::mistake::Place;

/// The places of `ranges`, in their order. All of them take one pass.
pub(super) fn places(text: &str, visible: &Visible<'_>, ranges: &[Range<usize>]) -> Vec<Place> {
    let mut columns = Columns::new(text);
    let views: Vec<View> = ranges.iter().map(|range| columns.view(range)).collect();
    let tokens = in_view(&views, tokens(text));
    let place = |view: &View| {
        let hidden = |token: &Token, part: &Range<usize>| (!visible.shows(text, *token)).then(|| hidden(*token, part));
        let (shown, caret) = view.show(text, &tokens, hidden);
        let (line, column) = columns.place(view.mark());
        Place { line, column, shown, caret }
    };
    views.iter().map(place).collect()
}

/// What stands for a token: of one of several lines there are the quotes that are on this line.
fn hidden(token: Token, part: &Range<usize>) -> String {
    let (opens, closes) = (token.start >= part.start, token.end <= part.end);
    let quotes = |is_here: bool| match token.kind {
        Kind::Text { quotes, .. } if is_here => "\"".repeat(quotes),
        _ => String::new(),
    };
    let is_closed = matches!(token.kind, Kind::Text { closed: true, .. });
    let mark = if token.kind == Kind::Comment && opens { "# " } else { "" };
    format!("{mark}{}{HIDDEN}{}", quotes(opens), quotes(closes && is_closed))
}

impl excerpt::Token for Token {
    fn range(&self) -> Range<usize> {
        self.start..self.end
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

    /// What is around a mark.
    fn view(&self, range: &Range<usize>) -> View {
        let at = range.start.clamp(self.starts[0], self.text.len());
        let number = self.starts.partition_point(|start| *start <= at);
        let line = self.starts[number - 1]..self.starts.get(number).copied().unwrap_or(self.text.len());
        View::around(self.text, line, at..range.end.max(at))
    }
}
