//! `secrets set`: one value, from wherever it is safe to take it.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use bind_config_manifest::{Binding, name, nearest};
use clap::CommandFactory as _;
use serde_json::json;
use zeroize::Zeroizing;

use super::Aftermath;
use crate::args::SecretsSet;
use crate::command::synth::change::change_bind_toml;
use crate::context::Context;
use crate::declaration::{EditError, StoreKind, declare_secret, looks_like_a_value};
use crate::failure::{CONFLICT, Failure, MISFIT, Outcome, UNDECLARED};
use crate::interrupt::{AT_WORK, Interrupt};
use crate::limits::ADVANCED;
use crate::plan::{Claim, Plan, Row, State};
use crate::project::{BIND_TOML, DeclaredIn, read_text};
use crate::store::{Purpose, Store};
use crate::target::{Target, Undeclared, check_value};
use crate::terminal::shown;

mod generate;

pub(crate) async fn run(args: SecretsSet, context: &Context) -> Outcome {
    check_arguments(&args)?;
    let target = Target::writable(context, args.place)?;
    check_order(&args, &target)?;
    let docs = args.declare.as_deref().filter(|_| target.declaration().binding(&args.name).is_none());
    let undeclared = match docs {
        Some(docs) => check_declaration(&args.name, docs, &target).map(|()| Undeclared::Allowed)?,
        None => Undeclared::of(args.undeclared, "`--declare` adds it there, `--undeclared` sets it all the same"),
    };
    let (id, binding) = target.to_write(&args.name, undeclared).map_err(|why| Failure::no_as(UNDECLARED, why))?;
    // A missing login is told before somebody types a secret; the file of a laptop is not held while they do.
    let early = match context.store_kind(&target.project, target.stage_name())? {
        StoreKind::Ssm => Some(target.open(context, Purpose::Write).await?),
        StoreKind::Local => None,
    };
    let place = early.as_ref().map_or_else(|| LOCAL_PLACE.to_owned(), |store| store.place.to_string());
    let value = read_value(&args, id, binding, &target, &place, context)?;
    // Before a laptop's store is opened, which others wait for.
    check_value(binding, &value).map_err(|why| Failure::no_as(MISFIT, format!("`{id}` was not set: {why}")))?;
    let store = match early {
        Some(store) => store,
        None => target.open(context, Purpose::Write).await?,
    };
    let Written { version, is_new_version, over_another, interrupt } =
        write(&args, value, (&target, undeclared), &store, context).await?;
    let done = format!("`{id}` is set (version {version}) in {}, {}.", target.described(), store.place);
    context.terminal.note(if is_new_version { done.clone() } else { format!("it is what it was: {done}") }.as_str());
    let names = [name::fold(id).into_owned()].into();
    // Whatever goes wrong before, nothing was changed.
    let declared = docs.map(|docs| declare(id, docs, &target, context)).transpose();
    let report = json!({ "name": id, "version": version, "changed": is_new_version,
        "added_to_bind_toml": declared.as_ref().is_ok_and(Option::is_some) });
    let aftermath = Aftermath { context, target: &target, store: &store, names: &names, interrupt: &interrupt };
    let so_far = if over_another { Err(Failure::no_as(CONFLICT, over(id))) } else { Ok(()) };
    let so_far = so_far.and(declared.map(drop).map_err(|failure| {
        Failure::no(format!("{done} It is not declared: {}", failure.message().unwrap_or_default()))
    }));
    aftermath.conclude_with(so_far, !args.restarting.no_restart, report, &done).await
}

/// What became of it.
struct Written {
    version: i64,
    is_new_version: bool,
    /// Whether somebody else set another value although that was not wanted.
    over_another: bool,
    /// Who hears of an interrupt from the write on.
    interrupt: Interrupt,
}

/// Both were told that nobody else had changed it.
fn over(id: &str) -> String {
    format!("somebody else set `{id}` at the same time: yours is the current value, theirs is in the history")
}

/// Whether a name can be added to `bind.toml`.
fn check_declaration(id: &str, docs: &str, target: &Target) -> Outcome {
    let project = &target.project;
    if project.declared_in != DeclaredIn::BindToml {
        return Err(Failure::no(format!("`{}` cannot be declared: there is no {BIND_TOML}", shown(id))));
    }
    let path = project.bind_toml();
    let text = read_text(&path).map_err(Failure::io(path.display()))?;
    if looks_like_a_value(docs) {
        // Which is not printed, then.
        return Err(Failure::Trouble(
            "usage",
            "`--declare=DOCS` says what the secret is for, and this looks like its value: nothing is set".to_owned(),
        ));
    }
    declared(&text, id, docs).map(drop)
}

/// `bind.toml` with the secret.
fn declared(text: &str, id: &str, docs: &str) -> Result<String, Failure> {
    let docs = Some(docs).filter(|docs| !docs.is_empty());
    match declare_secret(text, id, docs) {
        // Somebody else was faster.
        Err(EditError::Declared(_)) => Ok(text.to_owned()),
        edited => edited.map_err(|why| Failure::no(format!("`{}` cannot be declared: {why}", shown(id)))),
    }
}

/// Adds the secret to `bind.toml`.
fn declare(id: &str, docs: &str, target: &Target, context: &Context) -> Outcome {
    change_bind_toml(&target.project.bind_toml(), |text| declared(text, id, docs))?;
    context
        .terminal
        .note(&format!("`{id}` is declared in {BIND_TOML}: `bind-config synth` writes it into bindings.json"));
    Ok(())
}

/// Whether the name comes first. Otherwise it is a value, which must not be printed.
fn check_order(args: &SecretsSet, target: &Target) -> Outcome {
    let value = args.value.as_deref().and_then(OsStr::to_str);
    match value.filter(|_| target.declared(&args.name).is_err()).map(|value| target.declared(value)) {
        Some(Ok((id, _))) => Err(Failure::no(format!(
            "the name comes first, then the value; better only the name: `bind-config secrets set {id} {}` asks for the value",
            target.arguments()
        ))),
        _ => Ok(()),
    }
}

/// Whether name and value are what was meant. Nothing of them is printed: it may be a part of a secret.
fn check_arguments(args: &SecretsSet) -> Outcome {
    if let Err(rule) = name::check_id(&args.name) {
        let hint = match args.name.split_once('=') {
            Some((name, _)) if name::check_id(name).is_ok() => {
                format!(": `bind-config secrets set {name}` asks for the value")
            }
            _ => String::new(),
        };
        return Err(Failure::no(format!("the first argument cannot be the name of a secret: {rule}{hint}")));
    }
    if !args.rest.is_empty() {
        // `--stag prod` is a value and what follows it.
        let given = args.value.as_deref().and_then(OsStr::to_str).and_then(mistyped);
        let hint = given.map(|flag| format!(" (did you mean `--{flag}`?)")).unwrap_or_default();
        return Err(Failure::impossible(format!(
            "more than one value{hint}: put one that has blanks in it in quotes, or better on stdin"
        )));
    }
    let value = args.value.as_deref().and_then(OsStr::to_str).unwrap_or_default();
    // Behind `--` it is meant as it is.
    if !is_like_a_flag(value) || std::env::args_os().any(|argument| argument == "--") {
        return Ok(());
    }
    let near = mistyped(value).map(|flag| format!(" (did you mean `--{flag}`?)")).unwrap_or_default();
    Err(Failure::impossible(format!(
        "the value looks like a flag, which `secrets set` does not have{near}. If it is the value, put it behind `--`, or on stdin"
    )))
}

/// `--word` or `-w`. What begins with more hyphens, or has a digit behind them, is none.
fn is_like_a_flag(value: &str) -> bool {
    let word = value.strip_prefix("--").or_else(|| value.strip_prefix('-'));
    word.is_some_and(|word| word.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// The flag of this command that a value is nearly. One that it is exactly comes after `--`, and is meant.
fn mistyped(value: &str) -> Option<String> {
    let given = value.strip_prefix("--")?.split('=').next()?;
    let mut command = crate::args::Cli::command();
    command.build();
    let command = command.find_subcommand("secrets")?.find_subcommand("set")?;
    let flags: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
    if flags.contains(&given) { None } else { nearest(given, flags).map(str::to_owned) }
}

/// Sets it.
async fn write(
    args: &SecretsSet,
    value: Zeroizing<String>,
    (target, undeclared): (&Target, Undeclared),
    store: &Store,
    context: &Context,
) -> Result<Written, Failure> {
    let plan = Plan::make(store, target, vec![(args.name.clone(), value)], undeclared).await;
    let plan = plan.map_err(|trouble| trouble.failure(&format!("`{}` was not set", shown(&args.name))))?;
    let row = &plan.rows[0];
    if let State::Wrong(_, why) = &row.state {
        return Err(Failure::no_as(MISFIT, format!("`{}` was not set: {why}", row.name)));
    }
    let before = row.version();
    if let Some(expected) = args.expect_version.filter(|expected| *expected != before) {
        let now = if before == 0 { "is not set".to_owned() } else { format!("is at version {before}") };
        return Err(Failure::no_as(
            CONFLICT,
            format!("`{}` {now}, not at version {expected}: nothing is set", row.name),
        ));
    }
    if row.state == State::Same {
        let interrupt = Interrupt::listen(AT_WORK);
        return Ok(Written { version: before, is_new_version: false, over_another: false, interrupt });
    }
    target.warn_of_new_stage(store, &context.terminal).await;
    plan.warn(&context.terminal);
    let interrupt = Interrupt::listen(AT_WORK);
    if args.expect_version.is_some() {
        let (version, over_another) = claimed(row, store).await?;
        return Ok(Written { version, is_new_version: true, over_another, interrupt });
    }
    let written = plan.apply(store, &context.terminal, &interrupt).await?;
    let version = written.first().map_or(before, |written| written.version);
    Ok(Written { version, is_new_version: true, over_another: false, interrupt })
}

/// Sets it where nobody else has changed it.
async fn claimed(row: &Row, store: &Store) -> Result<(i64, bool), Failure> {
    match row.claim(store).await? {
        Claim::Set { version, over_another } => Ok((version, over_another)),
        Claim::Lost => Err(Failure::no_as(
            CONFLICT,
            format!("`{}` was changed by somebody else at the same time: nothing is set", row.name),
        )),
        Claim::Unclear { version } => Err(Failure::no_as(
            CONFLICT,
            format!(
                "`{}` was not set: its value is what it was, at version {version} now, either because an answer was lost or \
             because somebody else sets it at the same time. Again: `--expect-version {version}`",
                row.name
            ),
        )),
    }
}

fn read_value(
    args: &SecretsSet,
    id: &str,
    binding: Option<&Binding>,
    target: &Target,
    store: &str,
    context: &Context,
) -> Result<Zeroizing<String>, Failure> {
    if let Some(form) = &args.generate {
        let start = binding.and_then(|binding| binding.shape.starts_with.as_deref()).unwrap_or_default();
        let value = generate::value(form).map_err(Failure::impossible)?;
        return Ok(Zeroizing::new(format!("{start}{}", *value)));
    }
    let value = match (&args.file, &args.value) {
        (Some(path), _) => from_file(&context.surroundings.folder().join(path))?,
        (None, Some(value)) if value == "-" => from_stdin()?,
        (None, Some(value)) => {
            context.terminal.warn(&format!(
                "a value on the command line is seen by `ps` and kept by the shell's history: `bind-config secrets set {id} {}` asks for it",
                target.arguments()
            ));
            let value = value.to_str().ok_or_else(|| Failure::no(NOT_UTF8))?;
            Zeroizing::new(value.to_owned())
        }
        (None, None) if io::stdin().is_terminal() => {
            return context.terminal.hidden(&format!("{id} in {}, {store}: ", target.described()));
        }
        (None, None) => from_stdin()?,
    };
    Ok(if args.trim { trimmed(&value) } else { value })
}

fn from_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = crate::project::read_bytes(path).map_err(Failure::io(path.display()))?;
    text(bytes)
}

fn from_stdin() -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(ENDLESS).read_to_end(&mut bytes).map_err(Failure::io("stdin"))?;
    if bytes.len() as u64 == ENDLESS {
        return Err(Failure::no(format!("the value is larger than 1 MB; SSM takes {ADVANCED} characters at most")));
    }
    text(bytes)
}

fn text(bytes: Vec<u8>) -> Result<Zeroizing<String>, Failure> {
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| Failure::no(NOT_UTF8))
}

/// Without one line break at the end.
fn trimmed(value: &str) -> Zeroizing<String> {
    let inner = value.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    Zeroizing::new(inner.unwrap_or(value).to_owned())
}

const LOCAL_PLACE: &str = "the local store";
const NOT_UTF8: &str = "the value is not UTF-8, and SSM keeps text only: encode it, as base64 for example";
/// Larger than anything that SSM takes, and no endless stream.
const ENDLESS: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_is_trimmed_and_no_more() {
        for (value, expected) in
            [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("\n", ""), ("a\r", "a\r")]
        {
            assert_eq!(*trimmed(value), expected, "{value:?}");
        }
    }
}
