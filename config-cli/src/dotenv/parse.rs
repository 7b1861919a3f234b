//! What `dotenv` 16.6.1 reads from a file. The original is one regular expression that backtracks; this is what it comes to, in
//! linear time.

use std::borrow::Cow;

use super::Entries;

pub(super) const QUOTES: [char; 3] = ['\'', '"', '`'];

/// Where the original's `^`, `$` and `.` see a line end. Carriage returns are gone by then.
const LINE_ENDS: [char; 3] = ['\n', '\u{2028}', '\u{2029}'];

/// The names and values of a file: each name where it first appears, with its last value.
///
/// There are no errors: what is no entry is skipped, and bytes that are no UTF-8 become U+FFFD. One order differs from the
/// original: a JavaScript object moves names that are whole numbers to its front.
pub(crate) fn parse(bytes: &[u8]) -> Vec<(String, String)> {
    let text = decode(bytes);
    let mut entries = Entries::default();
    for entry in all(&text) {
        entries.set(entry.name, unquote(entry.raw));
    }
    entries.list
}

/// What a line is for the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// An entry begins in it.
    Entry,
    /// The value of an entry above goes on.
    Value,
    /// Nothing.
    Idle,
}

/// What each line is.
pub(crate) fn lines(text: &str) -> Vec<Line> {
    let mut lines = vec![Line::Idle; text.split('\n').count()];
    let (mut line, mut counted) = (0, 0);
    let mut line_of = |at: usize| {
        line += text[counted..at].matches('\n').count();
        counted = at;
        line
    };
    for entry in all(text) {
        let first = line_of(entry.start);
        // The white space behind a value may have line breaks in it.
        let last = line_of(entry.start + entry.used.trim_end_matches(is_space).len());
        lines[first..=last].fill(Line::Value);
        lines[first] = Line::Entry;
    }
    lines
}

fn all(text: &str) -> impl Iterator<Item = Entry<'_>> {
    let mut line = Some(0);
    let next = move || {
        // Blank lines belong to the entry below them, so an attempt per run of white space is enough.
        let start = skip_space(text, line?);
        let entry = entry_at(text, start);
        line = next_line(text, entry.as_ref().map_or(start, |entry| entry.end));
        Some(entry)
    };
    // A JavaScript object takes this name for its prototype, and a string is none.
    std::iter::from_fn(next).flatten().filter(|entry| entry.name != "__proto__")
}

/// White space as JavaScript's `\s` and `trim` have it: with the byte order mark, without U+0085.
fn is_space(char: char) -> bool {
    char == '\u{feff}' || (char.is_whitespace() && char != '\u{85}')
}

/// What a name is made of.
pub(super) fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-')
}

struct Entry<'a> {
    name: &'a str,
    /// The value with its quotes and the white space around them.
    raw: &'a str,
    start: usize,
    /// All of it, up to the end of the value.
    used: &'a str,
    /// Where the search for the next entry goes on.
    end: usize,
}

pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text }
}

fn entry_at(text: &str, start: usize) -> Option<Entry<'_>> {
    let (name, after_name) = name_at(text, start)?;
    let at = after_separator(text, after_name)?;
    // What follows a separator always is a value: at worst an empty one, with the rest of the line as its comment.
    let value_end = quoted_end(text, at).unwrap_or_else(|| unquoted_end(text, at));
    Some(Entry {
        name,
        raw: &text[at..value_end],
        start,
        used: &text[start..value_end],
        end: rest_end(text, value_end),
    })
}

/// The name, after an `export` if another name follows that.
fn name_at(text: &str, start: usize) -> Option<(&str, usize)> {
    let exported = text[start..].strip_prefix("export").and_then(|_| {
        let after_word = start + "export".len();
        let at = skip_space(text, after_word);
        if at > after_word { word_at(text, at) } else { None }
    });
    exported.or_else(|| word_at(text, start))
}

fn word_at(text: &str, start: usize) -> Option<(&str, usize)> {
    let end = skip(text, start, is_name_char);
    (end > start).then(|| (&text[start..end], end))
}

/// The position after `=`, which may have white space and line ends before it, or after `:` and the one space it must have.
fn after_separator(text: &str, at: usize) -> Option<usize> {
    if let Some(after_colon) = text[at..].strip_prefix(':') {
        let space = after_colon.chars().next().filter(|&char| is_space(char))?;
        return Some(at + 1 + space.len_utf8());
    }
    let equals = skip_space(text, at);
    text[equals..].starts_with('=').then_some(equals + 1)
}

/// The end of a quoted value, which may begin some lines below.
///
/// It closes at the first quote that has no backslash before it. If that is in the middle of something, it closes at the last
/// one before it, backslash or not, that is followed by nothing but a comment.
///
/// A later value in the same kind of quotes opens behind the quote at which this search gives up (none opens right behind a
/// backslash), so all searches of a file together read it once for each kind.
fn quoted_end(text: &str, at: usize) -> Option<usize> {
    let open = skip_space(text, at);
    let quote = text[open..].chars().next().filter(|char| QUOTES.contains(char))?;
    let mut end = None;
    for (offset, _) in text[open + 1..].match_indices(quote) {
        let close = open + 1 + offset;
        if rest_is_empty(text, close + 1) {
            end = Some(close + 1);
        }
        if text.as_bytes()[close - 1] != b'\\' {
            break;
        }
    }
    end
}

fn unquoted_end(text: &str, at: usize) -> usize {
    text[at..].find(['#', '\n']).map_or(text.len(), |length| at + length)
}

/// Whether nothing but white space and a comment follows in the line.
fn rest_is_empty(text: &str, at: usize) -> bool {
    let next = skip_space(text, at);
    next == text.len() || text[next..].starts_with('#') || text[at..next].contains(LINE_ENDS)
}

/// The end of an entry whose value ends at `at`: it takes blank lines along, and a comment even if that is some lines below.
fn rest_end(text: &str, at: usize) -> usize {
    let next = skip_space(text, at);
    if text[next..].starts_with('#') {
        return line_end(text, next).map_or(text.len(), |(end, _)| end);
    }
    if next == text.len() { next } else { text[at..next].rfind(LINE_ENDS).map_or(at, |length| at + length) }
}

/// The first line that begins behind `at`.
fn next_line(text: &str, at: usize) -> Option<usize> {
    line_end(text, at).map(|(end, length)| end + length)
}

/// The first line end from `from` on, and its length.
fn line_end(text: &str, from: usize) -> Option<(usize, usize)> {
    let (offset, found) = text[from..].match_indices(LINE_ENDS).next()?;
    Some((from + offset, found.len()))
}

fn skip_space(text: &str, from: usize) -> usize {
    skip(text, from, is_space)
}

fn skip(text: &str, from: usize, what: impl Fn(char) -> bool) -> usize {
    text[from..].find(|char| !what(char)).map_or(text.len(), |length| from + length)
}

/// The value without the white space around it, without its quotes, and with its line breaks if the quotes were double.
fn unquote(raw: &str) -> String {
    let raw = raw.trim_matches(is_space);
    if !raw.contains(QUOTES) {
        return raw.to_owned();
    }
    let value = without_quotes(raw);
    if raw.starts_with('"') { value.replace("\\n", "\n").replace("\\r", "\r") } else { value }
}

/// The original drops a quote that begins a line, with the last such quote that ends one. A value in quotes is a single such
/// pair; one without can have several, since U+2028 and U+2029 do not end it and yet count as line ends here.
fn without_quotes(value: &str) -> String {
    let last = QUOTES.map(|quote| last_at_line_end(value, quote));
    let mut kept = String::with_capacity(value.len());
    let mut copied = 0;
    let mut line = Some(0);
    while let Some(start) = line {
        let close =
            QUOTES.iter().zip(last).find(|(quote, _)| value[start..].starts_with(**quote)).and_then(|(_, at)| at);
        if let Some(close) = close.filter(|&close| close > start) {
            kept.push_str(&value[copied..start]);
            kept.push_str(&value[start + 1..close]);
            copied = close + 1;
        }
        line = next_line(value, start.max(copied));
    }
    kept.push_str(&value[copied..]);
    kept
}

fn last_at_line_end(value: &str, quote: char) -> Option<usize> {
    let ends_line = |&(at, _): &(usize, &str)| at + 1 == value.len() || value[at + 1..].starts_with(LINE_ENDS);
    value.rmatch_indices(quote).find(ends_line).map(|(at, _)| at)
}
