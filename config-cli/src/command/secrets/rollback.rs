//! `secrets rollback`: an earlier version becomes the current one, as a new version.

use super::load::{Job, make};
use crate::args::SecretsRollback;
use crate::context::Context;
use crate::failure::{CONFLICT, Failure, NO_VERSION, NOT_SET, Outcome};
use crate::store::{Purpose, Version};
use crate::target::{Target, Undeclared};

pub(crate) async fn run(args: &SecretsRollback, context: &Context) -> Outcome {
    let target = Target::writable(context, args.place)?;
    let id = target.to_read(&args.name)?.to_owned();
    let store = target.open(context, Purpose::Write).await?;
    let versions = store.history(&target.path(&id), true).await;
    let versions = versions.map_err(|trouble| trouble.failure(&format!("the history of `{id}` was not read")))?;
    let version = choose(&versions, args.to).map_err(|why| {
        Failure::no_as(
            if versions.is_empty() { NOT_SET } else { NO_VERSION },
            format!("`{id}` in {} {why}", target.described()),
        )
    })?;
    context.terminal.note(&format!("`{id}` goes back to version {}", version.number));
    let is_declared = target.declaration().binding(&id).is_some();
    let undeclared = if is_declared { Undeclared::Refused } else { Undeclared::Allowed };
    let plan = make(&store, &target, vec![(id.clone(), version.value.clone())], undeclared).await?;
    let current = versions.last().map_or(0, |latest| latest.number);
    if plan.wrong() == 0 && plan.rows.iter().any(|row| row.version() != current) {
        return Err(Failure::no_as(
            CONFLICT,
            format!("nothing is set: somebody else has just changed `{id}` in {}", target.described()),
        ));
    }
    Job { context, target: &target, store: &store, restarting: args.restarting }.carry_out(&plan, args.planning).await
}

/// The version that is meant: the one before the current where nobody says another.
fn choose(versions: &[Version], to: Option<i64>) -> Result<&Version, String> {
    let kept = || {
        let numbers: Vec<String> = versions.iter().map(|version| version.number.to_string()).collect();
        if numbers.len() > 5 { format!("{} to {}", numbers[0], numbers[numbers.len() - 1]) } else { numbers.join(", ") }
    };
    match (versions, to) {
        ([], _) => Err("is not set".to_owned()),
        (_, Some(to)) => {
            let found = versions.iter().find(|version| version.number == to);
            found.ok_or_else(|| format!("has no version {to}; there are {}", kept()))
        }
        ([.., before, _], None) => Ok(before),
        ([_], None) => Err("has one version only: there is nothing to go back to".to_owned()),
    }
}
