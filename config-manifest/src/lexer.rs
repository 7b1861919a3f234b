//! The tokens of a text that should be JSON. Takes any text: what is no JSON becomes words and unclosed strings.

/// A piece of the text that is not white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `{`, `}`, `[`, `]`, `:` or `,`.
    Mark(u8),
    /// From one quote to the next, both included.
    Text,
    /// From a quote to the end of its line.
    Unclosed,
    /// Anything else: a number, `true`, or no JSON at all.
    Word,
}

/// Reads the tokens of `text`.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|byte| !is_blank(*byte))?;
        let (kind, end) = match bytes[start] {
            mark if is_mark(mark) => (TokenKind::Mark(mark), start + 1),
            b'"' => string(bytes, start),
            _ => (TokenKind::Word, word(bytes, start)),
        };
        at = end;
        Some(Token { kind, start, end })
    })
}

/// Whether the next thing after `at` is a colon.
pub(crate) fn colon_follows(text: &str, at: usize) -> bool {
    following(text, at) == Some(b':')
}

/// The first byte of the next thing after `at`.
pub(crate) fn following(text: &str, at: usize) -> Option<u8> {
    text.as_bytes()[at..].iter().copied().find(|byte| !is_blank(*byte))
}

fn string(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return (TokenKind::Text, at + 1),
            b'\n' | b'\r' => break,
            // An escaped line break still ends the line.
            b'\\' if !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r')) => at += 2,
            _ => at += 1,
        }
    }
    (TokenKind::Unclosed, at)
}

fn word(bytes: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| is_blank(*byte) || is_mark(*byte) || *byte == b'"';
    bytes[start..].iter().position(ends).map_or(bytes.len(), |length| start + length)
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b':' | b',')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(&str, TokenKind)> {
        tokens(text).map(|token| (&text[token.start..token.end], token.kind)).collect()
    }

    #[test]
    fn a_text_falls_into_marks_strings_and_words() {
        use TokenKind::{Mark, Text, Word};
        assert_eq!(
            texts(r#" {"a\"b" : -1.5e3,true]"#),
            [
                ("{", Mark(b'{')),
                (r#""a\"b""#, Text),
                (":", Mark(b':')),
                ("-1.5e3", Word),
                (",", Mark(b',')),
                ("true", Word),
                ("]", Mark(b']')),
            ]
        );
        assert_eq!(texts("a\"b\"ü"), [("a", Word), ("\"b\"", Text), ("ü", Word)]);
    }

    #[test]
    fn an_unclosed_string_ends_with_its_line() {
        use TokenKind::{Unclosed, Word};
        assert_eq!(texts("\"ab\r\ncd"), [("\"ab", Unclosed), ("cd", Word)]);
        assert_eq!(texts("\"ab\\\ncd"), [("\"ab\\", Unclosed), ("cd", Word)]);
        assert_eq!(texts("\"ab\\"), [("\"ab\\", Unclosed)]);
        assert_eq!(texts("\""), [("\"", Unclosed)]);
        assert_eq!(texts("\"\\é"), [("\"\\é", Unclosed)]);
    }
}
