//! `init`: a `bind.toml` for a new app, and the lines that keep local values out of git.

use std::fs;
use std::io;
use std::path::Path;

use bind_config_manifest::name;
use serde_json::json;

use crate::args::Init;
use crate::context::Context;
use crate::failure::{EXISTS, Failure, Outcome};
use crate::project::{BIND_TOML, BINDINGS_JSON, read_plain};
use crate::terminal::shown;

pub(crate) fn run(args: &Init, context: &Context) -> Outcome {
    let folder = context.surroundings.folder();
    let folder = context.global.project.as_deref().map_or_else(|| folder.to_owned(), |given| folder.join(given));
    if !folder.is_dir() {
        return Err(Failure::impossible(format!("there is no folder `{}`", folder.display())));
    }
    let given = match (args.name.as_deref(), context.global.app.as_deref()) {
        (Some(name), Some(app)) if name != app => {
            return Err(Failure::Trouble("usage", "`NAME` and `--app` are two names: give one".to_owned()));
        }
        (name, app) => name.or(app),
    };
    let app = app(given, &folder)?;
    if folder.join(BIND_TOML).symlink_metadata().is_ok() {
        return Err(Failure::no_as(EXISTS, already(&folder)));
    }
    let ignored = ignore(&folder.join(GITIGNORE))?;
    create(&folder, &text(&app))?;
    report(&app, &ignored, &folder, context)
}

fn already(folder: &Path) -> String {
    format!("`{}` is there already, and stays as it is", folder.join(BIND_TOML).display())
}

/// The name that is given, else the folder's, made legal.
fn app(name: Option<&str>, folder: &Path) -> Result<String, Failure> {
    let Some(name) = name else {
        let folder = fs::canonicalize(folder).map_err(Failure::io(folder.display()))?;
        return Ok(legal(&folder.file_name().unwrap_or_default().to_string_lossy()));
    };
    if name::is_app(name) {
        return Ok(name.to_owned());
    }
    Err(Failure::impossible(format!(
        "`{}` cannot be an app: an app is 1 to 64 letters, digits, `_`, `.` and `-`, such as `{}`",
        shown(name),
        legal(name)
    )))
}

/// A name with `-` where it has what no app has.
fn legal(name: &str) -> String {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let name: String = name.chars().map(|c| if is_legal(c) { c } else { '-' }).take(64).collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "app".to_owned() } else { name.to_owned() }
}

/// Adds what git must not see, and returns what was added. Every other byte stays.
fn ignore(path: &Path) -> Result<Vec<&'static str>, Failure> {
    let mut text = match read_plain(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Failure::io(path.display())(error)),
    };
    let is_there = |line: &&str| !text.split(|byte| *byte == b'\n').any(|there| is_same(there, line));
    let missing: Vec<&'static str> = IGNORED.into_iter().filter(is_there).collect();
    if missing.is_empty() {
        return Ok(missing);
    }
    let end: &[u8] = if text.windows(2).any(|two| two == b"\r\n") { b"\r\n" } else { b"\n" };
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.extend_from_slice(end);
    }
    for line in &missing {
        text.extend_from_slice(line.as_bytes());
        text.extend_from_slice(end);
    }
    crate::command::synth::replace(path, &text)?;
    Ok(missing)
}

/// Whether a line of `.gitignore` says the same: with a slash before it, or without the one at its end.
fn is_same(there: &[u8], line: &str) -> bool {
    let there = there.trim_ascii_end();
    let there = there.strip_prefix(b"/").unwrap_or(there);
    there == line.as_bytes() || there == line.trim_end_matches('/').as_bytes()
}

/// Two that run at once do not overwrite one another.
fn create(folder: &Path, text: &str) -> Result<(), Failure> {
    let path = folder.join(BIND_TOML);
    crate::command::synth::create(&path, text.as_bytes()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::no_as(EXISTS, already(folder)),
        _ => Failure::io(path.display())(error),
    })
}

fn report(app: &str, ignored: &[&str], folder: &Path, context: &Context) -> Outcome {
    let terminal = &context.terminal;
    if terminal.json {
        return terminal.report(json!({ "app": app, "written": [BIND_TOML], "ignored": ignored }));
    }
    terminal.note(&format!("wrote {BIND_TOML} for the app `{app}`"));
    if !ignored.is_empty() {
        terminal.note(&format!("added to {GITIGNORE}: {}", ignored.join(", ")));
    }
    if folder.join(BINDINGS_JSON).exists() {
        terminal.warn(&format!("{BINDINGS_JSON} is there already: `bind-config synth` will replace it"));
    }
    terminal.note(NEXT);
    Ok(())
}

fn text(app: &str) -> String {
    TEXT.replace("{APP}", app)
}

const GITIGNORE: &str = ".gitignore";
/// The last one is what a kill leaves of a file that was about to be replaced.
const IGNORED: [&str; 3] = [".env*.local", ".bind-config/", ".bind-config-*"];
const NEXT: &str = "next: declare what the app needs in bind.toml (without AWS: uncomment `store` there), then
  bind-config stage use NAME      your personal stage
  bind-config synth               writes bindings.json: commit both
  bind-config secrets set NAME    a value, per stage
  bind-config bind -- cargo test  runs a command with the values";
const TEXT: &str = include_str!("init/bind.toml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration;

    #[test]
    fn a_name_becomes_legal() {
        assert_eq!(legal("orders"), "orders");
        assert_eq!(legal("my orders (new)"), "my-orders--new");
        assert_eq!(legal("café"), "caf");
        assert_eq!(legal("…"), "app");
        assert_eq!(legal(&"a".repeat(70)), "a".repeat(64));
    }

    #[test]
    fn the_file_is_a_declaration_as_it_is_and_with_every_example_taken() {
        let text = text("orders");
        let declared = declaration::read(&text).unwrap();
        assert_eq!(declared.app(), "orders");
        assert!(declared.manifest.bindings.is_empty() && declared.manifest.functions.is_none());

        let is_example = |line: &&str| line.contains(" = ") || line.starts_with('[');
        let take = |line| str::strip_prefix(line, "# ").filter(is_example).unwrap_or(line);
        let taken: Vec<&str> = text.lines().map(take).collect();
        let declared = declaration::read(&taken.join("\n")).unwrap();
        let ids: Vec<&str> = declared.manifest.bindings.keys().map(String::as_str).collect();
        assert_eq!(ids, ["LOG_LEVEL", "MAX_ITEMS", "SENTRY_DSN", "STRIPE_KEY", "TABLE_NAME", "TOPIC_ARN"]);
        assert_eq!(declared.manifest.functions.unwrap().len(), 2);
    }
}
