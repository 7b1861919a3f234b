//! `secrets list`: what is set, where and since when. Values only where they are asked for.

use std::collections::BTreeMap;

use bind_config_manifest::name;
use serde_json::{Value as Json, json};

use crate::args::{ListFormat, Place, SecretsList};
use crate::context::Context;
use crate::dotenv::{self, Readers};
use crate::failure::{Failure, Outcome};
use crate::inventory::{
    Inventory, Realm, Seen, State, fallback_folder, in_fallback, in_stage, inventory, left_out, realms, stage_folder,
    tell_unseen, undeclared,
};
use crate::project::Project;
use crate::report::report;
use crate::store::{Address, Description, Found, Purpose, Store, Trouble};
use crate::target::Target;
use crate::when::{age, date};

pub(crate) async fn run(args: &SecretsList, context: &Context) -> Outcome {
    let format = if context.terminal.json { ListFormat::Json } else { args.format };
    if format == ListFormat::Env && !args.reveal {
        return Err(Failure::impossible("`--format env` prints values: say so with `--reveal`"));
    }
    if context.terminal.json && args.format == ListFormat::Env {
        return Err(Failure::Trouble("usage", "`--json` and `--format env` are two forms: give one".to_owned()));
    }
    if args.no_expand && format != ListFormat::Env {
        return Err(Failure::Trouble("usage", "`--no-expand` is a choice of `--format env`".to_owned()));
    }
    if args.all_stages {
        return matrix(args, context).await;
    }
    let target = Target::new(context, Place { fallback: args.fallback })?;
    let store = target.open(context, Purpose::Read).await?;
    let listing = Listing::read(&target, &store, args.reveal).await?;
    match format {
        ListFormat::Env => env(&listing, args.no_expand, context),
        ListFormat::Json => context.terminal.report(target.report(&store, listing.to_json(args.reveal))),
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
    state: State,
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
                Some(stage) => in_stage(&of_stage, &fallback, (id, binding), stage),
                None => in_fallback(&fallback, (id, binding)),
            };
            rows.push(Row { name: id.to_owned(), state, found: found.cloned(), description: None });
        }
        let own = if target.stage.is_some() { &of_stage } else { &fallback };
        rows.extend(undeclared(own, project).map(|(name, found)| Row {
            name: name.to_owned(),
            state: State::Undeclared,
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
            State::Fallback => name::fallback_path(target.project.app(), &row.name),
            _ => target.path(&row.name),
        };
        let stored: Vec<String> = self.rows.iter().filter(|row| row.found.is_some()).map(path).collect();
        let mut all: BTreeMap<String, Description> = match store.describe(&stored).await {
            Err(Trouble::Denied { .. }) => return Ok(()),
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
        let mut heads = vec!["SECRET", "STATE", "VERSION", "SET", "TIER"];
        heads.extend(reveal.then_some("VALUE"));
        let rows = self.rows.iter().map(|row| {
            let found = row.found.as_ref();
            let mut cells = vec![
                row.name.clone(),
                row.state.described().to_owned(),
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

    fn to_json(&self, reveal: bool) -> Json {
        let row = |row: &Row| {
            let found = row.found.as_ref();
            let mut object = json!({
                "name": row.name,
                "state": row.state.word(),
                "version": found.map(|found| found.version),
                "set_at": found.and_then(|found| found.modified).map(date),
                "tier": row.description.as_ref().map(tier),
            });
            if reveal {
                object["value"] = json!(found.map(|found| found.value.as_str()));
            }
            object
        };
        json!({ "complete": self.is_complete, "secrets": self.rows.iter().map(row).collect::<Vec<_>>() })
    }
}

/// What a stage and the fallback hold; for the fallback alone, the first is empty.
async fn both(
    project: &Project,
    stage: Option<&str>,
    store: &Store,
    decrypt: bool,
) -> Result<(Inventory, Inventory), Failure> {
    let failed = |trouble: Trouble| trouble.failure("the secrets were not read");
    let own = match stage {
        Some(stage) => inventory(store, project, &stage_folder(project, stage), decrypt).await.map_err(failed)?,
        None => Inventory::default(),
    };
    let fallback = inventory(store, project, &fallback_folder(project), decrypt).await.map_err(failed)?;
    Ok((own, fallback))
}

fn tier(description: &Description) -> &'static str {
    if description.is_advanced { "advanced" } else { "standard" }
}

/// Lines for a dotenv reader, or none at all.
fn env(listing: &Listing, no_expand: bool, context: &Context) -> Outcome {
    let readers = if no_expand { Readers::Literal } else { Readers::All };
    let mut text = String::new();
    let (mut refused, mut not_for_shells) = (Vec::new(), Vec::new());
    for row in &listing.rows {
        let Some(found) = &row.found else { continue };
        match dotenv::write(&name::fold(&row.name), &found.value, readers) {
            Ok(written) => {
                text.push_str(&written.line);
                if !written.shell_safe {
                    not_for_shells.push(row.name.as_str());
                }
            }
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
    if !not_for_shells.is_empty() {
        context
            .terminal
            .note(&format!("not for a shell to source, which takes these otherwise: {}", not_for_shells.join(", ")));
    }
    context.terminal.data(text.as_bytes())
}

/// Names × stages.
async fn matrix(args: &SecretsList, context: &Context) -> Outcome {
    if args.reveal || args.format == ListFormat::Env {
        return Err(Failure::impossible("`--all-stages` shows states, no values"));
    }
    let project = context.project()?;
    let realms = realms(context, &project, false).await?;
    let left_out = left_out(context, &project)?;
    let columns: Vec<Column> = realms.iter().flat_map(|realm| columns(realm, &project)).collect();
    let may_list = columns.iter().all(|column| column.is_complete);
    if context.terminal.json {
        let columns: Vec<Json> = columns.iter().map(Column::to_json).collect();
        let store = if let [realm] = realms.as_slice() { Some(&realm.store.place) } else { None };
        let is_complete = may_list && realms.iter().all(|realm| realm.seen == Seen::All);
        let body = json!({ "complete": is_complete, "stages": columns, "left_out": left_out });
        return context.terminal.report(report(&project, None, store, body));
    }
    let stores: Vec<String> = realms.iter().map(|realm| realm.store.place.to_string()).collect();
    context.terminal.note(&format!("`{}`, {}; versions in brackets", project.app(), stores.join(", ")));
    show_matrix(&columns, realms.len() > 1, &project, context)?;
    if !left_out.is_empty() {
        context.terminal.note(&format!("in another store, so not looked at: {}", left_out.join(", ")));
    }
    if may_list {
        tell_unseen(&realms, context);
    } else {
        context.terminal.note(INCOMPLETE);
    }
    Ok(())
}

/// What one stage has, or a fallback.
struct Column<'a> {
    /// `None` is the fallback.
    stage: Option<&'a str>,
    store: &'a Address,
    /// By name.
    cells: BTreeMap<&'a str, Cell>,
    is_complete: bool,
}

struct Cell {
    state: State,
    version: Option<i64>,
}

/// The stages of a store, then its fallback.
fn columns<'a>(realm: &'a Realm, project: &'a Project) -> Vec<Column<'a>> {
    let column = |stage: Option<&'a str>, own: &'a Inventory| {
        let declared = project.declaration.secrets().map(|(id, binding)| {
            let (state, found) = match stage {
                Some(stage) => in_stage(own, &realm.fallback, (id, binding), stage),
                None => in_fallback(&realm.fallback, (id, binding)),
            };
            (id, Cell { state, version: found.map(|found| found.version) })
        });
        let left_over = undeclared(own, project)
            .map(|(name, found)| (name, Cell { state: State::Undeclared, version: Some(found.version) }));
        // What is declared comes last, and counts.
        let cells = left_over.chain(declared).collect();
        Column { stage, store: &realm.store.place, cells, is_complete: own.is_complete }
    };
    let stages = realm.stages.iter().map(|(stage, own)| column(Some(stage), own));
    stages.chain([column(None, &realm.fallback)]).collect()
}

impl Cell {
    fn to_text(&self) -> String {
        let state = self.state.described();
        self.version.map_or_else(|| state.to_owned(), |version| format!("{state} ({version})"))
    }
}

impl Column<'_> {
    fn head(&self, has_others: bool) -> String {
        match (self.stage, self.store) {
            (Some(stage), _) => stage.to_owned(),
            (None, _) if !has_others => FALLBACK.to_owned(),
            (None, Address::Local { .. }) => format!("{FALLBACK} (local)"),
            (None, Address::Aws { .. }) => format!("{FALLBACK} (ssm)"),
        }
    }

    fn to_json(&self) -> Json {
        let cell =
            |(name, cell): (&&str, &Cell)| json!({ "name": name, "state": cell.state.word(), "version": cell.version });
        json!({
            "stage": self.stage,
            "fallback": self.stage.is_none(),
            "store": self.store.to_json(),
            "secrets": self.cells.iter().map(cell).collect::<Vec<_>>(),
        })
    }
}

fn show_matrix(columns: &[Column<'_>], has_others: bool, project: &Project, context: &Context) -> Outcome {
    let mut names: Vec<&str> = project.declaration.secrets().map(|(id, _)| id).collect();
    for name in columns.iter().flat_map(|column| column.cells.keys()) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let stages: Vec<String> = columns.iter().map(|column| column.head(has_others)).collect();
    let heads: Vec<&str> = std::iter::once("SECRET").chain(stages.iter().map(String::as_str)).collect();
    let rows = names.into_iter().map(|name| {
        let cells = columns.iter().map(|column| column.cells.get(name).map(Cell::to_text).unwrap_or_default());
        std::iter::once(name.to_owned()).chain(cells).collect()
    });
    context.terminal.table(&heads, rows.collect())
}

const INCOMPLETE: &str =
    "these credentials may not list (ssm:GetParametersByPath): only what is declared was looked at";
const FALLBACK: &str = "FALLBACK";
