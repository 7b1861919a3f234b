//! `secrets remove`: after asking, and after saying who would miss it.

use bind_config_manifest::name;
use serde_json::json;

use super::{Aftermath, users};
use crate::args::SecretsRemove;
use crate::context::Context;
use crate::failure::{CONFLICT, Failure, NOT_SET, Outcome};
use crate::functions::{Names, Uses};
use crate::interrupt::{AT_WORK, Interrupt};
use crate::store::{Purpose, Store, Trouble};
use crate::target::Target;

pub(crate) async fn run(args: &SecretsRemove, context: &Context) -> Outcome {
    let target = Target::new(context, args.place)?;
    let id = target.to_remove(&args.name)?;
    target.warn_of_shared_place(context);
    let store = target.open(context, Purpose::Write).await?;
    let path = target.path(id);
    let not_removed = |trouble: &Trouble| trouble.failure(&format!("`{id}` was not removed"));
    let found = store.description(&path).await.map_err(|trouble| not_removed(&trouble))?;
    let not_set = |store: &Store| {
        Failure::no_as(NOT_SET, format!("`{id}` is not set in {}, {}", target.described(), store.place))
    };
    let Some(found) = found else { return Err(not_set(&store)) };
    if !args.yes && !context.terminal.is_interactive() {
        return Err(Failure::impossible(format!("nobody can be asked whether to remove `{id}`: give `--yes`")));
    }
    let names: Names = [name::fold(id).into_owned()].into();
    tell_who_would_miss_it(context, &target, &store, &names, id).await;
    let question = format!(
        "Remove `{id}` (version {}, with all earlier ones) from {}, {}?",
        found.version,
        target.described(),
        store.place
    );
    let store = if args.yes {
        store
    } else {
        let confirmed = target.confirm(store, &question, context).await?;
        let store = confirmed.ok_or_else(|| Failure::no(format!("`{id}` was not removed")))?;
        // Whoever said yes said it of what was there then.
        let now = store.description(&path).await.map_err(|trouble| not_removed(&trouble))?;
        match now {
            Some(now) if now.version == found.version => {}
            Some(_) => {
                return Err(Failure::no_as(CONFLICT, format!("`{id}` was not removed: somebody else has just set it")));
            }
            None => return Err(not_set(&store)),
        }
        store
    };
    // From here on it is told what is so.
    let interrupt = Interrupt::listen(AT_WORK);
    if !remove(&store, &path, id).await? {
        return Err(not_set(&store));
    }
    let done = format!("`{id}` is removed from {}, {}.", target.described(), store.place);
    context.terminal.note(&done);
    let aftermath = Aftermath { context, target: &target, store: &store, names: &names, interrupt: &interrupt };
    aftermath.conclude(args.restart, json!({ "name": id }), &done).await
}

/// Removes it, and says whether there was anything. Where the answer was lost, a look says what is so.
async fn remove(store: &Store, path: &str, id: &str) -> Result<bool, Failure> {
    let trouble = match store.delete(path).await {
        Ok(was_there) => return Ok(was_there),
        Err(trouble) => trouble,
    };
    match store.one(path).await {
        Ok(None) => Ok(true),
        // What was never answered may still be under way.
        Ok(Some(_)) if !matches!(trouble, Trouble::Unreachable { .. }) => {
            Err(trouble.failure(&format!("`{id}` was not removed")))
        }
        Ok(Some(_)) | Err(_) => Err(trouble.failure(&format!("whether `{id}` is removed is not known"))),
    }
}

/// A removal is no reason to fail where Lambda may not be asked: then it says so.
async fn tell_who_would_miss_it(context: &Context, target: &Target, store: &Store, names: &Names, id: &str) {
    let fallback = name::fallback_path(target.project.app(), id);
    if target.stage.is_some() && target.has_fallback(id) && matches!(store.one(&fallback).await, Ok(Some(_))) {
        context.terminal.note(&format!("`{id}` has a fallback: functions take that when they start anew"));
        return;
    }
    match users(context, target, store, names).await {
        Ok(Some((_, users))) => {
            let fetching = users.iter().filter(|user| !matches!(user.uses, Uses::InPlain | Uses::Unknown(_)));
            let all: Vec<String> = fetching.map(|user| format!("`{}`", user.name)).collect();
            if !all.is_empty() {
                context
                    .terminal
                    .warn(&format!("without `{id}` these functions fail at their next start: {}", all.join(", ")));
            }
        }
        Ok(None) => {}
        Err(failure) => context.terminal.warn(failure.message().unwrap_or_default()),
    }
}
