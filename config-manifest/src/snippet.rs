//! The line of a mistake as it is shown: masked, of bounded width, with the columns for the caret.

use std::ops::Range;

use crate::lexer::{Token, TokenKind};
use crate::mask::masked;
use crate::printed::is_printable;

/// Where a mistake is, and what is shown of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    pub(crate) shown: String,
    /// In characters of `shown`; never empty.
    pub(crate) caret: Range<usize>,
}

/// The places of `ranges`, in their order; from `broken` on the text is not JSON. All of them take one pass.
pub(crate) fn places(text: &str, broken: Option<usize>, ranges: &[Range<usize>]) -> Vec<Place> {
    let starts = line_starts(text);
    let views: Vec<View> = ranges.iter().map(|range| View::of(text, &starts, range)).collect();
    let tokens = tokens_in_view(text, broken, &views);
    let mut counter = Columns { text, at: 0, column: 0, line: 0 };
    views.iter().map(|view| view.place(text, &tokens, &mut counter)).collect()
}

/// The part of one line that could be shown, in bytes.
struct View {
    line: usize,
    whole_line: Range<usize>,
    part: Range<usize>,
    mark: Range<usize>,
}

impl View {
    fn of(text: &str, starts: &[usize], range: &Range<usize>) -> View {
        let at = range.start.min(text.len());
        let line = starts.partition_point(|start| *start <= at);
        let start = starts[line - 1];
        let end = starts.get(line).map_or(text.len(), |next| next - 1);
        let end = start + text[start..end].trim_end_matches(['\r', ' ', '\t']).len();
        let mark = at..range.end.clamp(at, end.max(at));
        let part = text.ceil_char_boundary(at.saturating_sub(REACH)).max(start)
            ..text.floor_char_boundary(at + REACH).min(end).max(start);
        View { line, whole_line: start..end, part, mark }
    }

    fn place(&self, text: &str, tokens: &[(Token, bool)], counter: &mut Columns<'_>) -> Place {
        let mut line = Line::default();
        let mut at = self.part.start;
        let first = tokens.partition_point(|(token, _)| token.end <= self.part.start);
        for (token, shown) in &tokens[first..] {
            if token.start >= self.part.end {
                break;
            }
            line.push_text(text, at..token.start.max(at), &self.mark);
            line.push_token(text, *token, *shown, &self.mark);
            at = token.end;
        }
        line.push_text(text, at..self.part.end.max(at), &self.mark);
        let cut = (self.part.start > self.whole_line.start, self.part.end < self.whole_line.end);
        let (shown, caret) = line.finish(cut);
        Place { line: self.line, column: counter.column(self.whole_line.start, self.mark.start), shown, caret }
    }
}

/// Only what some view shows is kept.
fn tokens_in_view(text: &str, broken: Option<usize>, views: &[View]) -> Vec<(Token, bool)> {
    let mut parts: Vec<Range<usize>> = views.iter().map(|view| view.part.clone()).collect();
    parts.sort_unstable_by_key(|part| part.start);
    let mut parts = parts.into_iter().peekable();
    let mut tokens = Vec::new();
    for (token, shown) in masked(text, broken) {
        while parts.next_if(|part| part.end <= token.start).is_some() {}
        match parts.peek() {
            None => break,
            Some(part) if token.end > part.start => tokens.push((token, shown)),
            Some(_) => {}
        }
    }
    tokens
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

    fn push_token(&mut self, text: &str, token: Token, shown: bool, mark: &Range<usize>) {
        if shown {
            return self.push_text(text, token.start..token.end, mark);
        }
        let start = self.chars.len();
        self.chars.extend(match token.kind {
            TokenKind::Text => "\"•••\"".chars(),
            TokenKind::Unclosed => "\"•••".chars(),
            _ => "•••".chars(),
        });
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

/// Counts characters, and only once where the next place is further on in the same line: a line may have 10 MB.
struct Columns<'a> {
    text: &'a str,
    line: usize,
    at: usize,
    column: usize,
}

impl Columns<'_> {
    fn column(&mut self, line: usize, at: usize) -> usize {
        if self.line != line || self.at > at {
            (self.line, self.at, self.column) = (line, line, 0);
        }
        self.column += self.text[self.at.max(line)..at].chars().count();
        self.at = at;
        self.column + 1
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// How many bytes on each side of a mistake are looked at.
const REACH: usize = 400;
/// How many characters of a line are shown.
const WIDTH: usize = 110;
const TAB: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, range: Range<usize>) -> (usize, usize, String) {
        let place = places(text, None, &[range]).remove(0);
        let caret = " ".repeat(place.caret.start) + &"^".repeat(place.caret.len());
        (place.line, place.column, format!("{}\n{caret}", place.shown))
    }

    #[test]
    fn the_caret_is_under_the_token_also_behind_what_is_masked_and_behind_tabs() {
        let text = "{\r\n\t\"docs\": \"é\", \"app\": \"x\" }\r\n";
        let at = text.find("\"x\"").unwrap();
        let (line, column, shown) = place(text, at..at + 3);
        assert_eq!((line, column), (2, 22));
        assert_eq!(
            shown,
            "    \"docs\": \"•••\", \"app\": \"x\" }\n                            ^^^".replace("  ^^^", "^^^")
        );
        let at = text.find("\"é\"").unwrap();
        assert_eq!(place(text, at..at + 4).2, "    \"docs\": \"•••\", \"app\": \"x\" }\n            ^^^^^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let filler = "\"app\": 1, ".repeat(100_000);
        let text = format!("{{{filler}\"kind\": 5, {filler}}}");
        let at = text.find("\"kind\"").unwrap();
        let (line, column, shown) = place(&text, at..at + 6);
        assert_eq!((line, column), (1, at + 1));
        let (shown, caret) = shown.split_once('\n').unwrap();
        assert_eq!(shown.chars().count(), WIDTH + 2);
        assert!(shown.starts_with('…') && shown.ends_with('…'));
        let marked: String = shown.chars().zip(caret.chars()).filter(|(_, c)| *c == '^').map(|(c, _)| c).collect();
        assert_eq!(marked, "\"kind\"");
    }

    #[test]
    fn a_place_at_the_end_or_in_an_empty_text_has_a_caret() {
        assert_eq!(place("", 0..0), (1, 1, "\n^".to_owned()));
        assert_eq!(place("{\n", 2..2), (2, 1, "\n^".to_owned()));
        assert_eq!(place("{", 1..1), (1, 2, "{\n ^".to_owned()));
        assert_eq!(place("{  \n}", 3..4), (1, 4, "{\n ^".to_owned()));
        assert_eq!(place("{", 100..200), (1, 2, "{\n ^".to_owned()));
    }

    #[test]
    fn a_mark_that_spans_lines_ends_with_the_first() {
        assert_eq!(place("{\n}", 0..3), (1, 1, "{\n^".to_owned()));
    }

    #[test]
    fn places_need_not_be_in_order() {
        let text = "{\"app\": 1,\n\"app\": 2}";
        let both = places(text, None, &[12..17, 1..6]);
        assert_eq!((both[0].line, both[0].column, both[1].line, both[1].column), (2, 2, 1, 2));
        let both = places(text, None, &[8..9, 1..6]);
        assert_eq!((both[0].column, both[1].column), (9, 2));
    }
}
