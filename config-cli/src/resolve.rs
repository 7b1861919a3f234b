//! The values of a stage as a function would get them: by the code that functions start with.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::{Binding, Required, ValueType, marker};
use bind_config_runtime::tool::{self, Shape, Table, Type};
use bind_config_runtime::{Environment, Sources};

use crate::context::Context;
use crate::declaration::{Source, Value};
use crate::failure::Failure;
use crate::project::{Project, Variables};
use crate::store::{self, Store};

/// What a stage gives to some bindings.
///
/// # Security
///
/// Holds values: it has no `Debug`.
pub(crate) struct Resolved {
    /// By variable: `SST_Secret_value_NAME`. Those that are set.
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) sources: Sources,
}

/// Resolves the bindings of a function, or all that are declared.
pub(crate) async fn resolve(
    context: &Context,
    project: &Project,
    stage: &str,
    variables: &Variables<'_>,
    function: Option<&str>,
) -> Result<Resolved, Failure> {
    let bindings = bindings(project, function)?;
    let mut environment: BTreeMap<String, String> = BTreeMap::new();
    let mut copies = Vec::new();
    let mut problems = Vec::new();
    for (id, binding) in &bindings {
        let variable = name::env_var(binding.kind, id);
        // A single one may be given from outside.
        if let Some(own) = variables.get(&variable) {
            environment.insert(variable, own.to_owned());
            continue;
        }
        match given(project, id, binding, stage, variables) {
            Ok(Given::Here(value)) => drop(environment.insert(variable, value)),
            Ok(Given::Copy) => copies.push((*id, *binding, variable)),
            Ok(Given::Nowhere) => {}
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::no(problems.join("\n")));
    }
    let needs_store = !copies.is_empty() || environment.values().any(|value| value.starts_with("__FETCH_FROM_SSM__"));
    let store = if needs_store { Some(store::open(context, project).await?) } else { None };
    if let Some(store) = &store {
        take_copies(store, project, stage, copies, &mut environment).await?;
    }
    let access = store.as_ref().map(|store| store.access.0.clone()).unwrap_or_default();
    let start = [
        (name::ENV_APP.to_owned(), project.app().to_owned()),
        (name::ENV_STAGE.to_owned(), stage.to_owned()),
        (name::ENV_SSM_PREFIX.to_owned(), project.declaration.prefix(stage)),
    ];
    let environment: Environment = environment.into_iter().chain(start).chain(access).collect();
    let table = table(project, function, &bindings);
    let (texts, sources) = tool::texts(table, &environment).await.map_err(|error| Failure::no(error.to_string()))?;
    let named = bindings.iter().map(|(id, binding)| name::env_var(binding.kind, id)).zip(texts);
    let variables = named.filter_map(|(variable, text)| Some((variable, marker::escape(&text?).into_owned()))).collect();
    Ok(Resolved { variables, sources })
}

/// What a function is bound to, sorted by its folded names; everything where none is named.
pub(crate) fn bindings<'a>(
    project: &'a Project,
    function: Option<&str>,
) -> Result<Vec<(&'a str, &'a Binding)>, Failure> {
    let manifest = &project.declaration.manifest;
    let Some(function) = function else {
        return Ok(manifest.bindings.iter().map(|(id, binding)| (id.as_str(), binding)).collect());
    };
    let found = manifest.bindings_of(function).map(Iterator::collect);
    found.ok_or_else(|| {
        let names = || manifest.functions.iter().flatten().map(|(name, _)| name.as_str());
        let hint = bind_config_manifest::nearest(function, names()).map(|near| format!(": did you mean `{near}`?"));
        let hint = hint.unwrap_or_else(|| match names().collect::<Vec<_>>() {
            none if none.is_empty() => " (it declares no functions)".to_owned(),
            all => format!(": there are `{}`", all.join("`, `")),
        });
        Failure::impossible(format!("{} has no function `{}`{hint}", project.source(), crate::terminal::shown(function)))
    })
}

/// Where the value of a binding is, as far as it is known here.
enum Given {
    /// In the environment of a function: a value, or that it is to be fetched.
    Here(String),
    /// In the copy that a deployment wrote.
    Copy,
    Nowhere,
}

fn given(
    project: &Project,
    id: &str,
    binding: &Binding,
    stage: &str,
    variables: &Variables<'_>,
) -> Result<Given, String> {
    if binding.kind == Kind::Secret {
        return Ok(Given::Here(marker::FETCH.to_owned()));
    }
    match project.declaration.value(id, stage) {
        Value::Source(Source::Text(text)) => Ok(Given::Here(marker::escape(text).into_owned())),
        Value::Source(Source::Env { variable, place: (line, column) }) => match (variables.get(variable), &binding.default) {
            (Some(value), _) => Ok(Given::Here(marker::escape(value).into_owned())),
            (None, Some(default)) => Ok(Given::Here(marker::escape(default).into_owned())),
            (None, None) if !binding.required.in_stage(stage) => Ok(Given::Nowhere),
            (None, None) => Err(format!(
                "`{id}` has no value: `{variable}` is neither in the environment nor in an .env file of stage `{stage}` (bind.toml:{line}:{column})"
            )),
        },
        Value::Deploy | Value::Nowhere => Ok(Given::Copy),
    }
}

/// Parameters that only a deployment knows, from their copies: in the layout that is declared, then in the other one.
async fn take_copies(
    store: &Store,
    project: &Project,
    stage: &str,
    copies: Vec<(&str, &Binding, String)>,
    environment: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    let prefix = project.declaration.prefix(stage);
    let places = |id: &str| [name::documented_parameter_path(&prefix, id), name::path(&prefix, Kind::Parameter, id)];
    let paths: BTreeSet<String> = copies.iter().flat_map(|(id, ..)| places(id)).collect();
    let paths: Vec<String> = paths.into_iter().collect();
    let found = store.get(&paths).await.map_err(|trouble| trouble.failure("the parameters were not read"))?;
    let mut missing = Vec::new();
    for (id, binding, variable) in copies {
        let own = project.declaration.parameter_path(id, stage);
        let copy = std::iter::once(own).chain(places(id)).find_map(|path| found.get(&path));
        let value = copy.map(|copy| copy.value.to_string()).or_else(|| binding.default.clone());
        match value {
            Some(value) => drop(environment.insert(variable, marker::escape(&value).into_owned())),
            None if binding.required.in_stage(stage) => missing.push(id),
            None => {}
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::no(format!(
        "The following parameters have no value in stage `{stage}`: {}\n  a deployment gives it, and there is no copy below {prefix} in {}; a `default` in bind.toml serves until then, and so does the variable {} of the environment or of an .env file",
        missing.join(", "),
        store.place,
        name::env_var(Kind::Parameter, missing[0])
    )))
}

/// The table that the macro would have written. It lives as long as the process, which ends or becomes another one soon.
fn table(project: &Project, function: Option<&str>, bindings: &[(&str, &Binding)]) -> &'static Table {
    let text = |text: &str| -> &'static str { text.to_owned().leak() };
    let manifest = &project.declaration.manifest;
    let rows: Vec<tool::Binding> = bindings
        .iter()
        .map(|(id, binding)| {
            let folded = text(&name::fold(id));
            tool::Binding {
                name: folded,
                field: folded,
                kind: binding.kind,
                ty: static_type(&binding.ty),
                required: static_required(&binding.required),
                shape: Shape {
                    starts_with: binding.shape.starts_with.as_deref().map(text),
                    min_length: binding.shape.min_length,
                    max_length: binding.shape.max_length,
                    min: binding.shape.min.as_deref().map(text),
                    max: binding.shape.max.as_deref().map(text),
                },
                convert: tool::TEXT,
            }
        })
        .collect();
    let without: Vec<&'static str> = project
        .declaration
        .secrets()
        .filter(|(_, binding)| !binding.fallback)
        .map(|(id, _)| text(&name::fold(id)))
        .collect();
    Box::leak(Box::new(Table {
        app: text(project.app()),
        function: function.map(text),
        ssm_prefix: manifest.ssm_prefix.as_deref().map(text),
        fingerprint: None,
        strict: false,
        without_fallback: without.leak(),
        bindings: rows.leak(),
    }))
}

fn static_type(ty: &ValueType) -> Type<'static> {
    match ty {
        ValueType::Scalar(scalar) => Type::Scalar(*scalar),
        ValueType::List(scalar) => Type::List(*scalar),
        ValueType::Enum(words) => {
            let words: Vec<&'static str> = words.words().iter().map(|word| &*word.clone().leak()).collect();
            Type::Enum(words.leak())
        }
    }
}

fn static_required(required: &Required) -> tool::Required {
    match required {
        Required::Always => tool::Required::Always,
        Required::Never => tool::Required::Never,
        Required::In(stages) => {
            let stages: Vec<&'static str> = stages.iter().map(|stage| &*stage.clone().leak()).collect();
            tool::Required::In(stages.leak())
        }
    }
}
