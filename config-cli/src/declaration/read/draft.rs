//! The manifest's JSON as it is put together: every key and every value on a line of its own, and for each line where in
//! `bind.toml` it comes from. So every rule of the manifest is the manifest's, and its mistakes are shown in `bind.toml`.

use std::ops::Range;

use bind_config_manifest::{Manifest, Reading};

use super::tree::{Form, Member, Node};

/// JSON, and where its lines come from.
#[derive(Default)]
pub(super) struct Draft {
    json: String,
    origins: Vec<Range<usize>>,
}

impl Draft {
    /// `{` or `[`.
    pub(super) fn open(&mut self, mark: char, at: &Range<usize>) {
        self.separate();
        self.json.push(mark);
        self.end_line(at);
    }

    /// `}` or `]`.
    pub(super) fn close(&mut self, mark: char) {
        self.json.push(mark);
        self.end_line(&(0..0));
    }

    pub(super) fn key(&mut self, key: &str, at: &Range<usize>) {
        self.separate();
        self.json.push_str(&quoted(key));
        self.json.push(':');
        self.end_line(at);
    }

    pub(super) fn text(&mut self, text: &str, at: &Range<usize>) {
        self.raw(&quoted(text), at);
    }

    pub(super) fn number(&mut self, number: i64, at: &Range<usize>) {
        self.raw(&number.to_string(), at);
    }

    /// A key and its value as they stand in `bind.toml`.
    pub(super) fn member(&mut self, member: &Member<'_>) {
        self.key(member.key, &member.key_at);
        self.node(&member.value);
    }

    /// A value as it stands in `bind.toml`. What JSON has no form for becomes `null`, which no rule accepts.
    pub(super) fn node(&mut self, node: &Node<'_>) {
        match &node.form {
            Form::Text(text) => self.text(text, &node.at),
            Form::Integer(number) => self.number(*number, &node.at),
            Form::Float(number) => self.raw(&float(*number).unwrap_or_else(|| "null".to_owned()), &node.at),
            Form::Bool(value) => self.raw(if *value { "true" } else { "false" }, &node.at),
            Form::Date | Form::TooDeep => self.raw("null", &node.at),
            Form::List(items) => {
                self.open('[', &node.at);
                for item in items {
                    self.node(item);
                }
                self.close(']');
            }
            Form::Table(members) => {
                self.open('{', &node.at);
                for member in members {
                    self.member(member);
                }
                self.close('}');
            }
        }
    }

    /// Reads the manifest. Returns its mistakes by where they are in `bind.toml`, and how many more were only counted.
    pub(super) fn read(&self) -> (Reading, Vec<(Range<usize>, String)>, usize) {
        let mut reading = Manifest::read(self.json.as_bytes());
        let mut counted = 0;
        let mut found = Vec::new();
        for mistake in std::mem::take(&mut reading.mistakes) {
            match count(mistake.message()) {
                Some(more) => counted = more,
                None => found.push((self.origin(mistake.line()), in_toml(mistake.message()))),
            }
        }
        (reading, found, counted)
    }

    fn origin(&self, line: usize) -> Range<usize> {
        self.origins.get(line.saturating_sub(1)).cloned().unwrap_or_default()
    }

    fn raw(&mut self, json: &str, at: &Range<usize>) {
        self.separate();
        self.json.push_str(json);
        self.end_line(at);
    }

    fn separate(&mut self) {
        let first = self.json.is_empty() || ["{\n", "[\n", ":\n"].into_iter().any(|end| self.json.ends_with(end));
        if !first {
            self.json.push(',');
        }
    }

    fn end_line(&mut self, at: &Range<usize>) {
        self.json.push('\n');
        self.origins.push(at.clone());
    }
}

/// The one form of a finite number that TOML, JSON and Rust read alike.
pub(super) fn float(number: f64) -> Option<String> {
    number.is_finite().then(|| format!("{number:?}"))
}

/// A JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The number in the manifest's last message, where it stopped listing.
fn count(message: &str) -> Option<usize> {
    let rest = message.strip_prefix("and ")?;
    rest.strip_suffix(" more mistakes").or(rest.strip_suffix(" more mistake"))?.parse().ok()
}

/// The manifest's words for what is TOML here.
pub(super) fn in_toml(message: &str) -> String {
    WORDS.iter().fold(
        message.to_owned(),
        |message, (json, toml)| {
            if message.contains(json) { message.replace(json, toml) } else { message }
        },
    )
}

const WORDS: [(&str, &str); 8] = [
    (" is not in `bindings`", " is neither in `[secrets]` nor in `[parameters]`"),
    (" must be an object", " must be a table"),
    (r#"`{ "enum": [words] }` or `{ "list": "string" }`"#, r#"`{ enum = ["a", "b"] }` or `{ list = "string" }`"#),
    (" (the text form of the value, in quotes)", ""),
    ("a manifest never holds a `value`: remove it", "a `value` does not stand here: remove it"),
    ("a JSON array of ", "an array of "),
    ("a JSON array, each", "an array, each"),
    ("in its object", "in its table"),
];
