//! Which parts of a text may be shown: keys, and the values of the keys that never hold a secret.
//!
//! # Security
//!
//! The place in the format decides, not the name of the key: `"name"` is shown in `generator` and not inside `value`.
//! After the first syntax error nothing knows what is a value, so only the format's own keys and marks are shown.

use crate::lexer::{Token, TokenKind, colon_follows, following, tokens};
use crate::printed::is_printable;
use crate::spelling::is_short_identifier;
use crate::wire;

/// The tokens of `text`, each with whether it may be shown; from `broken` on it is not JSON.
pub(crate) fn masked(text: &str, broken: Option<usize>) -> impl Iterator<Item = (Token, bool)> {
    let mut walk = Walk { open: Vec::new(), next: Room::Root, key_next: false };
    let broken = broken.unwrap_or(usize::MAX);
    tokens(text).map(move |token| {
        let spelled = &text[token.start..token.end];
        let shown = if token.end <= broken {
            walk.may_be_shown(token, spelled, following(text, token.end))
        } else {
            matches!(token.kind, TokenKind::Mark(_))
                || token.kind == TokenKind::Text && colon_follows(text, token.end) && wire::is_known_key(inner(spelled))
        };
        (token, shown)
    })
}

/// A place in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Root,
    Generator,
    Bindings,
    Binding,
    Type,
    Shape,
    Functions,
    Function,
    /// A value that may be shown.
    Open,
    /// An array of values that may be shown, or `true` or `false`.
    OpenList,
    /// `true` or `false`.
    Flag,
    /// A value that is shown if it looks like a name of a type: a secret may have been pasted here.
    Name,
    /// An array of such values, or one.
    NameList,
    /// Nothing in here is shown.
    Closed,
}

/// Goes along the tokens of a text that is JSON.
struct Walk {
    /// The arrays and objects around the next token, and whether each is an object.
    open: Vec<(Room, bool)>,
    /// Where the next value stands.
    next: Room,
    key_next: bool,
}

impl Walk {
    fn may_be_shown(&mut self, token: Token, spelled: &str, next: Option<u8>) -> bool {
        match token.kind {
            TokenKind::Mark(mark) => {
                self.mark(mark);
                true
            }
            TokenKind::Text if self.key_next => {
                let room = self.open.last().map_or(Room::Closed, |(room, _)| *room);
                let key = inner(spelled);
                self.next = inside(room, key);
                self.key_next = false;
                // With these it is no name, but what stands between two quotes that do not belong together.
                room != Room::Closed && next == Some(b':') && is_presentable(key) && !key.contains([',', ':', '\''])
            }
            // `"se"cret"`: a quote in a value ends it early, and what stands before it is a part of the value.
            TokenKind::Text | TokenKind::Word if !matches!(next, Some(b',' | b'}' | b']')) => false,
            TokenKind::Text | TokenKind::Word => match self.next {
                Room::Open => is_presentable(inner(spelled)),
                Room::OpenList | Room::Flag => token.kind == TokenKind::Word && is_presentable(spelled),
                Room::Name | Room::NameList | Room::Type => is_short_identifier(inner(spelled)),
                _ => false,
            },
            TokenKind::Unclosed => false,
        }
    }

    fn mark(&mut self, mark: u8) {
        match mark {
            b'{' => {
                self.open.push((if self.next.is_object() { self.next } else { Room::Closed }, true));
                self.key_next = true;
            }
            b'[' => {
                self.next = match self.next {
                    Room::OpenList => Room::Open,
                    Room::NameList => Room::Name,
                    _ => Room::Closed,
                };
                self.open.push((self.next, false));
            }
            b'}' | b']' => {
                self.open.pop();
                self.key_next = false;
            }
            b',' => {
                let (room, object) = self.open.last().copied().unwrap_or((Room::Closed, false));
                self.key_next = object;
                self.next = room;
            }
            _ => {}
        }
    }
}

impl Room {
    fn is_object(self) -> bool {
        !matches!(self, Room::Open | Room::OpenList | Room::Flag | Room::Name | Room::NameList | Room::Closed)
    }
}

/// Where the value of `key` stands, in an object at `room`.
fn inside(room: Room, key: &str) -> Room {
    match (room, key) {
        (Room::Root, "bindings") => Room::Bindings,
        (Room::Root, "functions") => Room::Functions,
        (Room::Root, "generator") => Room::Generator,
        (Room::Bindings, _) => Room::Binding,
        (Room::Functions, _) => Room::Function,
        (Room::Binding, "type") => Room::Type,
        (Room::Binding, "shape") => Room::Shape,
        (Room::Binding, "kind") | (Room::Type, "list") => Room::Name,
        (Room::Type, "enum") => Room::NameList,
        (Room::Binding, "fallback") => Room::Flag,
        (Room::Binding, "required") | (Room::Function, "bind") => Room::OpenList,
        (Room::Root, "format" | "version" | "app" | "ssm_prefix" | "fingerprint")
        | (Room::Generator, "name" | "source")
        | (Room::Shape, "starts_with" | "min_length" | "max_length")
        | (Room::Function, "bin" | "fingerprint") => Room::Open,
        _ => Room::Closed,
    }
}

fn inner(spelled: &str) -> &str {
    spelled.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(spelled)
}

/// Longer texts are no names, an escape could be anything, and behind a `=` stands what a line of an `.env` file gives.
fn is_presentable(text: &str) -> bool {
    text.len() <= 128 && !text.contains(['\\', '=']) && text.chars().all(is_printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `•` for each token that is not shown.
    fn shown(text: &str, broken: Option<usize>) -> String {
        masked(text, broken).map(|(token, shown)| if shown { &text[token.start..token.end] } else { "•" }).collect()
    }

    #[test]
    fn names_and_types_are_shown_and_values_are_not() {
        assert_eq!(
            shown(
                r#"{"format":"bind-manifest","version":1,"$schema":"x","generator":{"name":"n","source":"s","value":"v"},
                "app":"a","bindings":{"A":{"kind":"secret","type":{"enum":["a","b"]},"required":["prod"],"docs":"d",
                "shape":{"starts_with":"sk_","min_length":3,"min":5},"default":"v","fallback":false}},
                "functions":{"f":{"bind":["A"],"bin":"b"}},"x-y":{"name":"v"}}"#,
                None
            ),
            concat!(
                r#"{"format":"bind-manifest","version":1,"$schema":•,"generator":{"name":"n","source":"s","value":•},"#,
                r#""app":"a","bindings":{"A":{"kind":"secret","type":{"enum":["a","b"]},"required":["prod"],"docs":•,"#,
                r#""shape":{"starts_with":"sk_","min_length":3,"min":•},"default":•,"fallback":false}},"#,
                r#""functions":{"f":{"bind":["A"],"bin":"b"}},"x-y":{•:•}}"#,
            )
        );
    }

    #[test]
    fn a_value_in_the_wrong_place_is_not_shown() {
        for (text, expected) in [
            (r#"{"app":["v"],"version":{"a":"v"}}"#, r#"{"app":[•],"version":{•:•}}"#),
            (r#"{"bindings":{"A":"v","B":["v"]}}"#, r#"{"bindings":{"A":•,"B":[•]}}"#),
            (r#"{"bindings":{"A":{"value":{"kind":"v"}}}}"#, r#"{"bindings":{"A":{"value":{•:•}}}}"#),
            (r#"{"bindings":{"A":{"kind":"a long text"}}}"#, r#"{"bindings":{"A":{"kind":•}}}"#),
            (r#"{"bindings":{"A:v":{},"B,v":{},"C'v":{}}}"#, r#"{"bindings":{•:{},•:{},•:{}}}"#),
            (r#"{"bindings":{"A":{"type":"p@ss"}}}"#, r#"{"bindings":{"A":{"type":•}}}"#),
            (r#"{"functions":{"f":{"bind":[["v"],{"a":1},"B"]}}}"#, r#"{"functions":{"f":{"bind":[[•],{•:•},"B"]}}}"#),
            (r#"[{"app":"v"},"v"]"#, "[{•:•},•]"),
            (r#""v""#, "•"),
            (r#"{"app":"v"v"}"#, r#"{"app":•••"#),
            (r#"{"app":"\u0061"}"#, r#"{"app":•}"#),
        ] {
            assert_eq!(shown(text, None), expected, "{text}");
        }
    }

    #[test]
    fn after_a_syntax_error_only_the_formats_keys_are_shown() {
        let text = r#"{"app":"a","bindings":{"A":{"default":"v"w","kind":"secret","B":"v"#;
        let broken = text.find('w');
        assert_eq!(shown(text, broken), r#"{"app":"a","bindings":{"A":{"default":••••••••••"#);
        assert_eq!(shown(r#"{"app" "v", "kind": "v", "v": "v"}"#, Some(7)), r#"{••,"kind":•,•:•}"#);
    }
}
