//! `show`: names and types, and where each value would come from. No values.

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::{Binding, ValueType};
use serde_json::{Value as Json, json};

use crate::args::Show;
use crate::context::Context;
use crate::declaration::{Source, Value};
use crate::failure::{Failure, Outcome};
use crate::inventory::{Realm, State, in_stage, realm_of};
use crate::project::{Bound, Project, Variables};
use crate::report::report;
use crate::resolve::bindings;

pub(super) async fn run(args: &Show, context: &Context) -> Outcome {
    let project = context.project()?;
    let bindings = bindings(&project, args.function.as_deref())?;
    let stage = context.stage_to_show(&project)?.name;
    let variables = project.variables(&stage, &context.surroundings)?;
    let stored = match look(context, &project, &stage, &bindings).await {
        Ok(stored) => stored,
        Err(failure) => {
            // Where a value would come from is known without the store; whether it is there is not.
            context.terminal.warn(&format!("what is stored is not known: {}", failure.message().unwrap_or_default()));
            None
        }
    };
    let store = stored.as_ref().map(|stored| &stored.store.place);
    let place = Place { project: &project, stage: &stage, variables: &variables, stored: stored.as_ref() };
    let rows: Vec<Row> = bindings.iter().map(|(id, binding)| Row::new(&place, id, binding)).collect();
    if context.terminal.json {
        let body = json!({ "function": args.function, "bindings": rows.iter().map(Row::to_json).collect::<Vec<_>>() });
        return context.terminal.report(report(&project, Some(&stage), store, body));
    }
    let of = args.function.as_ref().map(|function| format!("`{function}` of ")).unwrap_or_default();
    let store = store.map(|store| format!(", {store}")).unwrap_or_default();
    context.terminal.note(&format!("{of}`{}` in stage `{stage}`{store}", project.app()));
    let rows = rows.into_iter().map(|row| {
        let required = if row.is_required { "required" } else { "optional" };
        vec![row.name, row.kind.to_owned(), row.ty.to_string(), required.to_owned(), row.from.text]
    });
    context.terminal.table(&["NAME", "KIND", "TYPE", "", "FROM"], rows.collect())
}

/// What the store has, where something is in it.
async fn look(
    context: &Context,
    project: &Project,
    stage: &str,
    bindings: &[(&str, &Binding)],
) -> Result<Option<Realm>, Failure> {
    if !bindings.iter().any(|(_, binding)| binding.kind == Kind::Secret) {
        return Ok(None);
    }
    realm_of(context, project, stage.to_owned(), false).await.map(Some)
}

/// Where values may be.
struct Place<'a> {
    project: &'a Project,
    stage: &'a str,
    variables: &'a Variables<'a>,
    stored: Option<&'a Realm>,
}

struct Row {
    name: String,
    kind: &'static str,
    ty: ValueType,
    is_required: bool,
    from: From,
    /// What `bind` takes instead.
    instead: Option<&'static str>,
}

/// Where a value comes from.
struct From {
    /// One word for it.
    source: &'static str,
    /// Whether it is there, where that is known.
    is_set: Option<bool>,
    /// The same for people, with paths and variables.
    text: String,
}

impl From {
    fn new(source: &'static str, is_set: Option<bool>, text: impl Into<String>) -> From {
        From { source, is_set, text: text.into() }
    }
}

impl Row {
    fn new(place: &Place<'_>, id: &str, binding: &Binding) -> Row {
        let mut from = match binding.kind {
            Kind::Secret => of_secret(place, id, binding),
            Kind::Parameter => of_parameter(place, id, binding),
        };
        let variable = name::env_var(binding.kind, id);
        // What `bind` takes before all else: a variable of the binding itself.
        let given = match place.variables.bound_to(binding, &variable) {
            Bound::Environment(_) => Some(("environment", "the environment")),
            Bound::File(_) => Some(("env-file", "an .env file")),
            Bound::NotUtf8 | Bound::Nowhere => None,
        };
        if let Some((_, of)) = given {
            from.text = format!("under `bind` {variable} of {of}; else {}", from.text);
        }
        let instead = given.map(|(word, _)| word);
        let is_required = binding.required.in_stage(place.stage);
        Row { name: id.to_owned(), kind: binding.kind.as_str(), ty: binding.ty.clone(), is_required, from, instead }
    }

    fn to_json(&self) -> Json {
        let Row { name, kind, ty, is_required, from, instead } = self;
        json!({ "name": name, "kind": kind, "type": ty.to_json(), "required": is_required,
            "source": from.source, "override": instead, "is_set": from.is_set, "from": from.text })
    }
}

fn of_secret(&Place { project, stage, stored, .. }: &Place<'_>, id: &str, binding: &Binding) -> From {
    let path = name::path(&project.declaration.prefix(stage), Kind::Secret, id);
    let fallback = name::fallback_path(project.app(), id);
    let Some(Realm { stages, fallback: inherited, .. }) = stored else {
        let text = if binding.fallback { format!("{path}, else {fallback}") } else { path };
        return From::new("store", None, text);
    };
    let found = stages.first().and_then(|(_, own)| {
        let (state, found) = in_stage(own, inherited, (id, binding), stage);
        Some((state, found?.version))
    });
    match found {
        Some((State::Fallback, version)) => {
            From::new("fallback", Some(true), format!("{fallback} (version {version})"))
        }
        Some((_, version)) => From::new("stage", Some(true), format!("{path} (version {version})")),
        None if binding.fallback => From::new("store", Some(false), format!("not set: neither {path} nor {fallback}")),
        None => From::new("store", Some(false), format!("not set: {path}")),
    }
}

fn of_parameter(place: &Place<'_>, id: &str, binding: &Binding) -> From {
    let (declaration, stage) = (&place.project.declaration, place.stage);
    let mut from = match declaration.value(id, stage) {
        Value::Source(Source::Text(_)) => From::new("bind.toml", Some(true), "bind.toml"),
        Value::Source(Source::Env { variable, .. }) => of_variable(variable, place.variables, binding),
        Value::Deploy => From::new("deployment", None, "whoever deploys"),
        Value::Nowhere if binding.default.is_some() => From::new("default", None, "the default, under `bind` alone"),
        Value::Nowhere => From::new("deployment", None, "the deployment"),
    };
    if declaration.is_fetched(id) {
        from.text = format!("{}, fetched from {}", from.text, declaration.parameter_path(id, stage));
    }
    from
}

/// Whether a variable is there, and where.
fn of_variable(variable: &str, variables: &Variables<'_>, binding: &Binding) -> From {
    if variables.is_unreadable(variable) {
        let text = format!("not readable: {variable} of the environment is not UTF-8");
        return From::new("environment", Some(false), text);
    }
    let nowhere = || format!("{variable} is neither in the environment nor in an .env file");
    match variables.get(variable) {
        Some(_) if variables.is_of_file(variable) => {
            From::new("env-file", Some(true), format!("{variable} of an .env file"))
        }
        Some(_) => From::new("environment", Some(true), format!("{variable} of the environment")),
        None if binding.default.is_some() => {
            From::new("default", Some(false), format!("the default, under `bind` alone: {}", nowhere()))
        }
        None => From::new("environment", Some(false), format!("not set: {}", nowhere())),
    }
}
