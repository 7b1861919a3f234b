//! `secrets list`: what is set, where and since when. Values only where they are asked for.

use std::collections::BTreeMap;

use bind_config_manifest::Binding;
use bind_config_manifest::name;
use serde_json::{Value as Json, json};

use crate::args::{ListFormat, Place, SecretsList};
use crate::context::Context;
use crate::dotenv::{self, Readers};
use crate::failure::{Failure, Outcome};
use crate::inventory::{Held, Inventory, all_stages, fallback_folder, held, inventory, stage_folder, undeclared};
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
        let (of_stage, fallback) = both(project, target.stage_name(), store, reveal).await?;
        let mut rows: Vec<Row> = Vec::new();
        for (id, binding) in project.declaration.secrets() {
            let (state, found) = match target.stage_name() {
                Some(name) => in_stage(binding, &held(&of_stage, &fallback, id, binding.fallback), name),
                None => in_fallback(binding, &fallback, id),
            };
            rows.push(Row { name: id.to_owned(), state, found: found.cloned(), description: None });
        }
        let own = if target.stage.is_some() { &of_stage } else { &fallback };
        rows.extend(undeclared(own, project).map(|(name, found)| Row {
            name: name.to_owned(),
            state: "undeclared",
            found: Some(found.clone()),
            description: None,
        }));
        let mut listing = Listing { rows, is_complete: own.is_complete && fallback.is_complete };
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
            context.terminal.note(INCOMPLETE);
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

/// The state of a declared secret in a stage.
fn in_stage<'a>(binding: &Binding, held: &Held<'a>, stage: &str) -> (&'static str, Option<&'a Found>) {
    match held {
        Held::Stage(found) => ("set", Some(found)),
        Held::Fallback(found) => ("fallback", Some(found)),
        Held::Nowhere if binding.required.in_stage(stage) => ("missing", None),
        // An optional secret need not be anywhere.
        Held::Nowhere => ("not set", None),
    }
}

/// The state of a declared secret in the fallback, where none must be.
fn in_fallback<'a>(binding: &Binding, fallback: &'a Inventory, id: &str) -> (&'static str, Option<&'a Found>) {
    match fallback.secrets.get(&*name::fold(id)) {
        Some(found) if binding.fallback => ("set", Some(found)),
        // No stage takes it from there.
        Some(found) => ("undeclared", Some(found)),
        None => ("not set", None),
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
        let how = if no_expand {
            "`--json` prints all"
        } else {
            "`--no-expand` prints for readers that do not expand, `--json` prints all"
        };
        return Err(Failure::no(format!(
            "nothing is printed: some reader would give these back as something else ({how})\n{refused}"
        )));
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
    let failed = |trouble: store::Trouble| trouble.failure("the secrets were not read");
    let (stages, mut is_complete) =
        all_stages(&store, &project).await.map_err(|trouble| trouble.failure("the stages were not read"))?;
    let fallback = inventory(&store, &project, &fallback_folder(&project), false).await.map_err(failed)?;
    is_complete &= fallback.is_complete;
    let mut columns = Vec::new();
    for stage in stages {
        let own = inventory(&store, &project, &stage_folder(&project, &stage), false).await.map_err(failed)?;
        is_complete &= own.is_complete;
        let state = |id: &str, binding: &Binding| {
            Cell::of(in_stage(binding, &held(&own, &fallback, id, binding.fallback), &stage))
        };
        columns.push(Column { cells: cells(&own, &project, state), stage });
    }
    let state = |id: &str, binding: &Binding| Cell::of(in_fallback(binding, &fallback, id));
    columns.push(Column { cells: cells(&fallback, &project, state), stage: FALLBACK.to_owned() });
    show_matrix(&columns, is_complete, &project, &store, context)
}

struct Column {
    stage: String,
    /// By name.
    cells: BTreeMap<String, Cell>,
}

struct Cell {
    state: &'static str,
    version: Option<i64>,
}

impl Cell {
    fn of((state, found): (&'static str, Option<&Found>)) -> Self {
        Cell { state, version: found.map(|found| found.version) }
    }

    fn to_text(&self) -> String {
        self.version.map_or_else(|| self.state.to_owned(), |version| format!("{} ({version})", self.state))
    }
}

/// What is stored and not declared, and then what is declared.
fn cells(own: &Inventory, project: &Project, state: impl Fn(&str, &Binding) -> Cell) -> BTreeMap<String, Cell> {
    let left_over =
        undeclared(own, project).map(|(name, found)| (name.to_owned(), Cell::of(("undeclared", Some(found)))));
    let declared = project.declaration.secrets().map(|(id, binding)| (id.to_owned(), state(id, binding)));
    left_over.chain(declared).collect()
}

fn show_matrix(columns: &[Column], is_complete: bool, project: &Project, store: &Store, context: &Context) -> Outcome {
    if context.terminal.json {
        return context.terminal.report(&matrix_json(columns, is_complete, project, store));
    }
    let mut names: Vec<&str> = project.declaration.secrets().map(|(id, _)| id).collect();
    for name in columns.iter().flat_map(|column| column.cells.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    context.terminal.note(&format!("`{}`, {}; versions in brackets", project.app(), store.place));
    let heads: Vec<&str> =
        std::iter::once("secret").chain(columns.iter().map(|column| column.stage.as_str())).collect();
    let rows = names.into_iter().map(|name| {
        let cells = columns.iter().map(|column| column.cells.get(name).map(Cell::to_text).unwrap_or_default());
        std::iter::once(name.to_owned()).chain(cells).collect()
    });
    context.terminal.table(&heads, rows.collect())?;
    if !is_complete {
        context.terminal.note(INCOMPLETE);
    }
    Ok(())
}

fn matrix_json(columns: &[Column], is_complete: bool, project: &Project, store: &Store) -> Json {
    let cell = |(name, cell): (&String, &Cell)| (name.clone(), json!({ "state": cell.state, "version": cell.version }));
    let column = |column: &Column| -> (String, Json) {
        (column.stage.clone(), Json::Object(column.cells.iter().map(cell).collect()))
    };
    let (fallback, stages) =
        columns.split_last().map_or((None, columns), |(last, stages)| (Some(column(last).1), stages));
    let stages: serde_json::Map<String, Json> = stages.iter().map(column).collect();
    json!({ "app": project.app(), "store": store.place, "complete": is_complete, "stages": stages, "fallback": fallback })
}

const INCOMPLETE: &str =
    "these credentials may not list (ssm:GetParametersByPath): only what is declared was looked at";
const FALLBACK: &str = "fallback";
