//! Lines of a dotenv file that say something else than somebody meant, most likely. dotenv takes them without a word.

use std::collections::{BTreeMap, BTreeSet};

use crate::dotenv::{self, Line, Readers};

/// What is doubtful, each with its line; nothing of a value.
pub(crate) fn doubts(text: &str) -> Vec<String> {
    told(doubts_by_line(text, true))
}

/// The same of a file that was edited: a name that comes again below is what somebody added.
pub(crate) fn doubts_of_edited(text: &str) -> Vec<String> {
    told(doubts_by_line(text, false))
}

fn told(mut doubts: Vec<(usize, String)>) -> Vec<String> {
    doubts.sort();
    doubts.into_iter().map(|(at, why)| format!("line {}: {why}", at + 1)).collect()
}

fn doubts_by_line(text: &str, are_names_once: bool) -> Vec<(usize, String)> {
    let text = &*dotenv::decode(text.as_bytes());
    let entries = dotenv::parse(text.as_bytes());
    let values: BTreeMap<&str, &str> = entries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let value_of = |name: &str| values.get(name).copied();
    let mut doubts: Vec<(usize, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, (is, line)) in dotenv::lines(text).into_iter().zip(text.split('\n')).enumerate() {
        let is_said = match (is, assignment(line)) {
            // A value in quotes has what it has.
            (Line::Value, _) => continue,
            // Base64 ends so. Nothing of it is a name, and it may be a key.
            (_, Some((name, raw))) if name.len() > LONG && ["", "="].contains(&raw.trim()) => Some(PART.to_owned()),
            (_, Some((name, raw))) => value_of(name).and_then(|value| {
                if !seen.insert(name) && are_names_once {
                    return Some(format!("`{name}` stood above already, and this one counts"));
                }
                // What we write ourselves is meant, however odd it looks.
                let own = dotenv::write(name, value, Readers::Literal);
                let is_own = own.is_ok_and(|own| own.line.lines().next() == Some(line));
                doubt(raw, value).filter(|_| !is_own).map(|why| format!("`{name}`: {why}"))
            }),
            (_, None) => None,
        };
        let is_repeated = || assignment(line).is_some_and(|(name, _)| value_of(name).is_some());
        let is_nothing = is == Line::Idle && !line.trim().is_empty() && !line.trim_start().starts_with('#');
        doubts.extend(is_said.or_else(|| (is_nothing && !is_repeated()).then(|| IDLE.to_owned())).map(|why| (at, why)));
    }
    doubts
}

/// Why the value of a line is not what stands there.
fn doubt(raw: &str, value: &str) -> Option<&'static str> {
    let raw = raw.trim();
    let quote = raw.chars().next().filter(|first| ['"', '\'', '`'].contains(first));
    if let Some(quote) = quote {
        return (value.starts_with(quote) || has_another(value, quote)).then_some(OPEN);
    }
    let hash = raw.find('#')?;
    let is_glued = raw[..hash].chars().next_back().is_some_and(|before| !before.is_whitespace());
    (is_glued && value == raw[..hash].trim_end()).then_some(CUT)
}

/// Whether a value in quotes has the start of another assignment in it: `a" B="b` of `A="a" B="b"`.
fn has_another(value: &str, quote: char) -> bool {
    let mut behind = value.split(quote).skip(1).filter(|rest| rest.starts_with(char::is_whitespace));
    behind.any(|rest| rest.ends_with('=') && assignment(rest).is_some())
}

/// `NAME=…` of a line, `NAME: …`, or the same behind `export`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let is_separator =
        |(at, c): &(usize, char)| *c == '=' || *c == ':' && line[at + 1..].starts_with(char::is_whitespace);
    let (at, _) = line.char_indices().find(is_separator)?;
    let (name, raw) = (line[..at].trim_end(), &line[at + 1..]);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    is_name.then_some((name, raw))
}

const OPEN: &str = "the quote that begins its value is not closed, or something comes behind it";
const CUT: &str = "the rest behind `#` is taken for a comment; in quotes it is a part of the value";
const IDLE: &str = "it has no effect; if it is a part of the value above, that needs quotes";
const PART: &str = "it looks like the end of the value above, which needs quotes then";
/// Longer than names are whose value is empty.
const LONG: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_not_doubted() {
        for text in [
            "A=1\nB='x\ny'\n# c\n\n",
            "A=\"#\"\nB=x # a comment\nC=#\n",
            "A=\"'tis\"\nB='\"'\n",
            "A='-----BEGIN KEY-----\nMHcCAQEEIAbcdefghijklmnopqrstuv==\nB=c#d\n-----END KEY-----'\nB=1\n",
            "A=\"{\"a\": \"b = c\", \"d\": \"=\"}\"\n",
            "export A=1\nB = 2\n",
            "A=\"-----BEGIN\nx=y#z\n-----END\"\n",
            "A=\n",
        ] {
            assert_eq!(doubts(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_says_something_else_is_named_with_its_line_and_no_value() {
        for (text, expected) in [
            ("A=pa#ss word\n", vec![format!("line 1: `A`: {CUT}")]),
            ("X=1\nA=\"hunter\n", vec![format!("line 2: `A`: {OPEN}")]),
            ("A='a' b\n", vec![format!("line 1: `A`: {OPEN}")]),
            ("A=\"a\" B=\"b\"\n", vec![format!("line 1: `A`: {OPEN}")]),
            ("A=1\nB=2\nA=3\n", vec!["line 3: `A` stood above already, and this one counts".to_owned()]),
            (
                "A=-----BEGIN KEY-----\nMIIE\n-----END KEY-----\nB=1\n",
                vec![format!("line 2: {IDLE}"), format!("line 3: {IDLE}")],
            ),
            ("A=x\nMIIEvQIBADANBgkqhkiG9w0BA==\n", vec![format!("line 2: {PART}")]),
            ("A=x\nMIIEvQIBADANBgkqhkiG9w0BA=\n", vec![format!("line 2: {PART}")]),
        ] {
            assert_eq!(doubts(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_doubtful_in_a_small_file_is_doubtful_in_a_large_one() {
        let key = "DB=-----BEGIN KEY-----\nMIIEvQ\n-----END KEY-----\n";
        let [comments, quoted] = ["#\n".repeat(100_000), "Q='x\ny\n'\n".repeat(50_000)];

        let doubtful = doubts_of_edited(&format!("{key}{comments}{quoted}"));

        assert_eq!(doubtful, [format!("line 2: {IDLE}"), format!("line 3: {IDLE}")]);
    }

    /// dotenv takes lines for parts of values in ways of its own.
    #[test]
    fn no_line_without_effect_is_missed() {
        let parts = ["A=1", "B='x", "y'", "C", "=", " = 2", "D: 3", "E:3", "# c'", "'", "\"z\"", "", "F=\"", "G=a#b"];
        let mut number = 1_u64;
        let mut part = || {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            parts[usize::try_from(number >> 33).unwrap() % parts.len()]
        };
        let mut found = 0;
        for _ in 0..20_000 {
            let lines: Vec<&str> = (0..5).map(|_| part()).collect();
            // A name that comes twice with its `=` in the line below is beyond anybody.
            if lines.iter().filter(|line| **line == "C").count() > 1 {
                continue;
            }
            let (text, all) = (lines.join("\n"), dotenv::parse(lines.join("\n").as_bytes()));
            let has_no_effect = |at: usize| {
                let mut without = lines.clone();
                let line = without.remove(at).trim();
                !line.is_empty() && !line.starts_with('#') && dotenv::parse(without.join("\n").as_bytes()) == all
            };
            let idle = (0..lines.len()).filter(|at| has_no_effect(*at)).count();
            if idle > 0 {
                assert!(!doubts(&text).is_empty(), "{text:?}");
                found += 1;
            }
        }
        assert!(found > 1_000, "{found}");
    }
}
