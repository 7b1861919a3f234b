//! JSON that knows where it stands: every value and key with its offset in the text.
//!
//! `serde_json` judges the text as a whole. After that a value is a slice of it, and is looked into one level at a time.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A value, or a key, as it is spelled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    raw: &'a str,
    at: usize,
}

/// A key of an object and its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) key: Node<'a>,
    pub(crate) value: Node<'a>,
}

/// Why a value has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoText {
    /// It is not a string.
    NotAString,
    /// Half a surrogate pair.
    NotUnicode,
}

/// Where the text stops being JSON, and what was expected there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) at: usize,
}

/// Reads the one value that `text` is.
pub(crate) fn document(text: &str) -> Result<Node<'_>, SyntaxError> {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(value) => Ok(Node { raw: text, at: 0 }.part(value)),
        Err(err) => Err(syntax_error(text, &err)),
    }
}

impl<'a> Node<'a> {
    /// As it is spelled.
    pub(crate) fn raw(self) -> &'a str {
        self.raw
    }

    /// The offset in the text.
    pub(crate) fn start(self) -> usize {
        self.at
    }

    /// What a caret marks: all of it, but of an array or object only where it opens.
    pub(crate) fn span(self) -> Range<usize> {
        let length = if self.raw.starts_with(['{', '[']) { 1 } else { self.raw.len() };
        self.at..self.at + length
    }

    /// The text of a string.
    pub(crate) fn text(self) -> Result<Cow<'a, str>, NoText> {
        let inner = self.raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(NoText::NotAString)?;
        if !inner.contains('\\') {
            return Ok(Cow::Borrowed(inner));
        }
        serde_json::from_str::<String>(self.raw).map(Cow::Owned).map_err(|_| NoText::NotUnicode)
    }

    /// The spelling of a number.
    pub(crate) fn number(self) -> Option<&'a str> {
        let first = self.raw.as_bytes().first();
        first.is_some_and(|byte| *byte == b'-' || byte.is_ascii_digit()).then_some(self.raw)
    }

    /// `true` or `false`.
    pub(crate) fn boolean(self) -> Option<bool> {
        match self.raw {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The members of an object, in the order of the text, repeated ones too.
    pub(crate) fn members(self) -> Option<Vec<Member<'a>>> {
        if !self.raw.starts_with('{') {
            return None;
        }
        let Parts(members) = serde_json::from_str(self.raw).expect("the whole text has been read as JSON");
        let member = |(key, value)| Member { key: self.part(key), value: self.part(value) };
        Some(members.into_iter().map(member).collect())
    }

    /// The items of an array.
    pub(crate) fn items(self) -> Option<Vec<Node<'a>>> {
        if !self.raw.starts_with('[') {
            return None;
        }
        let Parts(items) = serde_json::from_str(self.raw).expect("the whole text has been read as JSON");
        Some(items.into_iter().map(|item| self.part(item)).collect())
    }

    /// `raw` borrows from this node's text, so its distance from there is its offset.
    fn part(self, raw: &'a RawValue) -> Node<'a> {
        let raw = raw.get();
        Node { raw, at: self.at + (raw.as_ptr().addr() - self.raw.as_ptr().addr()) }
    }
}

/// The parts of an array or object, undecoded.
struct Parts<T>(Vec<T>);

impl<'a> Deserialize<'a> for Parts<(&'a RawValue, &'a RawValue)> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

impl<'a> Deserialize<'a> for Parts<&'a RawValue> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items)
    }
}

struct Members;

impl<'a> Visitor<'a> for Members {
    type Value = Parts<(&'a RawValue, &'a RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Parts(members))
    }
}

struct Items;

impl<'a> Visitor<'a> for Items {
    type Value = Parts<&'a RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Parts(items))
    }
}

fn syntax_error(text: &str, err: &serde_json::Error) -> SyntaxError {
    // Syntax errors name what was expected and quote nothing.
    let mut message = err.to_string();
    if let Some(place) = message.rfind(" at line ") {
        message.truncate(place);
    }
    if let Some(inside) = message.strip_prefix("EOF while parsing ") {
        return SyntaxError { message: format!("not JSON: the file ends inside {inside}"), at: text.len() };
    }
    if message.starts_with("control character") {
        "a string does not end on its line, or has a control character that is not escaped".clone_into(&mut message);
    }
    if message == "expected ident" {
        "expected `true`, `false` or `null`".clone_into(&mut message);
    }
    let at = offset(text, err.line(), err.column());
    let (before, after) = text.as_bytes().split_at(at);
    let hint = match after {
        [b'/', b'/' | b'*', ..] | [b'#', ..] => ": JSON has no comments",
        [b'\'', ..] => ": JSON has double quotes only",
        [b'}' | b']', ..] if before.trim_ascii_end().ends_with(b",") => {
            let comma = before.trim_ascii_end().len() - 1;
            return SyntaxError { message: "not JSON: there is a comma too many".to_owned(), at: comma };
        }
        _ => "",
    };
    SyntaxError { message: format!("not JSON: {message}{hint}"), at }
}

/// The byte at `serde_json`'s line (from 1) and column (in bytes; the last one read, so 0 is the line break before).
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(breaks) => text.match_indices('\n').nth(breaks).map_or(text.len(), |(at, _)| at + 1),
    };
    text.floor_char_boundary((start + column).saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_value_knows_its_offset() {
        let text = " {\"a\" : [1, \"x\"],\n \"\\u0061\":{ } } ";
        let root = document(text).unwrap();
        let members = root.members().unwrap();
        let items = members[0].value.items().unwrap();
        for node in [root, members[0].key, members[0].value, items[0], items[1], members[1].key, members[1].value] {
            assert_eq!(&text[node.start()..node.start() + node.raw().len()], node.raw());
        }
        assert_eq!(members[1].key.text(), Ok(Cow::Borrowed("a")));
        assert_eq!(members[0].value.span(), 8..9);
        assert_eq!(items[1].span(), 12..15);
    }

    #[test]
    fn a_value_is_only_what_it_is() {
        let node = |text| document(text).unwrap();
        assert_eq!(node("1").text(), Err(NoText::NotAString));
        assert_eq!(node(r#""\ud800""#).text(), Err(NoText::NotUnicode));
        assert_eq!(node("-1e9").number(), Some("-1e9"));
        assert_eq!(node("true").number(), None);
        assert_eq!(node("true").boolean(), Some(true));
        assert_eq!(node("null").boolean(), None);
        assert!(node("[]").members().is_none() && node("{}").items().is_none());
    }

    #[test]
    fn a_syntax_error_is_where_the_text_stops_being_json() {
        let at = |text: &str| document(text).unwrap_err().at;
        assert_eq!(at("{\"a\": tru, }"), 9);
        assert_eq!(at("{\"a\" 1}"), 5);
        assert_eq!(at("{}\n{}"), 3);
        assert_eq!(at("{\"é\": é}"), 7);
        assert_eq!(at("{\n\"a\": \"b\n\"}"), 8);
        assert_eq!(at("{\n"), 2);
        assert_eq!(at("{\"a\": 1 ,\n}"), 8);
        assert_eq!(at("[1, 2,]"), 5);
    }

    #[test]
    fn ten_thousand_levels_are_no_more_than_a_value() {
        let text = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(document(&text).unwrap().members().unwrap()[0].value.raw().len(), 20_000);
    }
}
