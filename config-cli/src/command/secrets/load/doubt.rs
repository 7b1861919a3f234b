//! Lines of a dotenv file that say something else than somebody meant, most likely. dotenv takes them without a word.

use std::collections::{BTreeMap, BTreeSet};

use crate::dotenv::{self, Readers};

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
    let entries = dotenv::parse(text.as_bytes());
    let values: BTreeMap<&str, &str> = entries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let value_of = |name: &str| values.get(name).copied();
    let lines: Vec<&str> = text.lines().collect();
    let mut doubts: Vec<(usize, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, line) in lines.iter().copied().enumerate() {
        let Some((name, raw)) = assignment(line) else { continue };
        // Base64 ends so. Nothing of it is a name, and it may be a key.
        if name.len() > LONG && ["", "="].contains(&raw.trim()) {
            doubts.push((at, PART.to_owned()));
            continue;
        }
        let Some(value) = value_of(name) else { continue };
        if !seen.insert(name) && are_names_once {
            doubts.push((at, format!("`{name}` stood above already, and this one counts")));
            continue;
        }
        // What we write ourselves is meant, however odd it looks.
        let own = dotenv::write(name, value, Readers::Literal);
        if own.is_ok_and(|own| own.line.lines().next() == Some(line)) {
            continue;
        }
        if let Some(why) = doubt(raw, value) {
            doubts.push((at, format!("`{name}`: {why}")));
        }
    }
    for at in idle_lines(text) {
        if doubts.iter().any(|(doubtful, _)| *doubtful == at) {
            continue;
        }
        let is_repeated = assignment(lines[at]).is_some_and(|(name, _)| value_of(name).is_some());
        if !is_repeated {
            doubts.push((at, IDLE.to_owned()));
        }
    }
    doubts
}

/// Why the value of a line is not what stands there.
fn doubt(raw: &str, value: &str) -> Option<&'static str> {
    let raw = raw.trim();
    let quote = raw.chars().next().filter(|first| ['"', '\'', '`'].contains(first));
    if let Some(quote) = quote {
        return value.starts_with(quote).then_some(OPEN);
    }
    let hash = raw.find('#')?;
    let is_glued = raw[..hash].chars().next_back().is_some_and(|before| !before.is_whitespace());
    (is_glued && value == raw[..hash].trim_end()).then_some(CUT)
}

/// `NAME=…` of a line, or `export NAME=…`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let (name, raw) = line.split_once('=')?;
    let name = name.trim_end();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    is_name.then_some((name, raw))
}

/// The lines without which the file says the same, from 0. Empty ones and comments are meant to be.
fn idle_lines(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len().saturating_mul(text.len()) > MOST_WORK {
        return Vec::new();
    }
    let all = dotenv::parse(text.as_bytes());
    let is_idle = |at: &usize| {
        let line = lines[*at].trim();
        let without = || zeroize::Zeroizing::new([&lines[..*at], &lines[at + 1..]].concat().concat());
        !line.is_empty() && !line.starts_with('#') && dotenv::parse(without().as_bytes()) == all
    };
    (0..lines.len()).filter(is_idle).collect()
}

const OPEN: &str = "the quote that begins its value is not closed, or something comes behind it";
const CUT: &str = "the rest behind `#` is taken for a comment; in quotes it is a part of the value";
const IDLE: &str = "it has no effect; if it is a part of the value above, that needs quotes";
const PART: &str = "it looks like the end of the value above, which needs quotes then";
/// Longer than names are whose value is empty.
const LONG: usize = 24;
/// Bytes to read in order to find lines without effect.
const MOST_WORK: usize = 100 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_not_doubted() {
        for text in [
            "A=1\nB='x\ny'\n# c\n\n",
            "A=\"#\"\nB=x # a comment\nC=#\n",
            "A=\"'tis\"\nB='\"'\n",
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
}
