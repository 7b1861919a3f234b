//! The tokens of a text that should be TOML. Takes any text: what is no TOML becomes words and unclosed strings.

/// A piece of the text that is not white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{`, `}`, `[`, `]`, `=`, `.` or `,`.
    Mark,
    /// From its quotes, so many on each side, to the same again; where they are missing, to the end of the line or text.
    Text { quotes: usize, closed: bool },
    /// From `#` to the end of its line.
    Comment,
    /// Anything else: a bare key, a number, `true`, or no TOML at all.
    Word,
}

/// Reads the tokens of `text`.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let bytes = text.as_bytes();
    let mut at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|byte| !is_blank(*byte))?;
        let (kind, end) = match bytes[start] {
            b'#' => (Kind::Comment, line_end(bytes, start)),
            b'"' | b'\'' => string(bytes, start),
            byte if is_mark(byte) => (Kind::Mark, start + 1),
            _ => (Kind::Word, word(bytes, start)),
        };
        at = end;
        Some(Token { kind, start, end })
    })
}

/// The first byte after `at` that is neither a blank nor a line break.
pub(super) fn following(text: &str, at: usize) -> Option<u8> {
    text.as_bytes()[at..].iter().copied().find(|byte| !matches!(byte, b' ' | b'\t'))
}

fn string(bytes: &[u8], start: usize) -> (Kind, usize) {
    let quote = bytes[start];
    if bytes[start..].starts_with(&[quote; 3]) {
        return string_of_lines(bytes, start, quote);
    }
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            byte if *byte == quote => return (Kind::Text { quotes: 1, closed: true }, at + 1),
            b'\n' | b'\r' => break,
            // An escaped line break still ends the line.
            b'\\' if quote == b'"' && !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r')) => at += 2,
            _ => at += 1,
        }
    }
    (Kind::Text { quotes: 1, closed: false }, at)
}

fn string_of_lines(bytes: &[u8], start: usize, quote: u8) -> (Kind, usize) {
    let mut at = start + 3;
    while at < bytes.len() {
        if bytes[at] == b'\\' && quote == b'"' {
            at += 2;
        } else if bytes[at..].starts_with(&[quote; 3]) {
            // Two more may belong to the text.
            let more = bytes[at + 3..].iter().take(2).take_while(|byte| **byte == quote).count();
            return (Kind::Text { quotes: 3, closed: true }, at + 3 + more);
        } else {
            at += 1;
        }
    }
    (Kind::Text { quotes: 3, closed: false }, bytes.len())
}

/// A dot is a part of a number and parts the keys of a path.
fn word(bytes: &[u8], start: usize) -> usize {
    let number = matches!(bytes[start], b'+' | b'-' | b'0'..=b'9');
    let ends = |byte: &u8| {
        let mark = is_mark(*byte) && !(number && *byte == b'.');
        mark || is_blank(*byte) || matches!(byte, b'"' | b'\'' | b'#')
    };
    bytes[start..].iter().position(ends).map_or(bytes.len(), |length| start + length)
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |length| start + length)
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b'=' | b'.' | b',')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).map(|token| &text[token.start..token.end]).collect()
    }

    #[test]
    fn a_text_falls_into_marks_strings_words_and_comments() {
        assert_eq!(
            texts("\u{feff}a.\"b \\\" c\" = { d = -1.5, e = 'x\\' } # f = 1\r\ng"),
            ["a", ".", "\"b \\\" c\"", "=", "{", "d", "=", "-1.5", ",", "e", "=", "'x\\'", "}", "# f = 1", "g"]
        );
        assert_eq!(texts("a\"b\"ü#c"), ["a", "\"b\"", "ü", "#c"]);
        assert_eq!(texts("1.2.3 = x"), ["1.2.3", "=", "x"]);
    }

    #[test]
    fn strings_of_several_lines_end_with_three_quotes_and_others_with_their_line() {
        let kinds = |text| tokens(text).map(|token| (token.kind, token.start..token.end)).collect::<Vec<_>>();
        let text = |quotes, closed| Kind::Text { quotes, closed };
        assert_eq!(kinds("\"\"\"a\n\\\"\"\" b\"\"\"\"\""), [(text(3, true), 0..16)]);
        assert_eq!(kinds("'''a\n\\'''"), [(text(3, true), 0..9)]);
        assert_eq!(kinds("'''a\nb"), [(text(3, false), 0..6)]);
        assert_eq!(kinds("\"a\\\n'b"), [(text(1, false), 0..3), (text(1, false), 4..6)]);
        assert_eq!(kinds("\"\"\"\\"), [(text(3, false), 0..4)]);
        assert_eq!(kinds("\"\""), [(text(1, true), 0..2)]);
    }
}
