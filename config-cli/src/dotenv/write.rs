//! One entry of a `.env` file, in the quotes that its readers agree on. Where no quotes give the value back, there is no line.

use std::error::Error;
use std::fmt;

use super::expand::is_expandable;
use super::parse::{QUOTES, is_name_char, parse};

/// Variables that `sh`, `dash` or `bash` keep for themselves: setting one fails, or gives something else. So do most whose name
/// begins with `BASH`.
const SHELL_NAMES: [&str; 16] = [
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "LINENO",
    "OPTIND",
    "PPID",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SRANDOM",
    "UID",
    "_",
];

/// An entry of a `.env` file. Its value is inside, so `Debug` does not show the line.
pub(crate) struct Written {
    /// `NAME=...` without the line end behind it. A value that has line breaks spans lines.
    pub(crate) line: String,
    /// Whether a POSIX shell that sources the line (`set -a; . ./.env`) gets the same value. If not, it gets another one, reads
    /// on into the next line, or runs a part of the value as a command: the whole file is then no file for a shell.
    pub(crate) shell_safe: bool,
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").field("shell_safe", &self.shell_safe).finish_non_exhaustive()
    }
}

/// An entry that no line stands for.
#[derive(Debug)]
pub(crate) struct Unwritable {
    /// The name, as it was given.
    pub(crate) name: String,
    /// A clause that goes on after "because". It says nothing of the value but its kind.
    pub(crate) why: &'static str,
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be written to a .env file because {}", self.name.escape_debug(), self.why)
    }
}

impl Error for Unwritable {}

/// Who reads a line back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Those that replace `$NAME`, and those that do not.
    All,
    /// Those that take `$NAME` as it is: `dotenv`, `secrets load`, a shell where the line is safe for one.
    Literal,
}

/// The line that readers of `.env` files take for this name and value, byte for byte and whatever other lines are around it.
///
/// The readers:
/// * `dotenv` 16.6.1, alone or with `dotenv-expand` 12.0.3 behind it, reads every line back. Only the latter drops the
///   backslash of `\$`, so the two never agree on a reference (`$NAME`, `${...}`) or on `\$`: a value with one has no line.
/// * A POSIX shell (`dash`, and `bash` in both its modes) reads back those that are `shell_safe`. If the name is one that a
///   shell can set, these are the values without `'` and without a carriage return, in single quotes if they need any. With a
///   `'` the quotes are double, and the value must not have what a shell reads otherwise in these (`"`, `$`, a backtick, a
///   backslash at its end or before another or a line break; in bash U+0001 and U+007F, too), nor what `dotenv` does (`\n`
///   and `\r` spelled out).
///
/// Any other value is for `dotenv` alone: in quotes that only it takes literally, without quotes, in backticks (to a shell, a
/// command), or with `\n` and `\r` in double quotes. Few have no line at all, such as a carriage return next to a spelled out
/// `\n`.
pub(crate) fn write(name: &str, value: &str, readers: Readers) -> Result<Written, Unwritable> {
    let refusal = |why| Unwritable { name: name.to_owned(), why };
    if let Some(why) = objection(name, value, readers) {
        return Err(refusal(why));
    }
    let mut forms = forms(value);
    // The sort is stable: what is left of the order is preference.
    forms.sort_by_key(|form| (!form.shell_safe, form.is_odd));
    let mut written = forms.into_iter().map(|form| Written {
        line: format!("{name}={}", form.text),
        shell_safe: form.shell_safe && is_shell_name(name),
    });
    let found = written.find(|written| is_read_back(&written.line, name, value));
    found.ok_or_else(|| refusal("no quotes fit the quotes, backslashes and line breaks of its value"))
}

/// What no form can help.
fn objection(name: &str, value: &str, readers: Readers) -> Option<&'static str> {
    if name.is_empty() || !name.chars().all(is_name_char) {
        return Some("its name is not made of letters, digits, `_`, `.` and `-`");
    }
    if name == "__proto__" {
        return Some("readers in JavaScript drop this name");
    }
    if value.contains('\0') {
        return Some("its value has a NUL, which no environment holds");
    }
    let expands = "its value has a `$NAME`, `${...}` or `\\$`, which readers that expand replace";
    (readers == Readers::All && is_expandable(value)).then_some(expands)
}

struct Form {
    text: String,
    /// Whether a shell takes the text for the value.
    shell_safe: bool,
    /// Whether the value has the very quotes that are around it. `dotenv` can live with that, few others can.
    is_odd: bool,
}

/// The ways to write a value, by preference. Not each is right for each value: that is for [`is_read_back`] to see.
fn forms(value: &str) -> Vec<Form> {
    if is_plain(value) {
        return vec![Form { text: value.to_owned(), shell_safe: true, is_odd: false }];
    }
    let escaped = value.replace('\n', "\\n").replace('\r', "\\r");
    let mut forms = Vec::new();
    for (quote, value, shell_safe, is_odd) in [
        ("'", value, !value.contains('\''), value.contains('\'')),
        ("\"", value, is_plain_in_double_quotes(value), value.contains('"')),
        // More readers know no quotes than know backticks, and no shell runs all of them as a command.
        ("", value, false, value.starts_with(QUOTES)),
        ("`", value, false, value.contains('`')),
        ("\"", &escaped, false, value.contains('"')),
    ] {
        let text = format!("{quote}{value}{quote}");
        // To `dotenv`, a backslash at the end escapes the quote, unless the next one it finds is in the middle of something.
        let commented = format!("{text} # ends with {quote}\\{quote}");
        forms.push(Form { text, shell_safe, is_odd });
        if value.ends_with('\\') {
            forms.push(Form { text: commented, shell_safe, is_odd });
        }
    }
    forms
}

/// Whether a value needs no quotes, neither for a shell (`~` would be a home directory) nor for any reader of `.env` files. An
/// empty one does: `dotenv` would look for it in the lines below.
fn is_plain(value: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-./:@%+,=".contains(char);
    !value.is_empty() && value.chars().all(is_plain)
}

/// Whether a shell takes a value literally in double quotes.
fn is_plain_in_double_quotes(value: &str) -> bool {
    let is_escape = value.contains("\\\\") || value.contains("\\\n") || value.ends_with('\\');
    // The last two are marks inside bash, which loses one behind a backslash.
    !is_escape && !value.contains(['"', '$', '`', '\u{1}', '\u{7f}'])
}

/// Whether a shell can set a variable of this name, to any value.
fn is_shell_name(name: &str) -> bool {
    let is_name = !name.contains(['.', '-']) && !name.starts_with(|char: char| char.is_ascii_digit());
    is_name && !name.starts_with("BASH") && !SHELL_NAMES.contains(&name)
}

/// Whether a line is this entry on its own, between others, and before anything that could close its quotes for it.
fn is_read_back(line: &str, name: &str, value: &str) -> bool {
    let is_parsed = |text: &str, entries: &[(&str, &str)]| {
        let parsed = parse(text.as_bytes());
        parsed.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(entries.iter().copied())
    };
    let (above, below) = (&*format!("{name}."), &*format!("{name}-"));
    is_parsed(line, &[(name, value)])
        && is_parsed(&format!("{above}=1\n{line}\n{below}=2\n"), &[(above, "1"), (name, value), (below, "2")])
        && is_parsed(&format!("{line}\n'\n\"\n`\n"), &[(name, value)])
}
