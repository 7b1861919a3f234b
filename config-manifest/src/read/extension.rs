//! The values of keys that start with `x-`. Nobody interprets them, but they are written back, so they must be JSON
//! that every reader understands the same way.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use serde_json::Value;

use crate::json::{Member, Node};
use crate::lexer::{TokenKind, colon_follows, tokens};
use crate::mistake::Mistakes;
use crate::wire::NOT_UNICODE;

/// Reads the good ones.
pub(super) fn read_all(members: Vec<(String, Member<'_>)>, mistakes: &mut Mistakes) -> BTreeMap<String, Value> {
    members
        .into_iter()
        .filter_map(|(key, member)| match read(member.value) {
            Ok(value) => Some((key, value)),
            Err((at, why)) => {
                mistakes.add(at, || why.to_owned());
                None
            }
        })
        .collect()
}

fn read(node: Node<'_>) -> Result<Value, (Range<usize>, &'static str)> {
    check(node.raw()).map_err(|(at, why)| (node.start() + at.start..node.start() + at.end, why))?;
    serde_json::from_str(node.raw()).map_err(|_| (node.span(), "not JSON that can be written back"))
}

/// One pass over a text that is JSON. No message prints a key: here nobody knows whether it is a name.
fn check(text: &str) -> Result<(), (Range<usize>, &'static str)> {
    let mut open: Vec<HashSet<String>> = Vec::new();
    for token in tokens(text) {
        let (at, spelled) = (token.start..token.end, &text[token.start..token.end]);
        match token.kind {
            TokenKind::Mark(b'{' | b'[') if open.len() == DEEPEST => {
                return Err((at, "nested too deep: at most 64 levels"));
            }
            TokenKind::Mark(b'{' | b'[') => open.push(HashSet::new()),
            TokenKind::Mark(b'}' | b']') => drop(open.pop()),
            TokenKind::Text => {
                let decoded: String = serde_json::from_str(spelled).map_err(|_| (at.clone(), NOT_UNICODE))?;
                if !colon_follows(text, token.end) {
                    continue;
                }
                // serde_json gives keys of its own a meaning.
                if decoded.starts_with("$serde_json::") {
                    return Err((at, "keys that start with `$serde_json::` are taken"));
                }
                if open.last_mut().is_some_and(|keys| !keys.insert(decoded)) {
                    return Err((at, "this key stands in its object for the second time"));
                }
            }
            TokenKind::Word if spelled.parse().is_ok_and(|number: f64| number.is_infinite()) => {
                return Err((at, "this number is too large: it would not be the same for every reader"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// `serde_json` stops at 128.
const DEEPEST: usize = 64;
