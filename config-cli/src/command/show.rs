//! `show`: names and types, and where each value would come from. No values.

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::{Binding, Required};
use serde_json::json;

use crate::args::Show;
use crate::context::Context;
use crate::declaration::{Source, Value};
use crate::failure::{Failure, Outcome};
use crate::inventory::{Held, Inventory, fallback_folder, held, inventory, stage_folder};
use crate::project::Project;
use crate::resolve::bindings;
use crate::store;

pub(super) async fn run(args: &Show, context: &Context) -> Outcome {
    let project = context.project()?;
    let bindings = bindings(&project, args.function.as_deref())?;
    let stage = context.stage(&project)?.name;
    let stored = match look(context, &project, &stage, &bindings).await {
        Ok(stored) => stored,
        Err(failure) => {
            // Where a value would come from is known without the store; whether it is there is not.
            context.terminal.warn(&format!("what is stored is not known: {}", failure.message().unwrap_or_default()));
            None
        }
    };
    let rows: Vec<Row> =
        bindings.iter().map(|(id, binding)| Row::new(&project, id, binding, &stage, stored.as_ref())).collect();
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

struct Row {
    name: String,
    kind: &'static str,
    ty: String,
    is_required: bool,
    from: String,
}

impl Row {
    fn new(
        project: &Project,
        id: &str,
        binding: &Binding,
        stage: &str,
        stored: Option<&(Inventory, Inventory)>,
    ) -> Row {
        let from = match binding.kind {
            Kind::Secret => of_secret(project, id, binding, stage, stored),
            Kind::Parameter => of_parameter(project, id, binding, stage),
        };
        let is_required = match &binding.required {
            Required::Always => true,
            Required::Never => false,
            Required::In(stages) => stages.contains(stage),
        };
        Row { name: id.to_owned(), kind: binding.kind.as_str(), ty: binding.ty.to_string(), is_required, from }
    }
}

fn of_secret(
    project: &Project,
    id: &str,
    binding: &Binding,
    stage: &str,
    stored: Option<&(Inventory, Inventory)>,
) -> String {
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

fn of_parameter(project: &Project, id: &str, binding: &Binding, stage: &str) -> String {
    let declaration = &project.declaration;
    let from = match declaration.value(id, stage) {
        Value::Source(Source::Text(_)) => "bind.toml".to_owned(),
        Value::Source(Source::Env { variable, .. }) => format!("{variable} of the environment or an .env file"),
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
