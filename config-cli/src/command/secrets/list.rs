//! `secrets list`: what is set, where and since when. Values only where they are asked for.

use std::collections::BTreeMap;

use bind_config_manifest::Binding;
use bind_config_manifest::name;
use serde_json::{Value as Json, json};

use crate::args::{ListFormat, Place, SecretsList};
use crate::context::Context;
use crate::dotenv::{self, Readers};
use crate::failure::{Failure, Outcome};
use crate::inventory::{Held, Inventory, fallback_folder, held, inventory, stage_folder, stages, undeclared};
use crate::project::Project;
use crate::store::{self, Description, Found, Store};
use crate::target::Target;
use crate::when::{age, date};

pub(crate) async fn run(args: &SecretsList, context: &Context) -> Outcome {
    let format = if context.terminal.json { ListFormat::Json } else { args.format };
    if format == ListFormat::Env && !args.reveal {
        return Err(Failure::impossible("`--format env` prints values: say so with `--reveal`"));
    }
    if args.all_stages {
        return matrix(args, context).await;
    }
    let target = Target::new(context, Place { fallback: args.fallback })?;
    let store = store::open(context, &target.project).await?;
    let listing = Listing::read(&target, &store, args.reveal).await?;
    match format {
        ListFormat::Env => env(&listing, args.no_expand, context),
        ListFormat::Json => context.terminal.report(&listing.to_json(&target, &store, args.reveal)),
        ListFormat::Table => {
            context.terminal.note(&format!("{}, {}", target.described(), store.place));
            listing.show(args.reveal, context)
        }
    }
}

/// A row per secret, those that are declared first.
struct Listing {
    rows: Vec<Row>,
    is_complete: bool,
}

struct Row {
    name: String,
    state: &'static str,
    found: Option<Found>,
    description: Option<Description>,
}

impl Listing {
    async fn read(target: &Target, store: &Store, reveal: bool) -> Result<Listing, Failure> {
        let project = &target.project;
        let (stage, fallback) = both(project, target.stage_name(), store, reveal).await?;
        let mut rows: Vec<Row> = Vec::new();
        for (id, binding) in project.declaration.secrets() {
            let (state, found) = state(binding, held(&stage, &fallback, id, binding.fallback), target.stage_name());
            rows.push(Row { name: id.to_owned(), state, found: found.cloned(), description: None });
        }
        let own = if target.stage.is_some() { &stage } else { &fallback };
        rows.extend(undeclared(own, project).map(|(name, found)| Row {
            name: name.to_owned(),
            state: "undeclared",
            found: Some(found.clone()),
            description: None,
        }));
        let mut listing = Listing { rows, is_complete: own.is_complete };
        listing.describe(target, store).await?;
        Ok(listing)
    }

    /// Tiers, as far as they may be looked at.
    async fn describe(&mut self, target: &Target, store: &Store) -> Result<(), Failure> {
        let path = |row: &Row| match row.state {
            "fallback" => name::fallback_path(target.project.app(), &row.name),
            _ => target.path(&row.name),
        };
        let stored: Vec<String> = self.rows.iter().filter(|row| row.found.is_some()).map(path).collect();
        let mut all: BTreeMap<String, Description> = match store.describe(&stored).await {
            Err(store::Trouble::Denied { .. }) => return Ok(()),
            all => all.map_err(|trouble| trouble.failure("the tiers were not read"))?,
        };
        for row in &mut self.rows {
            row.description = all.remove(&path(row));
        }
        Ok(())
    }

    fn show(&self, reveal: bool, context: &Context) -> Outcome {
        if self.rows.is_empty() {
            context.terminal.note("no secret is declared, and none is set");
            return Ok(());
        }
        let mut heads = vec!["secret", "state", "version", "set", "tier"];
        heads.extend(reveal.then_some("value"));
        let rows = self.rows.iter().map(|row| {
            let found = row.found.as_ref();
            let mut cells = vec![
                row.name.clone(),
                row.state.to_owned(),
                found.map(|found| found.version.to_string()).unwrap_or_default(),
                found.and_then(|found| found.modified).map(age).unwrap_or_default(),
                row.description.as_ref().map(tier).unwrap_or_default().to_owned(),
            ];
            cells.extend(reveal.then(|| found.map(|found| found.value.to_string()).unwrap_or_default()));
            cells
        });
        context.terminal.table(&heads, rows.collect())?;
        if !self.is_complete {
            context.terminal.note("these credentials may not list (ssm:GetParametersByPath): only what is declared was looked at");
        }
        Ok(())
    }

    fn to_json(&self, target: &Target, store: &Store, reveal: bool) -> Json {
        let row = |row: &Row| {
            let found = row.found.as_ref();
            let mut object = json!({
                "name": row.name,
                "state": row.state,
                "version": found.map(|found| found.version),
                "set": found.and_then(|found| found.modified).map(date),
                "tier": row.description.as_ref().map(tier),
            });
            if reveal {
                object["value"] = json!(found.map(|found| found.value.as_str()));
            }
            object
        };
        json!({
            "app": target.project.app(),
            "stage": target.stage_name(),
            "store": store.place,
            "complete": self.is_complete,
            "secrets": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }
}

/// What a stage and the fallback hold; for the fallback alone, the first is empty.
async fn both(
    project: &Project,
    stage: Option<&str>,
    store: &Store,
    decrypt: bool,
) -> Result<(Inventory, Inventory), Failure> {
    let failed = |trouble: store::Trouble| trouble.failure("the secrets were not read");
    let own = match stage {
        Some(stage) => inventory(store, project, &stage_folder(project, stage), decrypt).await.map_err(failed)?,
        None => Inventory::default(),
    };
    let fallback = inventory(store, project, &fallback_folder(project), decrypt).await.map_err(failed)?;
    Ok((own, fallback))
}

/// The state of a declared secret; `stage` is none for the fallback itself.
fn state<'a>(binding: &Binding, held: Held<'a>, stage: Option<&str>) -> (&'static str, Option<&'a Found>) {
    match (held, stage) {
        (Held::Stage(found), _) | (Held::Fallback(found), None) => ("set", Some(found)),
        (Held::Fallback(found), Some(_)) => ("fallback", Some(found)),
        (Held::Nowhere, Some(stage)) if binding.required.in_stage(stage) => ("missing", None),
        // No stage must have a fallback, and an optional secret need not be anywhere.
        (Held::Nowhere, _) => ("not set", None),
    }
}

fn tier(description: &Description) -> &'static str {
    if description.is_advanced { "advanced" } else { "standard" }
}

/// Lines for a dotenv reader, or none at all.
fn env(listing: &Listing, no_expand: bool, context: &Context) -> Outcome {
    let readers = if no_expand { Readers::Literal } else { Readers::All };
    let mut text = String::new();
    let mut refused = Vec::new();
    for row in &listing.rows {
        let Some(found) = &row.found else { continue };
        match dotenv::write(&name::fold(&row.name), &found.value, readers) {
            Ok(written) => text.push_str(&written.line),
            Err(unwritable) => refused.push(format!("  {unwritable}")),
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    if !refused.is_empty() {
        let refused = refused.join("\n");
        let how = if no_expand { "`--json` prints all" } else { "`--no-expand` prints for readers that do not expand, `--json` prints all" };
        return Err(Failure::no(format!("nothing is printed: some reader would give these back as something else ({how})\n{refused}")));
    }
    context.terminal.data(text.as_bytes())
}

/// Names × stages.
async fn matrix(args: &SecretsList, context: &Context) -> Outcome {
    if args.reveal || args.format == ListFormat::Env {
        return Err(Failure::impossible("`--all-stages` shows states, no values"));
    }
    let project = context.project()?;
    let store = store::open(context, &project).await?;
    let stages = stages(&store, &project).await.map_err(|trouble| trouble.failure("the stages were not read"))?;
    let mut columns: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    let failed = |trouble: store::Trouble| trouble.failure("the secrets were not read");
    let fallback = inventory(&store, &project, &fallback_folder(&project), false).await.map_err(failed)?;
    for stage in stages {
        let own = inventory(&store, &project, &stage_folder(&project, &stage), false).await.map_err(failed)?;
        let mut cells: BTreeMap<String, String> = undeclared(&own, &project).map(|(name, _)| (name.to_owned(), "undeclared".to_owned())).collect();
        for (id, binding) in project.declaration.secrets() {
            let (state, found) = state(binding, held(&own, &fallback, id, binding.fallback), Some(&stage));
            cells.insert(id.to_owned(), cell(state, found));
        }
        columns.push((stage, cells));
    }
    let nothing = Inventory::default();
    let mut cells: BTreeMap<String, String> = undeclared(&fallback, &project).map(|(name, _)| (name.to_owned(), "undeclared".to_owned())).collect();
    for (id, binding) in project.declaration.secrets() {
        let (state, found) = state(binding, held(&nothing, &fallback, id, binding.fallback), None);
        cells.insert(id.to_owned(), cell(state, found));
    }
    columns.push((FALLBACK.to_owned(), cells));
    show_matrix(&columns, &project, &store, context)
}

fn cell(state: &str, found: Option<&Found>) -> String {
    match found {
        Some(found) => format!("{state} ({})", found.version),
        None => state.to_owned(),
    }
}

fn show_matrix(
    columns: &[(String, BTreeMap<String, String>)],
    project: &Project,
    store: &Store,
    context: &Context,
) -> Outcome {
    if context.terminal.json {
        let stages: serde_json::Map<String, Json> =
            columns.iter().map(|(stage, cells)| (stage.clone(), json!(cells))).collect();
        return context.terminal.report(&json!({ "app": project.app(), "store": store.place, "stages": stages }));
    }
    let declared = project.declaration.secrets().map(|(id, _)| id.to_owned());
    let mut names: Vec<String> = declared.collect();
    for name in columns.iter().flat_map(|(_, cells)| cells.keys()) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    context.terminal.note(&format!("`{}`, {}; versions in brackets", project.app(), store.place));
    let heads: Vec<&str> = std::iter::once("secret").chain(columns.iter().map(|(stage, _)| stage.as_str())).collect();
    let rows = names.into_iter().map(|name| {
        let cells = columns.iter().map(|(_, cells)| cells.get(&name).cloned().unwrap_or_default());
        std::iter::once(name.clone()).chain(cells).collect()
    });
    context.terminal.table(&heads, rows.collect())
}

const FALLBACK: &str = "fallback";
