//! `secrets history`: versions, dates and who; no values.

use serde_json::json;

use crate::args::SecretsHistory;
use crate::context::Context;
use crate::failure::{Failure, NOT_SET, Outcome};
use crate::store::{Address, Purpose, Store, Version};
use crate::target::Target;
use crate::when::{age, date};

pub(crate) async fn run(args: &SecretsHistory, context: &Context) -> Outcome {
    let target = Target::new(context, args.place)?;
    let id = target.to_read(&args.name)?;
    let store = target.open(context, Purpose::Read).await?;
    let versions = store.history(&target.path(id), false).await;
    let mut versions = versions.map_err(|trouble| trouble.failure(&format!("the history of `{id}` was not read")))?;
    if versions.is_empty() {
        return Err(Failure::no_as(NOT_SET, format!("`{id}` is not set in {}, {}", target.described(), store.place)));
    }
    versions.reverse();
    if context.terminal.json {
        let versions: Vec<_> = versions.iter().map(|version| to_json(version, &store)).collect();
        let body = json!({ "name": id, "versions": versions });
        return context.terminal.report(target.report(&store, body));
    }
    context.terminal.note(&format!("`{id}` in {}, {}", target.described(), store.place));
    let rows = versions.iter().enumerate().map(|(at, version)| row(version, at == 0, &store)).collect();
    context.terminal.table(&["VERSION", "SET", "BY", "TIER", "KEY", "LABELS"], rows)
}

/// Who has set it. Nobody in a laptop's store but its owner.
fn by<'a>(version: &'a Version, store: &Store) -> Option<&'a str> {
    version.user.as_deref().filter(|_| matches!(store.place, Address::Aws { .. }))
}

fn row(version: &Version, is_current: bool, store: &Store) -> Vec<String> {
    vec![
        format!("{}{}", version.number, if is_current { " (current)" } else { "" }),
        version.modified.map(|at| format!("{} ({})", date(at), age(at))).unwrap_or_default(),
        by(version, store).unwrap_or_default().to_owned(),
        tier(version).to_owned(),
        version.key_id.clone().unwrap_or_default(),
        version.labels.join(", "),
    ]
}

fn to_json(version: &Version, store: &Store) -> serde_json::Value {
    json!({
        "version": version.number,
        "set_at": version.modified.map(date),
        "by": by(version, store),
        "tier": tier(version),
        "key": version.key_id,
        "labels": version.labels,
    })
}

fn tier(version: &Version) -> &'static str {
    if version.is_advanced { "advanced" } else { "standard" }
}
