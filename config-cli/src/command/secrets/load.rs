//! `secrets load`: all secrets of a file, or none of them.

use std::collections::BTreeSet;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Aftermath, again};
use crate::args::{Planning, Restarting, SecretsLoad};
use crate::context::Context;
use crate::dotenv;
use crate::failure::{Failure, INVALID, Outcome};
use crate::interrupt::{AT_WORK, Interrupt};
use crate::plan::Plan;
use crate::store::{Address, Purpose, Store};
use crate::target::{Target, Undeclared};
use crate::terminal::shown;

mod doubt;

use doubt::doubts;
pub(super) use doubt::doubts_of_edited;

pub(crate) async fn run(args: &SecretsLoad, context: &Context) -> Outcome {
    let target = Target::writable(context, args.place)?;
    let entries = read(&args.file, context)?;
    let store = target.open(context, Purpose::Write).await?;
    let plan =
        make(&store, &target, entries, Undeclared::of(args.undeclared, "`--undeclared` sets it all the same")).await?;
    if plan.rows.is_empty() {
        context.terminal.note("there is no secret in it");
    }
    Job { context, target: &target, store: &store, restarting: args.restarting }.carry_out(&plan, args.planning).await
}

/// A plan that is made.
pub(super) async fn make(
    store: &Store,
    target: &Target,
    entries: Vec<(String, Zeroizing<String>)>,
    undeclared: Undeclared,
) -> Result<Plan, Failure> {
    let plan = Plan::make(store, target, entries, undeclared).await;
    plan.map_err(|trouble| trouble.failure(&format!("nothing is set: {} could not be read", target.described())))
}

/// Where a plan is done, and what follows.
pub(super) struct Job<'a> {
    pub(super) context: &'a Context,
    pub(super) target: &'a Target,
    pub(super) store: &'a Store,
    pub(super) restarting: Restarting,
}

impl Job<'_> {
    /// Shows a plan, does it unless it is only to be shown, and restarts what uses what it changed.
    pub(super) async fn carry_out(&self, plan: &Plan, planning: Planning) -> Outcome {
        if plan.wrong() > 0 {
            return self.refuse(plan);
        }
        plan.show(&self.context.terminal)?;
        if planning.plan {
            self.context.terminal.note(&format!("a plan: nothing is set in {}", self.place()));
            return self.report(plan, &Ok(()));
        }
        self.target.warn_of_new_stage(self.store, &self.context.terminal).await;
        self.set(plan).await
    }

    /// Shows a plan that is not done, because something in it is wrong.
    pub(super) fn refuse(&self, plan: &Plan) -> Outcome {
        plan.show(&self.context.terminal)?;
        let outcome = Err(Failure::no_as(plan.fault(), self.nothing(plan)));
        self.report(plan, &outcome)?;
        outcome
    }

    /// Why it is not done.
    pub(super) fn nothing(&self, plan: &Plan) -> String {
        let nothing = format!("nothing is set in {}", self.place());
        match plan.wrong() {
            0 => nothing,
            wrong => format!("{nothing}: {wrong} of {} cannot be", plan.rows.len()),
        }
    }

    fn place(&self) -> String {
        format!("{}, {}", self.target.described(), self.store.place)
    }

    /// What a program is told of a plan that nothing was done of.
    pub(super) fn report(&self, plan: &Plan, outcome: &Outcome) -> Outcome {
        let terminal = &self.context.terminal;
        if !terminal.json {
            return Ok(());
        }
        let error = outcome.as_ref().err().map(Failure::to_json);
        let body = json!({ "plan": plan.to_json(), "stored": [], "restarts": [], "error": error });
        terminal.report(self.target.report(self.store, body))
    }

    /// Functions start anew for what is changed; what was the same already may be the work of a run that was cut off.
    fn tell_just_set(&self, plan: &Plan) {
        let names = plan.just_set();
        if !names.is_empty() && matches!(self.store.place, Address::Aws { .. }) && !self.restarting.no_restart {
            let again = again(self.target, &names);
            self.context
                .terminal
                .note(&format!("what is the same was set a short time ago; if that run was cut off: {again}"));
        }
    }

    /// Does a plan that was shown and has nothing wrong in it.
    pub(super) async fn set(&self, plan: &Plan) -> Outcome {
        let Job { context, target, store, restarting } = self;
        let terminal = &context.terminal;
        plan.warn(terminal);
        let interrupt = Interrupt::listen(AT_WORK);
        let written = plan.apply(store, terminal, &interrupt).await?;
        let done = match written.len() {
            0 => format!("everything is as it was in {}.", self.place()),
            1 => format!("1 secret is set in {}.", self.place()),
            many => format!("{many} secrets are set in {}.", self.place()),
        };
        terminal.note(&done);
        self.tell_just_set(plan);
        let stored: Vec<_> =
            written.iter().map(|written| json!({ "name": written.name, "version": written.version })).collect();
        let names = plan.names();
        let aftermath = Aftermath { context, target, store, names: &names, interrupt: &interrupt };
        let report = json!({ "plan": plan.to_json(), "stored": stored });
        aftermath.conclude(!restarting.no_restart && !names.is_empty(), report, &done).await
    }
}

fn read(path: &Path, context: &Context) -> Result<Vec<(String, Zeroizing<String>)>, Failure> {
    let (bytes, what) = if path == Path::new("-") {
        (crate::project::read_all(std::io::stdin().lock()).map_err(Failure::io("stdin"))?, "stdin".to_owned())
    } else {
        let path = context.surroundings.folder().join(path);
        (crate::project::read_bytes(&path).map_err(Failure::io(path.display()))?, path.display().to_string())
    };
    let bytes = Zeroizing::new(bytes);
    let text = str::from_utf8(&bytes).map_err(|_| {
        Failure::no_as(INVALID, format!("nothing is set: {what} is not UTF-8, and values would be damaged"))
    })?;
    let entries = parse(text).map_err(|why| Failure::no_as(INVALID, format!("nothing is set: {what} {why}")))?;
    let doubts = if is_json(text) { Vec::new() } else { doubts(text) };
    if doubts.is_empty() {
        Ok(entries)
    } else {
        Err(Failure::no_as(INVALID, format!("nothing is set: {what}\n{}", listed(&doubts))))
    }
}

/// A few of them, a line each.
pub(super) fn listed(doubts: &[String]) -> String {
    let mut lines: Vec<String> = doubts.iter().take(SHOWN).map(|doubt| format!("  {doubt}")).collect();
    if doubts.len() > SHOWN {
        lines.push(format!("  and {} more", doubts.len() - SHOWN));
    }
    lines.join("\n")
}

/// How many doubtful lines are listed.
const SHOWN: usize = 10;

fn is_json(text: &str) -> bool {
    text.strip_prefix('\u{feff}').unwrap_or(text).trim_start().starts_with('{')
}

/// JSON where the text begins as an object does, else dotenv.
fn parse(text: &str) -> Result<Vec<(String, Zeroizing<String>)>, String> {
    if is_json(text) {
        return json(text.strip_prefix('\u{feff}').unwrap_or(text));
    }
    let entries = dotenv::parse(text.as_bytes());
    if entries.is_empty() && text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        return Err("has no `NAME=value` line and is no JSON object".to_owned());
    }
    Ok(entries.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect())
}

fn json(text: &str) -> Result<Vec<(String, Zeroizing<String>)>, String> {
    // Its messages quote what they meet, so that only the place is kept.
    let members: Members = serde_json::from_str(text)
        .map_err(|error| format!("is not JSON (line {}, column {})", error.line(), error.column()))?;
    let mut entries: Vec<(String, Zeroizing<String>)> = Vec::with_capacity(members.0.len());
    let mut seen = BTreeSet::new();
    for (name, value) in members.0 {
        let serde_json::Value::String(value) = value else {
            return Err(format!("has something else than a string under `{}`: put the value in quotes", shown(&name)));
        };
        if !seen.insert(name.clone()) {
            return Err(format!("has `{}` twice", shown(&name)));
        }
        entries.push((name, Zeroizing::new(value)));
    }
    Ok(entries)
}

/// The members of an object in their order, repeated ones too.
struct Members(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;

        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(String, String)>, String> {
        parse(text).map(|all| all.into_iter().map(|(name, value)| (name, value.to_string())).collect())
    }

    #[test]
    fn json_and_dotenv_are_told_apart_by_how_they_begin() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parsed("\u{feff} { \"A\": \"1\\n\" }"), Ok(vec![pair("A", "1\n")]));
        assert_eq!(parsed("A='{'\nB=2"), Ok(vec![pair("A", "{"), pair("B", "2")]));
        assert_eq!(parsed("# nothing\n\n"), Ok(vec![]));
        assert_eq!(parsed(""), Ok(vec![]));
    }

    #[test]
    fn what_cannot_be_loaded_is_named_without_a_value() {
        let why = |text| parsed(text).unwrap_err();
        assert_eq!(why("{ \"A\": \"hunter2\", }"), "is not JSON (line 1, column 19)");
        assert_eq!(why("{ \"A\": 5 }"), "has something else than a string under `A`: put the value in quotes");
        assert_eq!(why("{ \"A\": \"1\", \"A\": \"2\" }"), "has `A` twice");
        assert_eq!(why("hunter2"), "has no `NAME=value` line and is no JSON object");
    }
}
