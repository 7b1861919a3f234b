//! The values of a stage as a function would get them: by the code that functions start with.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::{Binding, Required, ValueType, marker};
use bind_config_runtime::tool::{self, Shape, Table, Type};
use bind_config_runtime::{Environment, LoadError, ProblemKind};

use crate::context::Context;
use crate::declaration::{Source, StoreKind, Value};
use crate::failure::{Failure, NOT_READY};
use crate::project::{Bound, Project, Variables};
use crate::store::{self, Purpose, Store};

/// What a stage gives to some bindings.
///
/// # Security
///
/// Holds values: it has no `Debug`.
pub(crate) struct Resolved {
    /// By variable: `SST_Secret_value_NAME`. Those that are set.
    pub(crate) variables: BTreeMap<String, String>,
    /// The variables that an `.env` file gives.
    pub(crate) of_files: Vec<String>,
    /// Those that the environment gives instead of the stage.
    pub(crate) of_environment: Vec<String>,
}

/// Bindings by their ids as spelled.
type Bindings<'a> = Vec<(&'a str, &'a Binding)>;

/// Resolves the bindings of a function, or all that are declared. Whatever is wrong is told at once.
pub(crate) async fn resolve(
    context: &Context,
    project: &Project,
    stage: &str,
    variables: &Variables<'_>,
    function: Option<&str>,
) -> Result<Resolved, Failure> {
    let bindings = bindings(project, function)?;
    let mut draft = Draft::new(project, stage, variables, &bindings);
    let kind = context.store_kind(project, Some(stage))?;
    let needs_store = draft.needs_store();
    let store = if needs_store { Some(store::open(context, project, kind, Purpose::Read).await?) } else { None };
    if let Some(store) = &store {
        draft.take_copies(store).await?;
    }
    let bindings: Bindings<'_> = bindings.into_iter().filter(|(id, _)| !draft.failed.contains(id)).collect();
    let access = store.as_ref().map(|store| store.access.0.clone()).unwrap_or_default();
    let start = [
        (name::ENV_APP.to_owned(), project.app().to_owned()),
        (name::ENV_STAGE.to_owned(), stage.to_owned()),
        (name::ENV_SSM_PREFIX.to_owned(), project.declaration.prefix(stage)),
    ];
    let environment: Environment = draft.environment.into_iter().chain(start).chain(access).collect();
    let table = table(project, function, &bindings);
    let loaded = tool::texts(table, &environment).await;
    let texts = match loaded {
        Ok(texts) if draft.problems.is_empty() => texts,
        loaded => {
            let near = project.near_stage(stage);
            let same = Same { stage, place: context.same_place(), is_local: kind == StoreKind::Local, near };
            return Err(not_resolved(draft.problems, loaded.err().as_ref(), &same));
        }
    };
    let named = bindings.iter().map(|(id, binding)| name::env_var(binding.kind, id)).zip(texts);
    let variables =
        named.filter_map(|(variable, text)| Some((variable, marker::escape(&text?).into_owned()))).collect();
    Ok(Resolved { variables, of_files: draft.of_files, of_environment: draft.of_environment })
}

/// No value that fits is an answer. Where all that is known is that the store did not say, there is none.
fn not_resolved(problems: Vec<String>, error: Option<&LoadError>, same: &Same<'_>) -> Failure {
    let is_answered = !problems.is_empty()
        || error.is_some_and(|error| error.problems().iter().any(|problem| is_answer(problem.kind())));
    let error = error.map(|error| same.told(&error.to_string()));
    let text = error.into_iter().chain(problems).collect::<Vec<_>>().join("\n");
    let text = same.near.as_ref().map_or(text.clone(), |near| format!("{text}\n{near}"));
    if is_answered { Failure::no_as(NOT_READY, text) } else { Failure::impossible(text) }
}

/// What a function's report does not know: which store is meant here, and what a suggested command needs in order to mean it.
struct Same<'a> {
    stage: &'a str,
    place: String,
    /// The laptop's store has neither a region nor an account.
    is_local: bool,
    /// The stage that may be meant.
    near: Option<String>,
}

impl Same<'_> {
    fn told(&self, report: &str) -> String {
        let argument = format!(" --stage {}", self.stage);
        let report = report
            .replace(&argument, &format!("{argument}{}", self.place))
            .replace(" --fallback", &format!(" --fallback{}", self.place));
        if !self.is_local {
            return report;
        }
        let (head, rest) = report.split_once('\n').unwrap_or((&report, ""));
        let head = head
            .rsplit_once(", region `")
            .map_or_else(|| head.to_owned(), |(head, _)| format!("{head}, the local store)"));
        format!("{head}\n{}", rest.replace("  (the fallback, of this account and region)", "  (the fallback)"))
    }
}

fn is_answer(kind: &ProblemKind) -> bool {
    matches!(
        kind,
        ProblemKind::NotFound
            | ProblemKind::NotSetForFunction
            | ProblemKind::WrongType { .. }
            | ProblemKind::WrongShape { .. }
            | ProblemKind::EmptySecret
            | ProblemKind::NoSuchKey { .. }
            | ProblemKind::DanglingReference { .. }
            | ProblemKind::ChainedReference { .. }
            | ProblemKind::UnknownMarker
    )
}

/// What a function is bound to, sorted by its folded names; everything where none is named.
pub(crate) fn bindings<'a>(project: &'a Project, function: Option<&str>) -> Result<Bindings<'a>, Failure> {
    let manifest = &project.declaration.manifest;
    let Some(function) = function else {
        return Ok(manifest.bindings.iter().map(|(id, binding)| (id.as_str(), binding)).collect());
    };
    let found = manifest.bindings_of(function).map(Iterator::collect);
    found.ok_or_else(|| Failure::impossible(project.declaration.unknown_function(function)))
}

/// The environment that a function would start with, as far as it is known.
struct Draft<'a> {
    project: &'a Project,
    stage: &'a str,
    environment: BTreeMap<String, String>,
    of_files: Vec<String>,
    of_environment: Vec<String>,
    /// Parameters whose values are in the copies that a deployment wrote.
    copies: Vec<(&'a str, &'a Binding, String)>,
    problems: Vec<String>,
    /// The bindings that the problems are of.
    failed: BTreeSet<&'a str>,
}

/// Where the value of a binding is, as far as it is known here.
enum Given {
    /// In the environment of a function: a value, or that it is to be fetched.
    Here(String),
    /// In the copy that a deployment wrote.
    Copy,
    Nowhere,
}

impl<'a> Draft<'a> {
    fn new(
        project: &'a Project,
        stage: &'a str,
        variables: &Variables<'_>,
        bindings: &[(&'a str, &'a Binding)],
    ) -> Self {
        let mut draft = Draft {
            project,
            stage,
            environment: BTreeMap::new(),
            of_files: Vec::new(),
            of_environment: Vec::new(),
            copies: Vec::new(),
            problems: Vec::new(),
            failed: BTreeSet::new(),
        };
        for (id, binding) in bindings {
            draft.give(id, binding, variables);
        }
        draft
    }

    fn give(&mut self, id: &'a str, binding: &'a Binding, variables: &Variables<'_>) {
        let variable = name::env_var(binding.kind, id);
        // A single one may be given from outside.
        let given = match variables.bound_to(binding, &variable) {
            Bound::Environment(own) => {
                // A `bind` around this one gives parameters as the declaration does.
                let is_told = binding.kind == Kind::Secret || self.is_another(id, binding, variables, own);
                self.of_environment.extend(Some(variable.clone()).filter(|_| is_told));
                Ok(Given::Here(own.to_owned()))
            }
            Bound::File(own) => {
                self.of_files.push(variable.clone());
                Ok(Given::Here(own.to_owned()))
            }
            Bound::NotUtf8 => Err(format!("`{id}` has no value: `{variable}` of the environment is not UTF-8")),
            Bound::Nowhere => self.given(id, binding, variables),
        };
        match given {
            Ok(Given::Here(value)) => drop(self.environment.insert(variable, value)),
            Ok(Given::Copy) => self.copies.push((id, binding, variable)),
            Ok(Given::Nowhere) => {}
            Err(problem) => {
                self.problems.push(problem);
                self.failed.insert(id);
            }
        }
    }

    /// Whether the declaration gives another value, as far as it gives one.
    fn is_another(&self, id: &str, binding: &Binding, variables: &Variables<'_>, own: &str) -> bool {
        match self.given(id, binding, variables) {
            Ok(Given::Here(value)) => value != own,
            Ok(Given::Copy) => false,
            Ok(Given::Nowhere) | Err(_) => true,
        }
    }

    fn given(&self, id: &str, binding: &Binding, variables: &Variables<'_>) -> Result<Given, String> {
        if binding.kind == Kind::Secret {
            return Ok(Given::Here(marker::FETCH.to_owned()));
        }
        let here = |value: &str| Ok(Given::Here(marker::escape(value).into_owned()));
        match self.project.declaration.value(id, self.stage) {
            Value::Source(Source::Text(text)) => here(text),
            Value::Source(Source::Env { variable, place: (line, column) }) => {
                match variables.get(variable).or(binding.default.as_deref()) {
                    _ if variables.is_unreadable(variable) => Err(format!(
                        "`{id}` has no value: `{variable}` of the environment is not UTF-8 (bind.toml:{line}:{column})"
                    )),
                    Some(value) => match binding.check(value) {
                        Ok(()) => here(value),
                        Err(misfit) => {
                            Err(format!("`{id}`: the value of `{variable}` {misfit} (bind.toml:{line}:{column})"))
                        }
                    },
                    None if !binding.required.in_stage(self.stage) => Ok(Given::Nowhere),
                    None => Err(format!(
                        "`{id}` has no value: `{variable}` is neither in the environment nor in an .env file of stage `{}` (bind.toml:{line}:{column})",
                        self.stage
                    )),
                }
            }
            Value::Deploy | Value::Nowhere => Ok(Given::Copy),
        }
    }

    fn needs_store(&self) -> bool {
        !self.copies.is_empty() || self.environment.values().any(|value| value.starts_with(marker::FETCH))
    }

    /// Parameters that only a deployment knows, from their copies: in the layout that is declared, then in the other one.
    async fn take_copies(&mut self, store: &Store) -> Result<(), Failure> {
        let prefix = self.project.declaration.prefix(self.stage);
        let places =
            |id: &str| [name::documented_parameter_path(&prefix, id), name::path(&prefix, Kind::Parameter, id)];
        let paths: BTreeSet<String> = self.copies.iter().flat_map(|(id, ..)| places(id)).collect();
        let paths: Vec<String> = paths.into_iter().collect();
        let found = store.get(&paths).await.map_err(|trouble| trouble.failure("the parameters were not read"))?;
        let mut missing = Vec::new();
        for (id, binding, variable) in std::mem::take(&mut self.copies) {
            let own = self.project.declaration.parameter_path(id, self.stage);
            let copy = std::iter::once(own).chain(places(id)).find_map(|path| Some((found.get(&path)?, path)));
            if let Some((misfit, path)) =
                copy.as_ref().and_then(|(copy, path)| Some((binding.check(&copy.value).err()?, path)))
            {
                self.problems.push(format!("`{id}`: the value at {path} {misfit}: deploy it again"));
                self.failed.insert(id);
                continue;
            }
            let value = copy.map(|(copy, _)| copy.value.as_str()).or(binding.default.as_deref());
            match value {
                Some(value) => drop(self.environment.insert(variable, marker::escape(value).into_owned())),
                None if binding.required.in_stage(self.stage) => missing.push(id),
                None => {}
            }
        }
        if let Some(first) = missing.first() {
            self.problems.push(format!(
                "The following parameters have no value in stage `{}`: {}\n  a deployment gives it, and there is no copy below {prefix} in {}; a `default` in bind.toml serves until then, and so does the variable {} of the environment or of an .env file",
                self.stage,
                missing.join(", "),
                store.place,
                name::env_var(Kind::Parameter, first)
            ));
        }
        self.failed.extend(missing);
        Ok(())
    }
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
