//! `secrets get`: the value and nothing else.

use serde_json::json;

use crate::args::SecretsGet;
use crate::context::Context;
use crate::failure::{Failure, NO_VERSION, NOT_SET, Outcome};
use crate::store::{Purpose, Store, Trouble};
use crate::target::Target;

pub(crate) async fn run(args: &SecretsGet, context: &Context) -> Outcome {
    let target = Target::new(context, args.place)?;
    let id = target.to_read(&args.name)?;
    let store = target.open(context, Purpose::Read).await?;
    let path = target.path(id);
    let asked = args.version.map_or_else(|| path.clone(), |version| format!("{path}:{version}"));
    let found = store.one(&asked).await.map_err(|trouble| trouble.failure(&format!("`{id}` was not read")))?;
    match found {
        Some(found) if args.version.is_some_and(|asked| asked != found.version) => {
            Err(Trouble::Garbled.failure(&format!("`{id}` was not read")))
        }
        Some(found) if context.terminal.json => {
            let body = json!({ "name": id, "value": *found.value, "version": found.version });
            context.terminal.report(target.report(&store, body))
        }
        Some(found) => context.terminal.data(found.value.as_bytes()),
        None => {
            let code = if args.version.is_some() { NO_VERSION } else { NOT_SET };
            Err(Failure::no_as(code, not_set(args, id, &target, &store).await))
        }
    }
}

async fn not_set(args: &SecretsGet, id: &str, target: &Target, store: &Store) -> String {
    let place = target.described();
    if let Some(version) = args.version {
        return format!(
            "`{id}` has no version {version} in {place}: `bind-config secrets history {id} {}`",
            target.arguments()
        );
    }
    let text = format!("`{id}` is not set in {place}, {}", store.place);
    let fallback = bind_config_manifest::name::fallback_path(target.project.app(), id);
    let may_have = target.stage.is_some() && target.has_fallback(id);
    let has_fallback = may_have && matches!(store.one(&fallback).await, Ok(Some(_)));
    let near = || target.stage_name().and_then(|stage| target.project.near_stage(stage));
    match target.declared(&args.name) {
        _ if has_fallback => format!("{text}; its fallback is: `--fallback` prints that"),
        Err(undeclared) => format!("{text}; {undeclared}"),
        Ok(_) => near().map_or(text.clone(), |near| format!("{text}; {near}")),
    }
}
