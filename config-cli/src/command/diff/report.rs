//! How differences are shown: a table, Markdown for a pull request, JSON.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::compare::{Change, EVERYTHING, Subject};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Shows them on stdout.
pub(super) fn print(changes: &[Change], markdown: bool, context: &Context) -> Outcome {
    let terminal = &context.terminal;
    if terminal.json {
        return terminal.report(as_json(changes));
    }
    if markdown {
        return terminal.data(as_markdown(changes).as_bytes());
    }
    if !changes.is_empty() {
        let rows = changes.iter().map(|change| vec![name(change), what(change), effect(change, str::to_owned)]);
        terminal.table(&["NAME", "CHANGE", "EFFECT"], rows.collect())?;
        terminal.line("")?;
    }
    terminal.line(&summary(changes))
}

/// Of changes some of which break code.
pub(super) fn failure(changes: &[Change]) -> Option<Failure> {
    changes.iter().any(Change::is_breaking).then(|| Failure::no_as("breaking", summary(changes)))
}

fn as_json(changes: &[Change]) -> Json {
    let change = |change: &Change| {
        let (subject, name) = match &change.subject {
            Subject::App => ("app", None),
            Subject::Binding(id) => ("binding", Some(id)),
            Subject::Function(name) => ("function", Some(name)),
        };
        json!({
            "subject": subject,
            "name": name,
            "change": change.what,
            "from": change.from,
            "to": change.to,
            "breaks": change.breaks,
            "why": change.why,
        })
    };
    let error = failure(changes).as_ref().map(Failure::to_json);
    json!({ "breaking": error.is_some(), "error": error, "changes": changes.iter().map(change).collect::<Vec<_>>() })
}

fn as_markdown(changes: &[Change]) -> String {
    let mut lines = vec![format!("**Bindings:** {}", escaped(&summary(changes)))];
    if !changes.is_empty() {
        lines.extend(["", "| name | change | effect |", "| --- | --- | --- |"].map(str::to_owned));
        lines.extend(changes.iter().map(row));
    }
    lines.join("\n") + "\n"
}

/// A row of a table in Markdown.
fn row(change: &Change) -> String {
    let name = match &change.subject {
        Subject::App => "app".to_owned(),
        Subject::Binding(name) => format!("`{name}`"),
        Subject::Function(name) => format!("function `{name}`"),
    };
    let effect = effect(change, escaped);
    let effect = if change.is_breaking() { format!("**{effect}**") } else { effect };
    format!("| {name} | {} | {effect} |", escaped(&what(change)))
}

fn name(change: &Change) -> String {
    match &change.subject {
        Subject::App => "app".to_owned(),
        Subject::Binding(id) => id.clone(),
        Subject::Function(name) => format!("function {name}"),
    }
}

/// `type: u64 → u32`
fn what(change: &Change) -> String {
    let what = change.what;
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("{what}: {from} → {to}"),
        (None, Some(one)) | (Some(one), None) if matches!(what, "added" | "removed" | "bound" | "unbound") => {
            format!("{what}: {one}")
        }
        (None, Some(to)) => format!("{what}: none → {to}"),
        (Some(from), None) => format!("{what}: {from} → none"),
        (None, None) => what.to_owned(),
    }
}

/// `breaks api, worker: the field is gone`
fn effect(change: &Change, written: impl Fn(&str) -> String) -> String {
    let why = written(change.why.unwrap_or_default());
    if !change.is_breaking() {
        return why;
    }
    format!("breaks {}: {why}", functions(change.breaks.iter().map(String::as_str)))
}

fn summary(changes: &[Change]) -> String {
    let breaking: Vec<&Change> = changes.iter().filter(|change| change.is_breaking()).collect();
    let broken: BTreeSet<&str> = breaking.iter().flat_map(|change| &change.breaks).map(String::as_str).collect();
    match (changes.len(), breaking.len()) {
        (0, _) => "no difference".to_owned(),
        (all, 0) => format!("{}, and code compiles as before", count(all)),
        (all, of) => format!(
            "{of} of {} break{} code that compiles today: {}",
            count(all),
            if of == 1 { "s" } else { "" },
            functions(broken.into_iter())
        ),
    }
}

fn count(changes: usize) -> String {
    if changes == 1 { "1 difference".to_owned() } else { format!("{changes} differences") }
}

fn functions<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.map(|name| if name == EVERYTHING { "every function" } else { name }).collect();
    names.join(", ")
}

/// A text of others in a cell of Markdown: it formats nothing, links nothing and calls nobody.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' | '$' => out.extend(['\\', c]),
            '@' => out.push_str("&#64;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}
