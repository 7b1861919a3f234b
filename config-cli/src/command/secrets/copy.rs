//! `secrets copy`: the secrets of one stage, in another.

use std::collections::BTreeSet;

use bind_config_manifest::name::{self, Kind};
use zeroize::Zeroizing;

use super::load::{Job, make};
use crate::args::SecretsCopy;
use crate::context::Context;
use crate::failure::{EXISTS, Failure, NOT_SET, Outcome, UNDECLARED};
use crate::plan::State;
use crate::store::{self, Purpose, Store};
use crate::target::{Target, Undeclared};
use crate::terminal::shown;

pub(crate) async fn run(args: &SecretsCopy, context: &Context) -> Outcome {
    if context.global.stage.is_some() {
        return Err(Failure::impossible("`--from` and `--to` say the stages: `--stage` means nothing here"));
    }
    if args.from == args.to {
        return Err(Failure::impossible("`--from` and `--to` are the same stage"));
    }
    let target = target(args, context)?;
    let store = target.open(context, Purpose::Write).await?;
    let entries = entries(args, &target, &store, context).await?;
    let mut plan = make(&store, &target, entries, Undeclared::Refused).await?;
    plan.overwrites = args.overwrite;
    let taken: Vec<&str> =
        plan.rows.iter().filter(|row| row.state == State::Changed).map(|row| row.name.as_str()).collect();
    if !args.overwrite && !args.planning.plan && !taken.is_empty() {
        return Err(Failure::no_as(
            EXISTS,
            format!(
                "nothing is set: in {} `{}` has another value already (`--overwrite` sets it all the same)",
                target.described(),
                taken.join("`, `")
            ),
        ));
    }
    Job { context, target: &target, store: &store, restarting: args.restarting }.carry_out(&plan, args.planning).await
}

/// The stage to copy to.
fn target(args: &SecretsCopy, context: &Context) -> Result<Target, Failure> {
    let project = context.project()?;
    let stage = project.stage(Some(&args.to), &context.surroundings)?;
    if !name::is_stage(&stage.name) {
        return Err(Failure::impossible("`--to`: a stage is a letter, then letters, digits and `-`"));
    }
    let target = Target::of_stage(context, project, stage);
    target.warn_of_shared_place(context);
    Ok(target)
}

/// What is set in the stage to copy from: its own values, without the fallback.
async fn entries(
    args: &SecretsCopy,
    target: &Target,
    store: &Store,
    context: &Context,
) -> Result<Vec<(String, Zeroizing<String>)>, Failure> {
    let declaration = target.declaration();
    // Checks the form of the name.
    let from = target.project.stage(Some(&args.from), &context.surroundings)?.name;
    let ids: Vec<&str> = if args.names.is_empty() {
        declaration.secrets().map(|(id, _)| id).collect()
    } else {
        let declared = args.names.iter().map(|given| target.declared(given).map(|(id, _)| id));
        let mut ids: Vec<&str> = declared.collect::<Result<_, _>>().map_err(|why| Failure::no_as(UNDECLARED, why))?;
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(*id));
        ids
    };
    let prefix = declaration.prefix(&from);
    let paths: Vec<String> = ids.iter().map(|id| name::path(&prefix, Kind::Secret, id)).collect();
    let (own, other) =
        (context.store_kind(&target.project, target.stage_name())?, context.store_kind(&target.project, Some(&from))?);
    let of_from =
        if own == other { None } else { Some(store::open(context, &target.project, other, Purpose::Read).await?) };
    let found = of_from.as_ref().unwrap_or(store).get(&paths).await;
    let mut found = found.map_err(|trouble| trouble.failure(&format!("stage `{from}` was not read")))?;
    let mut entries = Vec::new();
    let mut missing = Vec::new();
    for (id, path) in ids.into_iter().zip(paths) {
        match found.remove(&path) {
            Some(found) => entries.push((id.to_owned(), found.value)),
            None => missing.push(id),
        }
    }
    if !args.names.is_empty() && !missing.is_empty() {
        return Err(Failure::no_as(
            NOT_SET,
            format!("nothing is set: `{}` is not set in stage `{}`", missing.join("`, `"), shown(&from)),
        ));
    }
    if entries.is_empty() {
        return Err(Failure::no_as(
            NOT_SET,
            format!("nothing is set: stage `{}` has no secret of its own", shown(&from)),
        ));
    }
    if !missing.is_empty() {
        context.terminal.note(&format!("not set in stage `{}`, so not copied: {}", shown(&from), missing.join(", ")));
    }
    Ok(entries)
}
