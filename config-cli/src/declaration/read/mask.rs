//! Which parts of a text may be shown: names, and the values of the keys that never hold a secret.
//!
//! # Security
//!
//! The place in the format decides, not the name of the key. Comments are never shown: an old value may stand there. Of a
//! text that is not TOML only the names at the start of a line and the format's own keys are shown.

use std::collections::HashSet;

use bind_config_manifest::nearest;
use bind_config_manifest::printed::is_printable;

use super::KEYS;
use super::tokens::{BYTE_ORDER_MARK, Kind, Token, following};
use super::tree::{Form, Member, Node};

/// What may be shown of a text.
pub(super) enum Visible<'a> {
    /// Of one that was read.
    Read {
        /// Where each value starts that is no array and no table, and whether it may be shown; sorted.
        values: Vec<(usize, bool)>,
        /// The keys that may be shown.
        keys: HashSet<&'a str>,
    },
    /// Of one that is TOML up to here.
    Before(usize),
}

impl<'a> Visible<'a> {
    /// What may be shown of a text with these members.
    pub(super) fn of(root: &'a [Member<'a>]) -> Visible<'a> {
        let mut walk = Walk { values: Vec::new(), keys: KEYS.into_iter().chain(KEYS_BELOW).collect() };
        walk.members(root, Room::Root);
        walk.values.sort_unstable();
        Visible::Read { values: walk.values, keys: walk.keys }
    }

    /// Whether a token may be shown.
    pub(super) fn shows(&self, text: &str, token: Token) -> bool {
        let key = match token.kind {
            Kind::Mark => return true,
            Kind::Comment | Kind::Text { quotes: 3, .. } | Kind::Text { closed: false, .. } => return false,
            Kind::Text { .. } => &text[token.start + 1..token.end - 1],
            Kind::Word => &text[token.start..token.end],
        };
        match self {
            Visible::Read { values, keys } => match values.binary_search_by_key(&token.start, |(start, _)| *start) {
                Ok(index) => values[index].1,
                Err(_) => is_presentable(key) && keys.contains(key),
            },
            Visible::Before(end) => {
                let is_key = following(text, token.end) == Some(b'=');
                is_key && is_known(key) || token.end <= *end && is_presentable(key) && starts_a_line(text, token)
            }
        }
    }
}

/// Whether a token is one of the keys at the start of a line, or in the header of a table.
fn starts_a_line(text: &str, token: Token) -> bool {
    let from = text.floor_char_boundary(token.start.saturating_sub(LONGEST_PATH));
    let before = match text[from..token.start].rsplit_once('\n') {
        Some((_, before)) => before.trim_start(),
        None if from == 0 => text[..token.start].trim_start_matches(BYTE_ORDER_MARK).trim_start(),
        None => return false,
    };
    let next = following(text, token.end);
    let in_header = before.starts_with('[') && token.kind == Kind::Word;
    let is_path = |before: &str| before.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.\" ".contains(&byte));
    if in_header {
        let letter = text.as_bytes()[token.start].is_ascii_alphabetic();
        return letter && is_path(before.trim_start_matches('[')) && matches!(next, Some(b'.' | b']'));
    }
    is_path(before) && matches!(next, Some(b'=')) || token.kind == Kind::Word && next == Some(b'.') && is_path(before)
}

/// A place in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Root,
    /// Bindings by name.
    Bindings,
    Binding,
    /// Bindings by name that may have a value.
    Parameters,
    Parameter,
    Type,
    Shape,
    Stages,
    Stage,
    Functions,
    Function,
    /// Values by name.
    Values,
    /// Values of parameters by name.
    Sources,
    /// A value, or a table that says where it is: only its keys are shown.
    Source,
    /// A value that is shown if it looks like a name.
    Name,
    /// A list of such values, or one.
    Names,
    /// One of a few words.
    Choice,
    /// A whole number.
    Length,
    /// `true` or `false`.
    Flag,
    /// `true`, `false` or a list of stages.
    FlagOrNames,
    /// A path of SSM.
    Path,
    /// Nothing in here is shown.
    Closed,
}

/// Where the value of `key` stands, in a table at `room`.
fn inside(room: Room, key: &str) -> Room {
    match (room, key) {
        (Room::Root, "secrets") => Room::Bindings,
        (Room::Root, "parameters") => Room::Parameters,
        (Room::Root, "stages") => Room::Stages,
        (Room::Root, "functions") => Room::Functions,
        (Room::Root | Room::Function, "environment") | (Room::Stage, "secrets") => Room::Values,
        (Room::Stage, "parameters") => Room::Sources,
        (Room::Root, "ssm_prefix") => Room::Path,
        (Room::Root, "parameter_layout" | "store" | "grants") | (Room::Stage, "store") => Room::Choice,
        (Room::Root, "app" | "stage") | (Room::Function, "bin") | (Room::Type, "list") => Room::Name,
        (Room::Bindings, _) => Room::Binding,
        (Room::Parameters, _) => Room::Parameter,
        (Room::Sources, _) | (Room::Parameter | Room::Source, "value") => Room::Source,
        (Room::Parameter, key) => inside(Room::Binding, key),
        (Room::Binding, "type") => Room::Type,
        (Room::Binding, "shape") => Room::Shape,
        (Room::Binding, "fallback" | "deploy" | "fetch") => Room::Flag,
        (Room::Binding, "required") => Room::FlagOrNames,
        (Room::Shape, "min_length" | "max_length") => Room::Length,
        (Room::Stages, _) => Room::Stage,
        (Room::Functions, _) => Room::Function,
        (Room::Function, "bind") | (Room::Type, "enum") => Room::Names,
        _ => Room::Closed,
    }
}

struct Walk<'a> {
    values: Vec<(usize, bool)>,
    keys: HashSet<&'a str>,
}

impl<'a> Walk<'a> {
    fn members(&mut self, members: &'a [Member<'a>], room: Room) {
        for member in members {
            if room != Room::Closed && is_presentable(member.key) {
                self.keys.insert(member.key);
            }
            self.value(&member.value, inside(room, member.key));
        }
    }

    fn value(&mut self, node: &'a Node<'a>, room: Room) {
        let shown = match &node.form {
            Form::Table(members) => return self.members(members, if room.is_table() { room } else { Room::Closed }),
            Form::List(items) => {
                let of_items = if matches!(room, Room::Names | Room::FlagOrNames) { Room::Name } else { Room::Closed };
                return items.iter().for_each(|item| self.value(item, of_items));
            }
            Form::Text(text) => match room {
                Room::Name | Room::Names | Room::Type => is_name(text),
                Room::Path => is_path(text),
                Room::Choice => nearest(text, CHOICES).is_some(),
                _ => false,
            },
            Form::Bool(_) => matches!(room, Room::Flag | Room::FlagOrNames),
            Form::Integer(_) => room == Room::Length,
            Form::Float(_) | Form::Date | Form::TooDeep => false,
        };
        self.values.push((node.at.start, shown));
    }
}

impl Room {
    fn is_table(self) -> bool {
        match self {
            Room::Root
            | Room::Bindings
            | Room::Binding
            | Room::Parameters
            | Room::Parameter
            | Room::Type
            | Room::Shape
            | Room::Stages
            | Room::Stage
            | Room::Functions
            | Room::Function
            | Room::Values
            | Room::Sources
            | Room::Source => true,
            Room::Name
            | Room::Names
            | Room::Choice
            | Room::Length
            | Room::Flag
            | Room::FlagOrNames
            | Room::Path
            | Room::Closed => false,
        }
    }
}

/// Whether a text is so much like a name that showing it gives nothing away; `*` is every name.
fn is_name(text: &str) -> bool {
    let first = text.as_bytes().first();
    text == "*"
        || text.len() <= 64
            && first.is_some_and(u8::is_ascii_alphabetic)
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_path(text: &str) -> bool {
    text.len() <= 128
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'.' | b'-' | b'{' | b'}'))
}

/// Longer texts are no names, an escape could be anything, and with these it is a pasted line of another file, or what
/// stands between two quotes that do not belong together.
fn is_presentable(key: &str) -> bool {
    key.len() <= 128 && !key.contains(['\\', '=', ':', ',', '\'', '"']) && key.chars().all(is_printable)
}

/// How many bytes before a key are looked at: a line may have 10 MB.
const LONGEST_PATH: usize = 300;

const CHOICES: [&str; 6] = ["documented", "sst-v2", "ssm", "local", "exact", "prefix"];

/// Whether it is one of the format's own keys.
fn is_known(key: &str) -> bool {
    KEYS.contains(&key) || KEYS_BELOW.contains(&key)
}

/// Those that are not at the top.
const KEYS_BELOW: [&str; 23] = [
    "docs",
    "type",
    "shape",
    "required",
    "fallback",
    "example",
    "deprecated",
    "value",
    "default",
    "deploy",
    "fetch",
    "env",
    "json",
    "bind",
    "bin",
    "enum",
    "list",
    "starts_with",
    "min_length",
    "max_length",
    "min",
    "max",
    "kind",
];
