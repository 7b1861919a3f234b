//! The values and keys of a text that is TOML, each with its place. What is nested too deep is left out.

use std::ops::Range;

use toml_edit::{Array, Item, Table, TableLike, Value};

/// A value.
pub(super) struct Node<'a> {
    pub(super) form: Form<'a>,
    /// What a caret marks: all of it, but of an array or inline table only where it opens, and of a table its name.
    pub(super) at: Range<usize>,
}

/// What a value is.
pub(super) enum Form<'a> {
    Text(&'a str),
    Integer(i64),
    Float(f64),
    Bool(bool),
    /// A date, a time, or both.
    Date,
    List(Vec<Node<'a>>),
    Table(Vec<Member<'a>>),
    /// What is in here is not looked at.
    TooDeep,
}

/// A key of a table and its value.
pub(super) struct Member<'a> {
    pub(super) key: &'a str,
    pub(super) key_at: Range<usize>,
    pub(super) value: Node<'a>,
}

/// The members of a document.
pub(super) fn members(table: &dyn TableLike) -> Vec<Member<'_>> {
    members_at(table, 0)
}

impl<'a> Node<'a> {
    /// The text of a string.
    pub(super) fn text(&self) -> Option<&'a str> {
        if let Form::Text(text) = self.form { Some(text) } else { None }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        if let Form::Bool(value) = self.form { Some(value) } else { None }
    }

    /// The members of a table.
    pub(super) fn members(&self) -> Option<&[Member<'a>]> {
        if let Form::Table(members) = &self.form { Some(members) } else { None }
    }

    /// The elements of an array.
    pub(super) fn items(&self) -> Option<&[Node<'a>]> {
        if let Form::List(items) = &self.form { Some(items) } else { None }
    }

    /// The member of a table with this key.
    pub(super) fn member(&self, key: &str) -> Option<&Member<'a>> {
        self.members()?.iter().find(|member| member.key == key)
    }
}

fn members_at(table: &dyn TableLike, depth: usize) -> Vec<Member<'_>> {
    let member = |(key, item)| {
        let key_at = table.key(key).and_then(toml_edit::Key::span).unwrap_or_default();
        Member { key, value: of_item(item, &key_at, depth + 1), key_at }
    };
    table.iter().map(member).collect()
}

fn of_item<'a>(item: &'a Item, key_at: &Range<usize>, depth: usize) -> Node<'a> {
    let form = match item {
        Item::Value(value) => return of_value(value, key_at, depth),
        Item::None => Form::Table(Vec::new()),
        Item::Table(_) | Item::ArrayOfTables(_) if depth > DEEPEST => Form::TooDeep,
        Item::Table(table) => Form::Table(members_at(table, depth)),
        Item::ArrayOfTables(tables) => {
            let node = |table: &'a Table| Node { form: Form::Table(members_at(table, depth + 1)), at: key_at.clone() };
            Form::List(tables.iter().map(node).collect())
        }
    };
    Node { form, at: key_at.clone() }
}

fn of_value<'a>(value: &'a Value, key_at: &Range<usize>, depth: usize) -> Node<'a> {
    let at = value.span().unwrap_or_else(|| key_at.clone());
    let opening = at.start..at.end.min(at.start + 1);
    match value {
        Value::String(text) => Node { form: Form::Text(text.value()), at },
        Value::Integer(number) => Node { form: Form::Integer(*number.value()), at },
        Value::Float(number) => Node { form: Form::Float(*number.value()), at },
        Value::Boolean(value) => Node { form: Form::Bool(*value.value()), at },
        Value::Datetime(_) => Node { form: Form::Date, at },
        Value::Array(_) | Value::InlineTable(_) if depth > DEEPEST => Node { form: Form::TooDeep, at: opening },
        Value::Array(array) => Node { form: Form::List(items(array, depth)), at: opening },
        // One that dotted keys made has no bracket of its own.
        Value::InlineTable(table) if table.is_dotted() => {
            Node { form: Form::Table(members_at(table, depth)), at: key_at.clone() }
        }
        Value::InlineTable(table) => Node { form: Form::Table(members_at(table, depth)), at: opening },
    }
}

fn items(array: &Array, depth: usize) -> Vec<Node<'_>> {
    array.iter().map(|value| of_value(value, &(0..0), depth + 1)).collect()
}

/// The manifest's own limit is 64, below what is around an `x-` key.
const DEEPEST: usize = 64;
