//! What is said of a text that is not TOML. The parser's own messages are not used: some of them quote what they found.

use std::ops::Range;

use toml_edit::TomlError;

use super::tokens::{Kind, Token, tokens};

/// Where a text stops being TOML.
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) at: Range<usize>,
    /// Up to here it is known what is a key and what is a value.
    pub(super) good: usize,
}

/// What is wrong with a text that the parser refuses.
pub(super) fn error(text: &str, err: &TomlError) -> SyntaxError {
    let at = err.span().unwrap_or(text.len()..text.len());
    let start = text.floor_char_boundary(at.start.min(text.len()));
    let (class, why) = classify(err.message());
    let near = Near::of(text, start);
    let message = match class {
        Class::NoKey | Class::NoEquals => near.another_language().unwrap_or(why),
        Class::NoQuotes if near.here.is_none() => "there is no value behind `=`",
        Class::NoQuotes => near.word(text).unwrap_or(why),
        Class::Other | Class::Key | Class::Text => why,
    };
    let at = match (class, near.around, near.here) {
        // It is where it opens that somebody has to look.
        (Class::Text, Some(around), _) if matches!(around.kind, Kind::Text { .. }) => around.start..around.end,
        (_, _, Some(here)) if at.is_empty() => start..here.end,
        (Class::NoEquals, Some(around), None) => around.start..around.end,
        _ => start..at.end.max(start),
    };
    let good = if class == Class::Key { at.end } else { start.min(at.start) };
    SyntaxError { message: format!("not TOML: {message}"), at, good }
}

/// What must be known of an error beyond its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A key is wrong, and is known to be one.
    Key,
    NoKey,
    NoEquals,
    NoQuotes,
    /// A string is wrong.
    Text,
    Other,
}

/// Our words for the parser's.
fn classify(message: &str) -> (Class, &'static str) {
    let found = MESSAGES.iter().find(|(start, ..)| message.starts_with(start));
    found.map_or((Class::Other, "this does not belong here"), |(_, class, ours)| (*class, ours))
}

/// What stands around an error.
struct Near<'a> {
    /// The line up to the error.
    before: &'a str,
    /// The token that starts at it, on its line.
    here: Option<Token>,
    /// The one that it is in, or behind.
    around: Option<Token>,
    rest: &'a str,
}

impl<'a> Near<'a> {
    fn of(text: &'a str, at: usize) -> Near<'a> {
        let line = text[..at].rfind('\n').map_or(0, |line| line + 1);
        let around = tokens(text).take_while(|token| token.start <= at).last();
        let rest = &text[at..];
        let here = tokens(rest).next().filter(|token| token.start == 0 && !matches!(token.kind, Kind::Comment));
        let here = here.map(|token| Token { start: at, end: at + token.end, ..token });
        let here = here.filter(|token| !(token.kind == Kind::Mark && matches!(rest.as_bytes()[0], b'}' | b']' | b',')));
        Near { before: &text[line..at], here, around: around.filter(|token| at <= token.end), rest }
    }

    /// What is said where a line looks like one of another language.
    fn another_language(&self) -> Option<&'static str> {
        let before = self.before.trim();
        if before == "export" {
            return Some("leave out `export`");
        }
        if before.ends_with(':') || self.rest.starts_with(':') {
            return Some("here stands `=` and not `:`");
        }
        (before.is_empty() && self.rest.starts_with('{'))
            .then_some("this is JSON: write a line `KEY = VALUE` for each key")
    }

    /// What is said of the words that other languages have.
    fn word(&self, text: &str) -> Option<&'static str> {
        let word = &text[self.here?.start..self.here?.end];
        match word.to_ascii_lowercase().as_str() {
            "null" | "nil" | "none" | "undefined" => Some("there is no `null`: leave the key out"),
            "true" | "false" | "yes" | "no" | "on" | "off" => {
                Some("a boolean is `true` or `false`, and a text must be in quotes")
            }
            _ => None,
        }
    }
}

const NO_QUOTES: &str = "a text must be in quotes";
const NO_NUMBER: &str = "this is neither a number nor a date, and a text must be in quotes";
const NO_STRING: &str = "this text does not end on its line, or has a character that must be escaped";
const NO_LINES: &str = "this text has no closing quotes, or a character that must be escaped";
const NO_ESCAPE: &str = "there is no such escape: write `\\\\` for a backslash, or the text in single quotes";
const NO_KEY: &str = "a key is expected here";
const TOO_LARGE: &str = "this number is too large for TOML: the value of a parameter can be written in quotes";
const TOO_DEEP: &str = "nested too deep";
const COMMAS: &str = "there is a comma too many";

/// How the parser's messages start, and ours.
const MESSAGES: [(&str, Class, &str); 43] = [
    ("duplicate key", Class::Key, "this key stands in its table for the second time"),
    ("cannot extend value", Class::Key, "this key has a value already and cannot be a table too"),
    ("key with no value", Class::NoEquals, "a key without a value: `KEY = VALUE` is expected"),
    ("missing value for key", Class::NoEquals, "a key without a value: `KEY = VALUE` is expected"),
    ("invalid key-value pair", Class::NoKey, "`KEY = VALUE` is expected here"),
    ("missing value", Class::Other, "there is no value behind `=`"),
    ("string values must be quoted", Class::NoQuotes, NO_QUOTES),
    ("unquoted string", Class::NoQuotes, NO_QUOTES),
    ("invalid basic string", Class::Text, NO_STRING),
    ("invalid literal string", Class::Text, NO_STRING),
    ("invalid multi-line", Class::Text, NO_LINES),
    ("missing escaped value", Class::Text, NO_ESCAPE),
    ("too few unicode", Class::Text, NO_ESCAPE),
    ("invalid value", Class::Text, NO_ESCAPE),
    ("carriage return", Class::Other, "a carriage return stands only before a line break"),
    ("integer number overflowed", Class::Other, TOO_LARGE),
    ("floating-point number overflowed", Class::Other, TOO_LARGE),
    ("unexpected leading zero", Class::Other, "a number does not start with 0, and a text must be in quotes"),
    ("invalid float", Class::NoQuotes, NO_NUMBER),
    ("invalid integer", Class::NoQuotes, NO_NUMBER),
    ("invalid boolean", Class::NoQuotes, "a boolean is `true` or `false`, and a text must be in quotes"),
    ("invalid date-time", Class::Other, NO_NUMBER),
    ("invalid hexadecimal", Class::Other, NO_NUMBER),
    ("invalid octal", Class::Other, NO_NUMBER),
    ("invalid binary", Class::Other, NO_NUMBER),
    ("invalid mantissa", Class::Other, NO_NUMBER),
    ("invalid fraction", Class::Other, NO_NUMBER),
    ("invalid exponent", Class::Other, NO_NUMBER),
    ("`_` may only go", Class::Other, NO_NUMBER),
    ("missing comma between key", Class::Other, "there is a comma missing before this, or a `}`"),
    ("missing comma between array", Class::Other, "there is a comma missing before this, or a `]`"),
    ("extra comma", Class::Other, COMMAS),
    ("extra assignment", Class::Other, "there is a `=` too many"),
    ("extra `=`", Class::Other, "there is a `=` too many"),
    ("unclosed inline table", Class::Other, "there is a `}` missing"),
    ("unclosed array", Class::Other, "there is a `]` missing"),
    ("unclosed table", Class::Other, "there is a `]` missing"),
    ("missing key", Class::NoKey, NO_KEY),
    ("unquoted keys cannot be empty", Class::NoKey, NO_KEY),
    (
        "invalid unquoted key",
        Class::NoKey,
        "a key with other characters than letters, digits, `_` and `-` must be in quotes",
    ),
    ("unexpected key or value", Class::Other, "the line should end here: is there a quote or a line break missing?"),
    ("cannot recurse", Class::Other, TOO_DEEP),
    ("recursion limit", Class::Other, TOO_DEEP),
];
