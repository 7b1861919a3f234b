//! AWS's limits of values, environments and policies, and how AWS measures.

use std::fmt;

use bind_config_manifest::name;
use serde_json::Value as Json;

/// What a value is in SSM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// In the tier `Standard`, which costs nothing.
    Standard,
    /// In the tier `Advanced`.
    Advanced,
    /// SSM takes no such value.
    Impossible(NoValue),
}

/// Why SSM does not take a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoValue {
    Empty,
    /// `{{` and `}}`: SSM takes it for the name of another parameter.
    Nested,
    TooLarge,
}

impl Tier {
    /// What a value is.
    pub(crate) fn of(value: &str) -> Tier {
        // SSM counts characters, as its error says.
        let characters = value.chars().count();
        if value.is_empty() {
            Tier::Impossible(NoValue::Empty)
        } else if value.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")) {
            Tier::Impossible(NoValue::Nested)
        } else if characters > ADVANCED {
            Tier::Impossible(NoValue::TooLarge)
        } else if characters > STANDARD {
            Tier::Advanced
        } else {
            Tier::Standard
        }
    }

    pub(crate) fn why_not(self) -> Option<NoValue> {
        match self {
            Tier::Impossible(why) => Some(why),
            Tier::Standard | Tier::Advanced => None,
        }
    }
}

impl fmt::Display for NoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoValue::Empty => "SSM takes no empty value",
            NoValue::Nested => "SSM takes no value with `{{` and `}}`",
            NoValue::TooLarge => "SSM takes at most 8,192 characters",
        })
    }
}

/// The bytes of an environment, as Lambda measures it: the JSON text of the map.
pub(crate) fn of_environment<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> usize {
    let all: usize = variables.into_iter().map(|(name, value)| of_variable(name, value)).sum();
    // The braces, less the comma that the last one has not.
    if all == 0 { 2 } else { all + 1 }
}

/// The variable of a restart, as large as it is for the next two centuries.
pub(crate) const RESTARTED: (&str, &str) = (name::ENV_RESTARTED, "1700000000000");

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
/// Characters of a Standard value.
pub(crate) const STANDARD: usize = 4_096;
/// Characters of an Advanced value, the largest there is.
pub(crate) const ADVANCED: usize = 8_192;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_copy_is_as_large_as_ssm_allows_in_characters() {
        assert_eq!(Tier::of(""), Tier::Impossible(NoValue::Empty));
        assert_eq!(Tier::of("a {{b}} c"), Tier::Impossible(NoValue::Nested));
        assert_eq!(Tier::of("}} {{"), Tier::Standard);
        assert_eq!(Tier::of(&"é".repeat(4_096)), Tier::Standard);
        assert_eq!(Tier::of(&"é".repeat(4_097)), Tier::Advanced);
        assert_eq!(Tier::of(&"é".repeat(8_192)), Tier::Advanced);
        assert_eq!(Tier::of(&"é".repeat(8_193)), Tier::Impossible(NoValue::TooLarge));
    }

    #[test]
    fn an_environment_is_measured_as_the_json_text_of_its_map() {
        let texts = BTreeMap::from([("A", "x\"y\\z\n\t\u{8}\u{c}\r\u{1}\u{7f}é"), ("EMPTY", ""), ("B", "plain")]);
        let of = |texts: &BTreeMap<&'static str, &'static str>| {
            of_environment(texts.iter().map(|(name, text)| (*name, *text)))
        };
        assert_eq!(of(&texts), serde_json::to_string(&texts).unwrap().len());
        assert_eq!(of(&BTreeMap::new()), "{}".len());

        let mut restarted = texts.clone();
        restarted.extend([RESTARTED]);
        assert_eq!(of(&restarted), serde_json::to_string(&restarted).unwrap().len());
    }
}
