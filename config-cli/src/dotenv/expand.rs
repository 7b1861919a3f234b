//! What `dotenv-expand` 12.0.3 makes of parsed files: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`,
//! `${NAME:+other}`, `${NAME+other}` and `\$`. It always ends, and it runs no commands.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::Entries;

/// How many bytes the replacements of one value may read and write: more than an environment holds.
const VALUE_BYTES: usize = 4 << 20;

/// The same for all values together: each can hold the one before it twice.
const ALL_BYTES: usize = 64 << 20;

const OPERATORS: [&str; 4] = [":+", "+", ":-", "-"];

/// The values with their references replaced, in the order given.
///
/// A reference sees the names before it. What `environment` has and is not empty wins, over the value of the file and over what
/// a reference finds there. A name that is nowhere, or is empty, is replaced by its default or by nothing.
///
/// The oddities are the original's. Quotes make no difference. The text of a reference is replaced where it appears first, even
/// if a backslash is before it there. What is put in is searched for references again, and `$$`, `$&`, `` $` `` and `$'` in it
/// are JavaScript's replacement patterns. `${A-B}` is `A` with the default `B`, even if there is a name `A-B`. A name's value
/// from the environment loses the backslash of a `\$`, too.
///
/// Two things differ. A value whose replacements never end, or take megabytes, keeps its text as it is. And names that mean
/// something to JavaScript (`toString`, or any with `null` in it) are names like any other.
pub(crate) fn expand(
    parsed: &[(String, String)],
    environment: impl Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let mut expansion = Expansion { done: Entries::default(), environment, bytes_left: ALL_BYTES };
    for (name, value) in parsed {
        let expanded = expansion.value(name, value);
        expansion.done.set(name, expanded);
    }
    expansion.done.list
}

/// Whether [`expand`] may give something else for a value.
pub(super) fn is_expandable(value: &str) -> bool {
    value.contains("\\$") || Reference::find(value).is_some()
}

struct Expansion<F> {
    done: Entries,
    environment: F,
    bytes_left: usize,
}

impl<F: Fn(&str) -> Option<String>> Expansion<F> {
    fn value(&mut self, name: &str, value: &str) -> String {
        let preset = self.preset(name).filter(|preset| !preset.is_empty() && preset != value);
        let expanded = preset.map(Cow::Owned).or_else(|| self.within_bounds(value));
        expanded.map_or_else(|| value.to_owned(), |expanded| expanded.replace("\\$", "$"))
    }

    fn within_bounds<'a>(&mut self, value: &'a str) -> Option<Cow<'a, str>> {
        let budget = VALUE_BYTES.min(self.bytes_left);
        let mut left = budget;
        let replaced = self.replace_all(value, &mut left);
        self.bytes_left -= budget - left;
        replaced
    }

    /// `None` if there is no end of it, or none within the bytes left.
    fn replace_all<'a>(&self, value: &'a str, left: &mut usize) -> Option<Cow<'a, str>> {
        let mut result = Cow::Borrowed(value);
        let mut seen = HashSet::new();
        let mut repeated = 0;
        while let Some(reference) = Reference::find(&result) {
            let found = self.find(reference.name);
            spend(left, found.as_ref().map_or(0, |found| found.len()))?;
            // A value that leads back to where it came from is cut off.
            let is_seen = |text: &Cow<'_, str>| *text == result || seen.contains(text.as_ref());
            let replacement = match &found {
                None if reference.is_alternative => "",
                Some(text) if !reference.is_alternative && !is_seen(text) => text,
                _ => reference.otherwise,
            };
            let next = replace_first(&result, &result[reference.at.clone()], replacement, *left)?;
            spend(left, next.len())?;
            if self.done.get(reference.name) == Some(next.as_str()) {
                return Some(Cow::Owned(next));
            }
            // The next step depends on the result and on what was seen. With nothing new in as many steps as there are
            // results, this goes round in circles.
            repeated = if seen.insert(std::mem::replace(&mut result, Cow::Owned(next))) { 0 } else { repeated + 1 };
            if repeated > seen.len() {
                return None;
            }
        }
        Some(result)
    }

    /// What a reference is replaced by, if that is not empty.
    fn find(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.preset(name).map(Cow::Owned).or_else(|| self.done.get(name).map(Cow::Borrowed));
        found.filter(|found| !found.is_empty())
    }

    /// No variable can have these names, and not every way to look one up puts up with them.
    fn preset(&self, name: &str) -> Option<String> {
        if name.is_empty() || name.contains(['=', '\0']) { None } else { (self.environment)(name) }
    }
}

struct Reference<'a> {
    /// The whole text, from the `$` on.
    at: Range<usize>,
    name: &'a str,
    /// Whether `otherwise` is for a name that is set (`+`), not for one that is not (`-`).
    is_alternative: bool,
    otherwise: &'a str,
}

impl<'a> Reference<'a> {
    /// The first one that has no backslash before it.
    fn find(text: &'a str) -> Option<Self> {
        text.match_indices('$').filter(|&(at, _)| !text[..at].ends_with('\\')).find_map(|(at, _)| Self::at(text, at))
    }

    fn at(text: &'a str, dollar: usize) -> Option<Self> {
        let rest = &text[dollar + 1..];
        if let Some(braced) = rest.strip_prefix('{') {
            let length = braced.find(['{', '}']).filter(|&length| length > 0 && braced[length..].starts_with('}'))?;
            return Some(Self::new(dollar..dollar + 2 + length + 1, &braced[..length]));
        }
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let length = rest.find(|char| !is_name(char)).unwrap_or(rest.len());
        let name = Some(&rest[..length]).filter(|name| name.starts_with(|char: char| !char.is_ascii_digit()))?;
        Some(Self::new(dollar..dollar + 1 + length, name))
    }

    fn new(at: Range<usize>, expression: &'a str) -> Self {
        let operator_at = |(at, _)| OPERATORS.iter().find(|operator| expression[at..].starts_with(**operator));
        let operator = expression.char_indices().find_map(operator_at);
        let parts = operator.and_then(|operator| expression.split_once(*operator));
        let (name, otherwise) = parts.unwrap_or((expression, ""));
        Self { at, name, is_alternative: operator.is_some_and(|operator| operator.ends_with('+')), otherwise }
    }
}

fn spend(left: &mut usize, bytes: usize) -> Option<()> {
    *left = left.checked_sub(bytes)?;
    Some(())
}

/// JavaScript's `text.replace(template, replacement)`, as long as that has no more than `limit` bytes.
fn replace_first(text: &str, template: &str, replacement: &str, limit: usize) -> Option<String> {
    let (before, after) = text.split_once(template)?;
    let mut next = before.to_owned();
    let mut rest = replacement;
    while let Some((literal, pattern)) = rest.split_once('$') {
        let (piece, length) = match pattern.as_bytes().first() {
            Some(b'$') => ("$", 1),
            Some(b'&') => (template, 1),
            Some(b'`') => (before, 1),
            Some(b'\'') => (after, 1),
            _ => ("$", 0),
        };
        next.push_str(literal);
        next.push_str(piece);
        rest = &pattern[length..];
        // Each piece can be as long as the text, so this does not wait for the end.
        if next.len() > limit {
            return None;
        }
    }
    next.push_str(rest);
    next.push_str(after);
    Some(next)
}
