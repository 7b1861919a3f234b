//! `show`: names and types, and where each value would come from. No values.

use bind_config_manifest::Binding;
use bind_config_manifest::name::{self, Kind};
use serde_json::json;

use crate::args::Show;
use crate::context::Context;
use crate::declaration::{Source, Value};
use crate::failure::{Failure, Outcome};
use crate::inventory::{Held, Inventory, fallback_folder, held, inventory, stage_folder};
use crate::project::{Project, Variables};
use crate::resolve::bindings;
use crate::store;

pub(super) async fn run(args: &Show, context: &Context) -> Outcome {
    let project = context.project()?;
    let bindings = bindings(&project, args.function.as_deref())?;
    let stage = context.stage(&project)?.name;
    let variables = project.variables(&stage, &context.surroundings)?;
    let stored = match look(context, &project, &stage, &bindings).await {
        Ok(stored) => stored,
        Err(failure) => {
            // Where a value would come from is known without the store; whether it is there is not.
            context.terminal.warn(&format!("what is stored is not known: {}", failure.message().unwrap_or_default()));
            None
        }
    };
    let place = Place { project: &project, stage: &stage, variables: &variables, stored: stored.as_ref() };
    let rows: Vec<Row> = bindings.iter().map(|(id, binding)| Row::new(&place, id, binding)).collect();
    if context.terminal.json {
        let row = |row: &Row| json!({ "name": row.name, "kind": row.kind, "type": row.ty, "required": row.is_required, "from": row.from });
        return context.terminal.report(&json!({ "app": project.app(), "stage": stage, "function": args.function,
            "bindings": rows.iter().map(row).collect::<Vec<_>>() }));
    }
    let of = args.function.as_ref().map(|function| format!("`{function}` of ")).unwrap_or_default();
    context.terminal.note(&format!("{of}`{}` in stage `{stage}`", project.app()));
    let rows = rows.into_iter().map(|row| {
        let required = if row.is_required { "required" } else { "optional" };
        vec![row.name, row.kind.to_owned(), row.ty, required.to_owned(), row.from]
    });
    context.terminal.table(&["name", "kind", "type", "", "from"], rows.collect())
}

/// What the store has, where something is in it.
async fn look(
    context: &Context,
    project: &Project,
    stage: &str,
    bindings: &[(&str, &Binding)],
) -> Result<Option<(Inventory, Inventory)>, Failure> {
    if !bindings.iter().any(|(_, binding)| binding.kind == Kind::Secret) {
        return Ok(None);
    }
    let store = store::open(context, project).await?;
    let failed = |trouble: store::Trouble| trouble.failure("the secrets were not read");
    let own = inventory(&store, project, &stage_folder(project, stage), false).await.map_err(failed)?;
    let fallback = inventory(&store, project, &fallback_folder(project), false).await.map_err(failed)?;
    Ok(Some((own, fallback)))
}

/// Where values may be.
struct Place<'a> {
    project: &'a Project,
    stage: &'a str,
    variables: &'a Variables<'a>,
    stored: Option<&'a (Inventory, Inventory)>,
}

struct Row {
    name: String,
    kind: &'static str,
    ty: String,
    is_required: bool,
    from: String,
}

impl Row {
    fn new(place: &Place<'_>, id: &str, binding: &Binding) -> Row {
        let from = match binding.kind {
            Kind::Secret => of_secret(place, id, binding),
            Kind::Parameter => of_parameter(place, id, binding),
        };
        let is_required = binding.required.in_stage(place.stage);
        Row { name: id.to_owned(), kind: binding.kind.as_str(), ty: binding.ty.to_string(), is_required, from }
    }
}

fn of_secret(&Place { project, stage, stored, .. }: &Place<'_>, id: &str, binding: &Binding) -> String {
    let path = name::path(&project.declaration.prefix(stage), Kind::Secret, id);
    let fallback = name::fallback_path(project.app(), id);
    let Some((own, inherited)) = stored else {
        return if binding.fallback { format!("{path}, else {fallback}") } else { path };
    };
    match held(own, inherited, id, binding.fallback) {
        Held::Stage(found) => format!("{path} (version {})", found.version),
        Held::Fallback(found) => format!("{fallback} (version {})", found.version),
        Held::Nowhere if binding.fallback => format!("not set: neither {path} nor {fallback}"),
        Held::Nowhere => format!("not set: {path}"),
    }
}

fn of_parameter(place: &Place<'_>, id: &str, binding: &Binding) -> String {
    let (declaration, stage) = (&place.project.declaration, place.stage);
    let from = match declaration.value(id, stage) {
        Value::Source(Source::Text(_)) => "bind.toml".to_owned(),
        Value::Source(Source::Env { variable, .. }) => of_variable(variable, place.variables, binding),
        Value::Deploy => "whoever deploys".to_owned(),
        Value::Nowhere if binding.default.is_some() => "the default, under `bind` alone".to_owned(),
        Value::Nowhere => "the deployment".to_owned(),
    };
    if declaration.is_fetched(id) {
        format!("{from}, fetched from {}", declaration.parameter_path(id, stage))
    } else {
        from
    }
}

/// Whether a variable is there, and where.
fn of_variable(variable: &str, variables: &Variables<'_>, binding: &Binding) -> String {
    if variables.is_unreadable(variable) {
        return format!("not readable: {variable} of the environment is not UTF-8");
    }
    let nowhere = || format!("{variable} is neither in the environment nor in an .env file");
    match variables.get(variable) {
        Some(_) if variables.is_of_file(variable) => format!("{variable} of an .env file"),
        Some(_) => format!("{variable} of the environment"),
        None if binding.default.is_some() => format!("the default, under `bind` alone: {}", nowhere()),
        None => format!("not set: {}", nowhere()),
    }
}
