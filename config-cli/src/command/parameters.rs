//! `parameters list`: the copies of parameters in SSM, in both layouts.

use std::collections::BTreeMap;

use bind_config_manifest::name::{self, Kind};
use serde_json::json;

use crate::context::Context;
use crate::failure::Outcome;
use crate::report::report;
use crate::store::{self, Purpose};
use crate::when::{age, date};

pub(super) async fn list(context: &Context) -> Outcome {
    let project = context.project()?;
    let stage = context.stage(&project)?;
    let kind = context.store_kind(&project, Some(&stage.name))?;
    let store = store::open(context, &project, kind, Purpose::Read).await?;
    let prefix = project.declaration.prefix(&stage.name);
    let mut rows = Vec::new();
    let layouts = [
        ("documented", name::documented_parameter_folder(&prefix)),
        ("sst-v2", name::folder(&prefix, Kind::Parameter)),
    ];
    for (layout, folder) in layouts {
        // What is a secret is not shown, so that its key is not asked for.
        let all =
            store.under(&folder, false).await.map_err(|trouble| trouble.failure("the parameters were not read"))?;
        for (path, found) in all {
            let named = if layout == "documented" { path.strip_prefix(&folder) } else { name::name_in(&folder, &path) };
            let Some(name) = named.filter(|name| !name.contains('/')).map(str::to_owned) else { continue };
            rows.push((name, layout, path.clone(), found));
        }
    }
    rows.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let declared: BTreeMap<String, &str> =
        project.declaration.parameters().map(|(id, _)| (name::fold(id).into_owned(), id)).collect();
    if context.terminal.json {
        let row = |(name, layout, path, found): &(String, &str, String, store::Found)| {
            // A secret that somebody put there is none of the things whose value is printed.
            let value = (!found.is_secure).then_some(found.value.as_str());
            json!({ "name": name, "layout": layout, "path": path, "declared": declared.contains_key(name),
                    "value": value, "version": found.version, "set_at": found.modified.map(date) })
        };
        let body = json!({ "parameters": rows.iter().map(row).collect::<Vec<_>>() });
        return context.terminal.report(report(&project, Some(&stage.name), Some(&store.place), body));
    }
    context.terminal.note(&format!("stage `{}` of `{}`, {}", stage.name, project.app(), store.place));
    if rows.is_empty() {
        context.terminal.note("no parameter is there: a deployment writes them (`bind-config synth --out DIR`)");
        return Ok(());
    }
    let rows = rows.into_iter().map(|(name, layout, _, found)| {
        let remark = if declared.contains_key(&name) { "" } else { "undeclared" };
        let value = if found.is_secure { "•••".to_owned() } else { found.value.to_string() };
        let set = found.modified.map(age).unwrap_or_default();
        vec![name, value, layout.to_owned(), found.version.to_string(), set, remark.to_owned()]
    });
    context.terminal.table(&["PARAMETER", "VALUE", "LAYOUT", "VERSION", "SET", ""], rows.collect())
}
