//! Changing `bind.toml`: what is not changed stays as it is, byte for byte. So the places come from the parser, and the text
//! is cut and joined here.

use std::fmt;
use std::ops::Range;

use bind_config_manifest::name::{self, IdError};
use toml_edit::{Document, InlineTable, Item, Key, Table, Value};

use super::read::looks_like_a_value;

/// Why `bind.toml` was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EditError {
    /// It is not TOML.
    Syntax,
    /// `[parameters]` does not have this one.
    Undeclared(String),
    /// It is declared already, under this name.
    Declared(String),
    /// Nothing can have this name.
    Name(IdError),
    /// It is written in a way that has no place for this: somebody has to do it by hand.
    ByHand(String),
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditError::Syntax => f.write_str("`bind.toml` is not TOML"),
            EditError::Undeclared(id) => write!(f, "`{id}` is not in `[parameters]`"),
            EditError::Declared(id) => write!(f, "`{id}` is declared already"),
            EditError::Name(err) => err.fmt(f),
            EditError::ByHand(what) => {
                write!(f, "`bind.toml` is written in a form that is not edited: add `{what}` by hand")
            }
        }
    }
}

impl std::error::Error for EditError {}

/// Sets `fetch = true` on parameters. One in the short form becomes a table.
///
/// # Errors
///
/// [`EditError::Undeclared`] for the first id that no parameter has, as it is spelled; nothing is changed then.
pub(crate) fn set_fetch(text: &str, ids: &[&str]) -> Result<String, EditError> {
    let document = Document::parse(text).map_err(|_| EditError::Syntax)?;
    let mut splices = Vec::new();
    for id in ids {
        let undeclared = || EditError::Undeclared((*id).to_owned());
        let parameters = document.get("parameters").ok_or_else(undeclared)?;
        let table = parameters.as_table_like().ok_or_else(undeclared)?;
        let (key, item) = table.key(id).zip(table.get(id)).ok_or_else(undeclared)?;
        let splice = fetched(text, key, item).ok_or_else(|| by_hand(format!("{id}.fetch = true")))?;
        splices.extend(splice);
    }
    let edited = spliced(text, splices);
    let is_fetched = |document: &Document<&str>, id: &str| {
        document.get("parameters").and_then(|all| all.get(id)?.get("fetch")?.as_bool()) == Some(true)
    };
    let document = Document::parse(edited.as_str()).map_err(|_| by_hand("fetch = true"))?;
    if ids.iter().all(|id| is_fetched(&document, id)) { Ok(edited) } else { Err(by_hand("fetch = true")) }
}

/// Declares a secret, in `[secrets]`, which is added where there is none.
///
/// # Errors
///
/// [`EditError::Declared`] where a secret or a parameter has this name, with `-` and `_` the same.
pub(crate) fn declare_secret(text: &str, id: &str, docs: Option<&str>) -> Result<String, EditError> {
    name::check_id(id).map_err(EditError::Name)?;
    let document = Document::parse(text).map_err(|_| EditError::Syntax)?;
    if let Some(declared) = declared(&document, id) {
        return Err(EditError::Declared(declared.to_owned()));
    }
    let line = format!("{id} = {}", declaration(docs));
    let splice = match document.get("secrets") {
        None => Some(at_the_end(text, &format!("[secrets]\n{line}"))),
        Some(Item::Table(table)) if table.is_dotted() => {
            last_line(table).map(|end| new_line(text, end, &format!("secrets.{line}")))
        }
        // It stands nowhere: only tables inside of it do.
        Some(Item::Table(table)) if table.is_implicit() => Some(at_the_end(text, &format!("[secrets]\n{line}"))),
        Some(Item::Table(table)) => last_line(table).or(end_of(table.span())).map(|end| new_line(text, end, &line)),
        Some(Item::Value(Value::InlineTable(table))) => in_braces(text, table, &line),
        Some(_) => None,
    };
    let edited = spliced(text, [splice.ok_or_else(|| by_hand(&line))?]);
    let document = Document::parse(edited.as_str()).map_err(|_| by_hand(&line))?;
    let there = document.get("secrets").and_then(|secrets| secrets.get(id)).is_some();
    if there { Ok(edited) } else { Err(by_hand(line)) }
}

/// A secret's value in the file: its docs, in the short form where that is read as such.
fn declaration(docs: Option<&str>) -> String {
    match docs {
        None => "{}".to_owned(),
        Some(docs) if looks_like_a_value(docs) => format!("{{ docs = {} }}", Value::from(docs)),
        Some(docs) => Value::from(docs).to_string(),
    }
}

/// The name under which a secret or a parameter is declared that is the same variable.
fn declared<'a>(document: &'a Document<&str>, id: &str) -> Option<&'a str> {
    let tables = ["secrets", "parameters"].into_iter().filter_map(|table| document.get(table)?.as_table_like());
    tables.flat_map(|table| table.iter()).map(|(name, _)| name).find(|name| name::fold(name) == name::fold(id))
}

/// What makes a parameter a fetched one; nothing where it is one. `None` where there is no place for it.
fn fetched(text: &str, key: &Key, item: &Item) -> Option<Vec<Splice>> {
    if let Some(fetch) = item.get("fetch") {
        let is_on = fetch.as_bool() == Some(true);
        let at = fetch.as_value()?.span()?;
        return Some(if is_on { Vec::new() } else { vec![Splice { at, text: "true".to_owned() }] });
    }
    let splice = match item {
        Item::Value(Value::InlineTable(table)) if table.is_dotted() => {
            let end = table.iter().filter_map(|(_, value)| last_of_value(value)).max()?;
            Splice { at: end..end, text: format!(", {}.fetch = true", text.get(key.span()?)?) }
        }
        Item::Value(Value::InlineTable(table)) => in_braces(text, table, "fetch = true")?,
        Item::Value(value) => {
            let at = value.span()?;
            Splice { text: format!("{{ value = {}, fetch = true }}", text.get(at.clone())?), at }
        }
        Item::Table(table) if table.is_dotted() => {
            let (first, _) = table.iter().next()?;
            let path = path_before(text, table.key(first)?.span()?.start);
            new_line(text, last_line(table)?, &format!("{path}fetch = true"))
        }
        // It stands nowhere: only tables inside of it do.
        Item::Table(table) if table.is_implicit() => return None,
        Item::Table(table) => new_line(text, last_line(table).or(end_of(table.span()))?, "fetch = true"),
        Item::None | Item::ArrayOfTables(_) => return None,
    };
    Some(vec![splice])
}

/// Another member in an inline table, behind the last one.
fn in_braces(text: &str, table: &InlineTable, member: &str) -> Option<Splice> {
    if let Some(end) = table.iter().filter_map(|(_, value)| last_of_value(value)).max() {
        return Some(Splice { at: end..end, text: format!(", {member}") });
    }
    let span = table.span()?;
    // A comment may stand in there, in TOML 1.1.
    let empty = text.get(span.start + 1..span.end - 1)?.trim().is_empty();
    empty.then(|| Splice { at: span, text: format!("{{ {member} }}") })
}

/// Where the last value ends that stands in a table's own lines, and not in another table's.
fn last_line(table: &Table) -> Option<usize> {
    table.iter().filter_map(|(_, item)| last_of_item(item)).max()
}

fn last_of_item(item: &Item) -> Option<usize> {
    match item {
        Item::Value(value) => last_of_value(value),
        Item::Table(table) if table.is_dotted() => last_line(table),
        _ => None,
    }
}

fn last_of_value(value: &Value) -> Option<usize> {
    match value {
        Value::InlineTable(table) if table.is_dotted() => {
            table.iter().filter_map(|(_, value)| last_of_value(value)).max()
        }
        value => end_of(value.span()),
    }
}

fn end_of(span: Option<Range<usize>>) -> Option<usize> {
    span.map(|span| span.end)
}

/// What stands before a key on its line: blanks, and the path that leads to it.
fn path_before(text: &str, key: usize) -> &str {
    let start = text[..key].rfind('\n').map_or(0, |at| at + 1);
    text[start..key].trim_start_matches('\u{feff}')
}

/// Another line behind the one in which `end` is.
fn new_line(text: &str, end: usize, line: &str) -> Splice {
    match text[end..].find('\n') {
        Some(length) => {
            let at = end + length + 1;
            let break_ = if text[..at].ends_with("\r\n") { "\r\n" } else { "\n" };
            Splice { at: at..at, text: format!("{line}{break_}") }
        }
        None => Splice { at: text.len()..text.len(), text: format!("{}{line}\n", line_break(text)) },
    }
}

/// Lines at the end of the file, behind an empty one.
fn at_the_end(text: &str, lines: &str) -> Splice {
    let line_break = line_break(text);
    let before = match text.trim_start_matches('\u{feff}') {
        "" => String::new(),
        text if text.ends_with('\n') => line_break.to_owned(),
        _ => line_break.repeat(2),
    };
    Splice { at: text.len()..text.len(), text: before + &lines.replace('\n', line_break) + line_break }
}

fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn by_hand(what: impl Into<String>) -> EditError {
    EditError::ByHand(what.into())
}

/// A text that replaces a part of the file.
struct Splice {
    at: Range<usize>,
    text: String,
}

fn spliced(text: &str, splices: impl IntoIterator<Item = Splice>) -> String {
    let mut splices: Vec<Splice> = splices.into_iter().collect();
    splices.sort_by_key(|splice| splice.at.start);
    let mut edited = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for splice in splices {
        edited.push_str(&text[at..splice.at.start.max(at)]);
        edited.push_str(&splice.text);
        at = splice.at.end.max(at);
    }
    edited.push_str(&text[at..]);
    edited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::read;

    const FILE: &str = "\
# the shop
app = 'orders' # its name

[parameters]   # plain
VERSION   = \"1.2.0\"     # of the app
LIST = [ # of words
  \"a\", # one
  \"b\",
]
MAX_ITEMS = { value = 25 , type = \"u64\" }   # a page
TRAILING  = { value = 1, }
OFF = { fetch = false , value = 1 } # off
dotted.value = 5 # five
dotted.shape.min = 1 # one

\t[parameters.TABLE] # a table
\tvalue = '''
of two lines'''   # end

[parameters.EMPTY]
# nothing here
[stages.dev.parameters]
EMPTY = \"x\"
";

    /// The lines of the edited file that are not in the first one, and the other way round.
    fn difference(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
        let only = |a: &str, b: &str| {
            let b: Vec<&str> = b.split_inclusive('\n').collect();
            a.split_inclusive('\n').filter(|line| !b.contains(line)).map(str::to_owned).collect()
        };
        (only(before, after), only(after, before))
    }

    fn assert_fetched(id: &str, removed: &[&str], added: &[&str]) {
        let edited = set_fetch(FILE, &[id]).unwrap();
        let (gone, new) = difference(FILE, &edited);
        assert_eq!(
            (gone, new),
            (removed.iter().map(|s| (*s).to_owned()).collect(), added.iter().map(|s| (*s).to_owned()).collect()),
            "{id}"
        );
        let declaration = read(&edited).unwrap();
        assert!(declaration.is_fetched(id), "{id}");
        assert_eq!(declaration.parameters.values().filter(|parameter| parameter.fetch).count(), 1, "{id}");
        assert!(set_fetch(&edited, &[id]).unwrap() == edited, "{id}");
    }

    #[test]
    fn fetch_is_set_in_every_form_and_nothing_else_changes() {
        assert_fetched(
            "VERSION",
            &["VERSION   = \"1.2.0\"     # of the app\n"],
            &["VERSION   = { value = \"1.2.0\", fetch = true }     # of the app\n"],
        );
        assert_fetched(
            "LIST",
            &["LIST = [ # of words\n", "]\n"],
            &["LIST = { value = [ # of words\n", "], fetch = true }\n"],
        );
        assert_fetched(
            "MAX_ITEMS",
            &["MAX_ITEMS = { value = 25 , type = \"u64\" }   # a page\n"],
            &["MAX_ITEMS = { value = 25 , type = \"u64\", fetch = true }   # a page\n"],
        );
        assert_fetched("TRAILING", &["TRAILING  = { value = 1, }\n"], &["TRAILING  = { value = 1, fetch = true, }\n"]);
        assert_fetched(
            "OFF",
            &["OFF = { fetch = false , value = 1 } # off\n"],
            &["OFF = { fetch = true , value = 1 } # off\n"],
        );
        assert_fetched("dotted", &[], &["dotted.fetch = true\n"]);
        assert_fetched("TABLE", &[], &["fetch = true\n"]);
        assert_fetched("EMPTY", &[], &["fetch = true\n"]);
    }

    #[test]
    fn a_new_line_stands_behind_the_last_one_of_its_table() {
        let edited = set_fetch(FILE, &["TABLE", "dotted", "EMPTY", "VERSION"]).unwrap();
        assert!(
            edited.contains(
                "of two lines'''   # end\nfetch = true\n\n[parameters.EMPTY]\nfetch = true\n# nothing here\n"
            )
        );
        assert!(edited.contains("dotted.shape.min = 1 # one\ndotted.fetch = true\n\n\t[parameters.TABLE]"));
    }

    #[test]
    fn tables_in_one_line_are_edited_too() {
        let text = "app = 'a'\nparameters = { A = 1, B.value = 2, C = { value = 3 } } # all";
        assert_eq!(
            set_fetch(text, &["A", "B", "C"]).unwrap(),
            "app = 'a'\nparameters = { A = { value = 1, fetch = true }, B.value = 2, B.fetch = true, C = { value = 3, fetch = true } } # all"
        );
        let text = "app = 'a'\nparameters.A.value = 1";
        assert_eq!(set_fetch(text, &["A"]).unwrap(), "app = 'a'\nparameters.A.value = 1\nparameters.A.fetch = true\n");
    }

    #[test]
    fn what_is_not_declared_is_not_changed() {
        assert_eq!(set_fetch(FILE, &["VERSION", "version"]), Err(EditError::Undeclared("version".to_owned())));
        assert_eq!(set_fetch("app = 'a'", &["A"]), Err(EditError::Undeclared("A".to_owned())));
        assert_eq!(set_fetch("app = ", &["A"]), Err(EditError::Syntax));
        let nowhere = "[parameters.A.shape]\nmin = 1\n";
        assert_eq!(set_fetch(nowhere, &["A"]), Err(EditError::ByHand("A.fetch = true".to_owned())));
    }

    fn assert_declared(before: &str, after: &str) {
        assert_eq!(declare_secret(before, "NEW", Some("a \"new\" key")).as_deref(), Ok(after));
        assert_eq!(read(after).unwrap().manifest.bindings["NEW"].docs.as_deref(), Some("a \"new\" key"));
    }

    #[test]
    fn a_secret_is_declared_wherever_secrets_stand() {
        assert_declared(
            "app = 'a'\n[secrets] # all\nA = 'the key' # one\n\n[functions]\n",
            "app = 'a'\n[secrets] # all\nA = 'the key' # one\nNEW = 'a \"new\" key'\n\n[functions]\n",
        );
        assert_declared(
            "app = 'a'\n[secrets] # all\n# none",
            "app = 'a'\n[secrets] # all\nNEW = 'a \"new\" key'\n# none",
        );
        assert_declared("app = 'a'", "app = 'a'\n\n[secrets]\nNEW = 'a \"new\" key'\n");
        assert_declared("app = 'a'\r\n", "app = 'a'\r\n\r\n[secrets]\r\nNEW = 'a \"new\" key'\r\n");
        assert_declared("\u{feff}app = 'a'\n[secrets]", "\u{feff}app = 'a'\n[secrets]\nNEW = 'a \"new\" key'\n");
        assert_declared(
            "app = 'a'\n[secrets.A]\ndocs = 'x'\n",
            "app = 'a'\n[secrets.A]\ndocs = 'x'\n\n[secrets]\nNEW = 'a \"new\" key'\n",
        );
        assert_declared("app = 'a'\nsecrets = {} # none\n", "app = 'a'\nsecrets = { NEW = 'a \"new\" key' } # none\n");
        assert_declared(
            "app = 'a'\nsecrets.A = 'x' # one\n[functions]\n",
            "app = 'a'\nsecrets.A = 'x' # one\nsecrets.NEW = 'a \"new\" key'\n[functions]\n",
        );
    }

    #[test]
    fn docs_that_are_read_as_a_value_stand_in_a_table() {
        let declared = |docs| declare_secret("[secrets]\r\nA = 'x'\r\n", "NEW", docs).unwrap();
        assert_eq!(declared(None), "[secrets]\r\nA = 'x'\r\nNEW = {}\r\n");
        assert_eq!(
            declared(Some("Datenbankpasswort")),
            "[secrets]\r\nA = 'x'\r\nNEW = { docs = \"Datenbankpasswort\" }\r\n"
        );
        let text = declare_secret("app = 'a'\n", "NEW", Some("two\nlines = \"\"\" ''' \\ \u{7f}")).unwrap();
        assert_eq!(
            read(&text).unwrap().manifest.bindings["NEW"].docs.as_deref(),
            Some("two\nlines = \"\"\" ''' \\ \u{7f}")
        );
    }

    #[test]
    fn a_name_is_declared_once() {
        let text = "[secrets]\ndb-password = 'x'\n[parameters]\nA = 1\n";
        let error = |id| declare_secret(text, id, None).unwrap_err();
        assert_eq!(error("db_password"), EditError::Declared("db-password".to_owned()));
        assert_eq!(error("A"), EditError::Declared("A".to_owned()));
        assert_eq!(error("a b"), EditError::Name(IdError::Form));
        assert_eq!(error("APP"), EditError::Name(IdError::Taken));
        assert_eq!(declare_secret("secrets = 5", "A", None), Err(EditError::ByHand("A = {}".to_owned())));
    }
}
