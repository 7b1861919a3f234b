//! How large things may be: AWS's numbers, and how AWS measures.

use std::fmt;

use bind_config_manifest::name;
use serde_json::Value as Json;

use super::environment::{Content, Environment};

/// What a copy of a value in SSM is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copy {
    /// In the tier `Standard`, which costs nothing.
    Standard,
    /// In the tier `Advanced`.
    Advanced,
    /// SSM takes no such value.
    Impossible(NoCopy),
}

/// Why SSM does not take a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoCopy {
    Empty,
    /// `{{` and `}}`: SSM takes it for the name of another parameter.
    Nested,
    TooLarge,
}

impl Copy {
    /// What the copy of a value is.
    pub(crate) fn of(value: &str) -> Copy {
        // SSM counts characters, as its error says.
        let characters = value.chars().count();
        if value.is_empty() {
            Copy::Impossible(NoCopy::Empty)
        } else if value.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")) {
            Copy::Impossible(NoCopy::Nested)
        } else if characters > ADVANCED {
            Copy::Impossible(NoCopy::TooLarge)
        } else if characters > STANDARD {
            Copy::Advanced
        } else {
            Copy::Standard
        }
    }

    pub(crate) fn why_not(self) -> Option<NoCopy> {
        match self {
            Copy::Impossible(why) => Some(why),
            Copy::Standard | Copy::Advanced => None,
        }
    }
}

impl fmt::Display for NoCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoCopy::Empty => "SSM takes no empty value",
            NoCopy::Nested => "SSM takes no value with `{{` and `}}`",
            NoCopy::TooLarge => "SSM takes at most 8,192 characters",
        })
    }
}

/// The bytes of an environment, as Lambda measures it: the JSON text of the map. Values that only a deployment knows count
/// as empty.
pub(crate) fn of_environment(environment: &Environment<'_>, is_restarted: bool) -> usize {
    let marker = if is_restarted { of_variable(name::ENV_RESTARTED, "1700000000000") } else { 0 };
    let variables = environment.iter().map(|(name, content)| match content {
        Content::Text(text) => of_variable(name, text),
        Content::Later(_) => of_variable(name, ""),
    });
    // The braces, less the comma that the last one has not.
    let all: usize = variables.sum::<usize>() + marker;
    if all == 0 { 2 } else { all + 1 }
}

/// `"NAME":"value",`
fn of_variable(name: &str, value: &str) -> usize {
    of_text(name) + of_text(value) + 2
}

/// The bytes of a text as JSON.
pub(crate) fn of_text(text: &str) -> usize {
    let escapes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 1,
        0..32 => 5,
        _ => 0,
    });
    2 + text.len() + escapes.sum::<usize>()
}

/// The characters of a policy, as IAM measures it: white space does not count.
pub(crate) fn of_policy(document: &Json) -> usize {
    document.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

/// What Lambda takes as environment, in bytes.
pub(crate) const ENVIRONMENT: usize = 4_096;
/// What IAM takes as all inline policies of a role together, in characters.
pub(crate) const INLINE_POLICY: usize = 10_240;
/// What IAM takes as a managed policy, in characters.
pub(crate) const MANAGED_POLICY: usize = 6_144;
const STANDARD: usize = 4_096;
const ADVANCED: usize = 8_192;

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_copy_is_as_large_as_ssm_allows_in_characters() {
        assert_eq!(Copy::of(""), Copy::Impossible(NoCopy::Empty));
        assert_eq!(Copy::of("a {{b}} c"), Copy::Impossible(NoCopy::Nested));
        assert_eq!(Copy::of("}} {{"), Copy::Standard);
        assert_eq!(Copy::of(&"é".repeat(4_096)), Copy::Standard);
        assert_eq!(Copy::of(&"é".repeat(4_097)), Copy::Advanced);
        assert_eq!(Copy::of(&"é".repeat(8_192)), Copy::Advanced);
        assert_eq!(Copy::of(&"é".repeat(8_193)), Copy::Impossible(NoCopy::TooLarge));
    }

    #[test]
    fn an_environment_is_measured_as_the_json_text_of_its_map() {
        let texts = BTreeMap::from([("A", "x\"y\\z\n\t\u{8}\u{c}\r\u{1}\u{7f}é"), ("EMPTY", ""), ("B", "plain")]);
        let environment: Environment<'_> =
            texts.iter().map(|(name, text)| (Cow::Borrowed(*name), Content::Text(Cow::Borrowed(*text)))).collect();
        assert_eq!(of_environment(&environment, false), serde_json::to_string(&texts).unwrap().len());
        assert_eq!(of_environment(&Environment::new(), false), "{}".len());

        let mut restarted = texts.clone();
        restarted.insert("SST_ADMIN_SECRET_UPDATED_AT", "1700000000000");
        assert_eq!(of_environment(&environment, true), serde_json::to_string(&restarted).unwrap().len());
    }
}
