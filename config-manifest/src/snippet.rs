//! The places of mistakes in a manifest: line, column, and what is shown of the line.

use std::ops::Range;

use crate::excerpt::{self, HIDDEN, View, in_view};
use crate::lexer::{Token, TokenKind};
use crate::mask::masked;

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
    let views: Vec<(usize, View)> = ranges.iter().map(|range| view(text, &starts, range)).collect();
    let (numbers, views): (Vec<usize>, Vec<View>) = views.into_iter().unzip();
    let tokens = in_view(&views, masked(text, broken));
    let mut counter = Columns { text, at: 0, column: 0, line: 0 };
    let place = |(line, view): (usize, &View)| {
        let (shown, caret) = view.show(text, &tokens, hidden);
        Place { line, column: counter.column(view.line(), view.mark()), shown, caret }
    };
    numbers.into_iter().zip(&views).map(place).collect()
}

/// The line of a mark, from 1, and what is around it.
fn view(text: &str, starts: &[usize], range: &Range<usize>) -> (usize, View) {
    let at = range.start.min(text.len());
    let number = starts.partition_point(|start| *start <= at);
    let line = starts[number - 1]..starts.get(number).map_or(text.len(), |next| next - 1);
    (number, View::around(text, line, at..range.end.max(at)))
}

/// What stands for a token that is not shown.
fn hidden((token, is_shown): &(Token, bool), _: &Range<usize>) -> Option<String> {
    let text = match token.kind {
        TokenKind::Text => format!("\"{HIDDEN}\""),
        TokenKind::Unclosed => format!("\"{HIDDEN}"),
        _ => HIDDEN.to_owned(),
    };
    (!is_shown).then_some(text)
}

impl excerpt::Token for (Token, bool) {
    fn range(&self) -> Range<usize> {
        self.0.start..self.0.end
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::excerpt::WIDTH;

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
