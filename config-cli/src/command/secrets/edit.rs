//! `secrets edit`: a stage's secrets in an editor, in memory where there is memory for files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bind_config_manifest::{Binding, name};
use zeroize::Zeroizing;

use super::load::{Job, doubts_of_edited, listed, make};
use crate::args::{Planning, SecretsEdit};
use crate::context::Context;
use crate::dotenv::{self, Readers};
use crate::failure::{CONFLICT, Failure, Outcome};
use crate::inventory::{fallback_folder, inventory, stage_folder, undeclared};
use crate::plan::{Plan, State};
use crate::store::Purpose;
use crate::target::{Target, Undeclared};
use crate::terminal::shown;

mod file;

pub(crate) async fn run(args: &SecretsEdit, context: &Context) -> Outcome {
    let terminal = &context.terminal;
    if !terminal.is_interactive() && !args.yes {
        return Err(Failure::impossible("nobody can be asked: give `--yes`, or use `secrets load`"));
    }
    let target = Target::writable(context, args.place)?;
    let mut stored = read(&target, context).await?;
    let mut text = Zeroizing::new(written(&target, &stored));
    loop {
        let edited = file::edit(&text, context)?;
        let doubts = doubts_of_edited(&edited);
        if !doubts.is_empty() {
            terminal.warn(&format!("nothing is set: the file\n{}", listed(&doubts)));
            if terminal.is_interactive() && terminal.confirm("Edit again?")? {
                text = edited;
                continue;
            }
            return Err(Failure::no("nothing is set"));
        }
        let entries = changes(&edited, &stored);
        if entries.is_empty() {
            terminal.note(&format!("nothing was changed in {}", target.described()));
            if !terminal.json {
                return Ok(());
            }
            let store = target.open(context, Purpose::Read).await?;
            let plan = make(&store, &target, Vec::new(), Undeclared::Refused).await?;
            let job = Job { context, target: &target, store: &store, restarting: args.restarting };
            return job.report(&plan, &Ok(()));
        }
        let mut store = target.open(context, Purpose::Write).await?;
        let mut plan = make(&store, &target, entries.clone(), Undeclared::Refused).await?;
        let mut found = conflicts(&plan, &stored);
        if plan.wrong() == 0 && found.is_empty() && !args.yes {
            plan.show(terminal)?;
            let question = format!("Set {} in {}, {}?", plan.changes(), target.described(), store.place);
            let confirmed = target.confirm(store, &question, context).await?;
            store = confirmed.ok_or_else(|| Failure::no("nothing is set"))?;
            // Whoever said yes said it of what was there then.
            plan = make(&store, &target, entries, Undeclared::Refused).await?;
            found = conflicts(&plan, &stored);
        }
        if plan.wrong() == 0 && found.is_empty() {
            let job = Job { context, target: &target, store: &store, restarting: args.restarting };
            return if args.yes { job.carry_out(&plan, Planning::default()).await } else { job.set(&plan).await };
        }
        plan.show(terminal)?;
        if !found.is_empty() {
            terminal.warn(&format!("changed by somebody else meanwhile: `{}`", found.join("`, `")));
        }
        if !terminal.is_interactive() {
            let job = Job { context, target: &target, store: &store, restarting: args.restarting };
            let outcome =
                Err(Failure::no_as(if found.is_empty() { plan.fault() } else { CONFLICT }, job.nothing(&plan)));
            job.report(&plan, &outcome)?;
            return outcome;
        }
        drop(store);
        // What was typed is worth another look.
        if !terminal.confirm("Nothing is set. Edit again?")? {
            return Err(Failure::no("nothing is set"));
        }
        // Who edits again knows of the others' values, and decides.
        let mut now = if found.is_empty() { Stored::new() } else { read(&target, context).await? };
        for name in found.iter().map(|name| name::fold(name).into_owned()) {
            match now.remove(&name) {
                Some(found) => stored.insert(name, found),
                None => stored.remove(&name),
            };
        }
        text = edited;
    }
}

/// Values and versions, by folded name.
type Stored = BTreeMap<String, (Zeroizing<String>, i64)>;

async fn read(target: &Target, context: &Context) -> Result<Stored, Failure> {
    let (project, store) = (&target.project, target.open(context, Purpose::Read).await?);
    let folder = target.stage_name().map_or_else(|| fallback_folder(project), |stage| stage_folder(project, stage));
    let all = inventory(&store, project, &folder, true)
        .await
        .map_err(|trouble| trouble.failure("the secrets were not read"))?;
    let left_out: Vec<&str> = undeclared(&all, project).map(|(name, _)| name).collect();
    if !left_out.is_empty() {
        context.terminal.note(&format!("not declared, so not in the file: {}", left_out.join(", ")));
    }
    let declared = |name: &String| project.declaration.binding(name).is_some();
    Ok(all
        .secrets
        .into_iter()
        .filter(|(name, _)| declared(name))
        .map(|(name, found)| (name, (found.value, found.version)))
        .collect())
}

/// The file: a line per secret that is set, a commented one for each that is not.
fn written(target: &Target, stored: &Stored) -> String {
    let mut text = format!(
        "# Secrets of {}. Change values and close the editor.\n# A line that is taken out changes nothing: `bind-config secrets remove NAME` removes.\n",
        target.described()
    );
    let is_here = |binding: &Binding| target.stage.is_some() || binding.fallback;
    for (id, binding) in target.declaration().secrets().filter(|(_, binding)| is_here(binding)) {
        let folded = name::fold(id);
        let docs = binding.docs.as_deref().map(|docs| format!("# {}\n", shown(docs))).unwrap_or_default();
        let line = match stored.get(&*folded).map(|(value, _)| dotenv::write(&folded, value, Readers::Literal)) {
            Some(Ok(written)) => written.line,
            Some(Err(_)) => format!(
                "# {folded} cannot be written in such a file: `bind-config secrets set {folded} {}`",
                target.arguments()
            ),
            None => format!("# {folded}="),
        };
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n{docs}{}\n", line.trim_end_matches('\n'));
    }
    text
}

/// What differs from what was stored when the file was written.
fn changes(edited: &str, stored: &Stored) -> Vec<(String, Zeroizing<String>)> {
    let entries = dotenv::parse(edited.as_bytes()).into_iter().map(|(name, value)| (name, Zeroizing::new(value)));
    let is_changed = |(given, value): &(String, Zeroizing<String>)| {
        stored.get(&*name::fold(given)).is_none_or(|(own, _)| own != value)
    };
    entries.filter(is_changed).collect()
}

/// Names of which something else is stored than was edited.
fn conflicts(plan: &Plan, stored: &Stored) -> Vec<String> {
    let edited = |name: &str| stored.get(&*name::fold(name)).map(|(value, version)| (value.as_str(), *version));
    // Where the value does not fit, nobody has looked which version is stored.
    let rows = plan.rows.iter().filter(|row| !matches!(row.state, State::Wrong(..)) && !row.is_of(edited(&row.name)));
    rows.map(|row| row.name.clone()).collect()
}
