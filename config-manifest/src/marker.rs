//! Environment values that stand for something else. What comes out of SSM is never interpreted.

/// The value of a variable whose value must be fetched.
pub const FETCH: &str = "__FETCH_FROM_SSM__";
const FETCH_FROM: &str = "__FETCH_FROM_SSM__:";
const REFERENCE: &str = "__FETCH_FROM_SECRET__:";
const LITERAL: &str = "__LITERAL__:";

/// What the value of a bound variable means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// The value itself.
    Plain(&'a str),
    /// Fetch it from where it always is.
    Fetch,
    /// Fetch it from another SSM name or ARN; with `key`, take that string of a JSON object. There is no fallback.
    Elsewhere {
        /// The SSM name or ARN.
        source: &'a str,
        /// The key in the JSON object.
        key: Option<&'a str>,
    },
    /// The value of another secret of this function.
    Reference(&'a str),
    /// A marker that this version does not know, or a known one with nothing behind it. Never the value.
    Unknown,
}

/// Reads the value of a bound variable.
pub fn read(value: &str) -> Meaning<'_> {
    if value == FETCH {
        return Meaning::Fetch;
    }
    if let Some(literal) = value.strip_prefix(LITERAL) {
        return Meaning::Plain(literal);
    }
    if let Some(name) = value.strip_prefix(REFERENCE).filter(|name| !name.is_empty()) {
        return Meaning::Reference(name);
    }
    if let Some(place) = value.strip_prefix(FETCH_FROM) {
        return elsewhere(place);
    }
    if is_marker(value) { Meaning::Unknown } else { Meaning::Plain(value) }
}

/// The form in which `value` can stand in an environment: as it is, or behind `__LITERAL__:` where it looks like a marker.
pub fn escape(value: &str) -> std::borrow::Cow<'_, str> {
    if is_marker(value) { format!("{LITERAL}{value}").into() } else { value.into() }
}

/// The last `#` separates the key: no SSM name and no ARN of a parameter has one.
fn elsewhere(place: &str) -> Meaning<'_> {
    let (source, key) = match place.rsplit_once('#') {
        Some((source, key)) => (source, Some(key)),
        None => (place, None),
    };
    if source.is_empty() || key.is_some_and(str::is_empty) {
        return Meaning::Unknown;
    }
    Meaning::Elsewhere { source, key }
}

/// `^__[A-Z]+(_[A-Z]+)*__(:|$)`, where `$` is the end of the value, not of a line.
fn is_marker(value: &str) -> bool {
    let Some(rest) = value.strip_prefix("__") else { return false };
    let word = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
    let Some(word_only) = rest[..word].strip_suffix("__") else { return false };
    let after = &rest[word..];
    (after.is_empty() || after.starts_with(':')) && word_only.split('_').all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_wire_contract_is_read() {
        assert_eq!(read("__FETCH_FROM_SSM__"), Meaning::Fetch);
        assert_eq!(read("__FETCH_FROM_SSM__:/a/b"), Meaning::Elsewhere { source: "/a/b", key: None });
        assert_eq!(
            read("__FETCH_FROM_SSM__:/aws/reference/secretsmanager/db#password"),
            Meaning::Elsewhere { source: "/aws/reference/secretsmanager/db", key: Some("password") }
        );
        assert_eq!(
            read("__FETCH_FROM_SSM__:arn:aws:ssm:eu-west-1:1:parameter/a"),
            Meaning::Elsewhere { source: "arn:aws:ssm:eu-west-1:1:parameter/a", key: None }
        );
        assert_eq!(read("__FETCH_FROM_SECRET__:DB"), Meaning::Reference("DB"));
        assert_eq!(read("__LITERAL__:__FETCH_FROM_SSM__"), Meaning::Plain("__FETCH_FROM_SSM__"));
        assert_eq!(read("__LITERAL__:"), Meaning::Plain(""));
        assert_eq!(read("1.2.0"), Meaning::Plain("1.2.0"));
        assert_eq!(read(""), Meaning::Plain(""));
    }

    #[test]
    fn a_marker_of_a_later_version_is_never_the_value() {
        for marker in [
            "__SEALED__",
            "__FETCH_FROM_VAULT__:x",
            "__A__:",
            "__LITERAL__",
            "__FETCH_FROM_SECRET__",
            "__FETCH_FROM_SSM__:",
            "__FETCH_FROM_SECRET__:",
            "__FETCH_FROM_SSM__:#k",
            "__FETCH_FROM_SSM__:/a#",
        ] {
            assert_eq!(read(marker), Meaning::Unknown, "{marker}");
        }
    }

    #[test]
    fn what_only_resembles_a_marker_is_the_value() {
        for value in [
            "__", "____", "___", "__A", "__A_", "__a__", "__A___", "___A__", "__A__B__", "__A1__", "__A__x", "__A__\n",
            " __A__", "_A_", "__A____", "__A__ ",
        ] {
            assert_eq!(read(value), Meaning::Plain(value), "{value:?}");
        }
    }

    #[test]
    fn every_value_survives_escape_and_read() {
        for value in [
            "",
            "x",
            "__FETCH_FROM_SSM__",
            "__FETCH_FROM_SSM__:a",
            "__LITERAL__:x",
            "__LITERAL__:",
            "__SEALED__:y",
            "__A__\n",
            "a\nb",
        ] {
            assert_eq!(read(&escape(value)), Meaning::Plain(value), "{value:?}");
        }
        assert_eq!(escape("plain"), "plain");
    }
}
