//! `check`: the gate before a deploy. The manifest against `bind.toml`, then every binding against the store.

use bind_config_manifest::name::Kind;
use bind_config_manifest::{Binding, Manifest, ValueType};
use serde_json::{Value as Json, json};

use crate::args::Check;
use crate::context::Context;
use crate::declaration::{Source, Value};
use crate::failure::{Failure, NOT_READY, Outcome};
use crate::inventory::{self, Inventory, Realm, Seen, in_stage, left_out, realm_of, realms, tell_unseen, undeclared};
use crate::project::{BINDINGS_JSON, DeclaredIn, Project, Variables, read_plain};
use crate::report::report;
use crate::resolve::bindings;
use crate::store::{Address, Found};
use crate::target::check_value;
use crate::when::{age, date};

mod github;

pub(super) async fn run(args: &Check, context: &Context) -> Outcome {
    let project = context.project()?;
    if project.declared_in == DeclaredIn::Argument {
        return Err(Failure::impossible("there is no bind.toml and no bindings.json, so there is nothing to check"));
    }
    let bindings = bindings(&project, args.function.as_deref())?;
    let manifest = manifest_problems(&project)?;
    let left_out = if args.all_stages { left_out(context, &project)? } else { Vec::new() };
    let realms = match (args.offline, args.all_stages) {
        (true, _) => Vec::new(),
        (false, true) => realms(context, &project, true).await?,
        (false, false) => vec![realm_of(context, &project, context.stage(&project)?.name, true).await?],
    };
    let is_complete = realms.iter().all(|realm| realm.seen == Seen::All);
    let mut report = Report { manifest, stages: Vec::new(), left_out, is_complete };
    for realm in &realms {
        for (stage, own) in &realm.stages {
            let variables = project.variables(stage, &context.surroundings)?;
            let place = Place { project: &project, realm, own, stage, variables: &variables };
            report.stages.push(place.stage(&bindings));
        }
    }
    if !context.terminal.json {
        tell_unseen(&realms, context);
    }
    report.show(args, &project, context)
}

/// Everything that was found.
struct Report {
    /// What is wrong with the manifest.
    manifest: Vec<String>,
    stages: Vec<Stage>,
    /// Stages in other stores than the one that was asked.
    left_out: Vec<String>,
    /// Whether every stage that has a secret was seen.
    is_complete: bool,
}

/// One stage: a row per binding, and what is stored there and not declared.
struct Stage {
    name: String,
    store: Address,
    rows: Vec<Row>,
    leftovers: Vec<String>,
    is_complete: bool,
}

struct Row {
    name: String,
    kind: Kind,
    ty: ValueType,
    state: State,
    found: Option<Found>,
}

/// How a binding is in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// It is, or it is not.
    Held(inventory::State),
    /// A parameter whose value is known here.
    Declared,
    /// A parameter whose value the deployment gives.
    Deployed,
    /// It is there, and does not fit: the rule.
    Wrong(String),
}

impl State {
    fn is_problem(&self) -> bool {
        matches!(self, State::Held(inventory::State::Missing) | State::Wrong(_))
    }

    fn word(&self) -> &'static str {
        match self {
            State::Held(state) => state.word(),
            State::Declared => "declared",
            State::Deployed => "deployment",
            State::Wrong(_) => "wrong",
        }
    }

    fn described(&self) -> String {
        match self {
            State::Wrong(why) => format!("wrong: {why}"),
            State::Deployed => "by the deployment".to_owned(),
            State::Held(state) => state.described().to_owned(),
            State::Declared => self.word().to_owned(),
        }
    }
}

/// A command that is compiled with another manifest gets the wrong values, or none.
pub(super) fn warn_of_stale_manifest(project: &Project, context: &Context) {
    if let Ok([problem, ..]) = manifest_problems(project).as_deref()
        && project.bindings_json().exists()
    {
        let first = problem.lines().next().unwrap_or_default();
        context.terminal.warn(&format!(
            "{first}{}",
            if first.contains("bind-config synth") { "" } else { ": run `bind-config synth`" }
        ));
    }
}

/// What is wrong with the manifest: it is not there, not readable, or not what `bind.toml` says.
fn manifest_problems(project: &Project) -> Result<Vec<String>, Failure> {
    if project.declared_in != DeclaredIn::BindToml {
        // It was read and checked as the declaration.
        return Ok(Vec::new());
    }
    let path = project.bindings_json();
    let bytes = match read_plain(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(vec![format!("{BINDINGS_JSON} is not there: run `bind-config synth`")]);
        }
        Err(error) => return Err(Failure::io(path.display())(error)),
    };
    if bytes == project.declaration.manifest.to_json().as_bytes() {
        return Ok(Vec::new());
    }
    Ok(vec![match Manifest::parse(&bytes) {
        Ok(_) => format!(
            "{BINDINGS_JSON} is not what bind.toml says: run `bind-config synth` (`synth --check` shows the difference)"
        ),
        Err(error) => error.render(BINDINGS_JSON),
    }])
}

/// Where the bindings of a stage are looked for.
struct Place<'a> {
    project: &'a Project,
    realm: &'a Realm,
    own: &'a Inventory,
    stage: &'a str,
    variables: &'a Variables<'a>,
}

impl Place<'_> {
    fn stage(&self, bindings: &[(&str, &Binding)]) -> Stage {
        let rows = bindings.iter().map(|(id, binding)| match binding.kind {
            Kind::Secret => self.secret(id, binding),
            Kind::Parameter => self.parameter(id, binding),
        });
        Stage {
            name: self.stage.to_owned(),
            store: self.realm.store.place.clone(),
            rows: rows.collect(),
            leftovers: undeclared(self.own, self.project).map(|(name, _)| name.to_owned()).collect(),
            is_complete: self.own.is_complete,
        }
    }

    fn secret(&self, id: &str, binding: &Binding) -> Row {
        let (state, found) = in_stage(self.own, &self.realm.fallback, (id, binding), self.stage);
        let misfit = found.and_then(|found| check_value(Some(binding), &found.value).err());
        Row::new(id, binding, misfit.map_or(State::Held(state), State::Wrong), found.cloned())
    }

    fn parameter(&self, id: &str, binding: &Binding) -> Row {
        let is_required = binding.required.in_stage(self.stage);
        let missing = || State::Held(if is_required { inventory::State::Missing } else { inventory::State::NotSet });
        let state = match self.project.declaration.value(id, self.stage) {
            // It was checked when it was read.
            Value::Source(Source::Text(_)) => State::Declared,
            Value::Source(Source::Env { variable, .. }) => match self.variables.get(variable) {
                Some(value) => binding
                    .check(value)
                    .map_or_else(|misfit| State::Wrong(format!("{variable} {misfit}")), |()| State::Declared),
                None if is_required => {
                    State::Wrong(format!("{variable} is neither in the environment nor in an .env file"))
                }
                None => missing(),
            },
            Value::Deploy => State::Deployed,
            Value::Nowhere if self.project.declared_in != DeclaredIn::BindToml => State::Deployed,
            Value::Nowhere => missing(),
        };
        Row::new(id, binding, state, None)
    }
}

impl Row {
    fn new(id: &str, binding: &Binding, state: State, found: Option<Found>) -> Row {
        Row { name: id.to_owned(), kind: binding.kind, ty: binding.ty.clone(), state, found }
    }

    fn version(&self) -> String {
        self.found.as_ref().map(|found| found.version.to_string()).unwrap_or_default()
    }

    fn modified(&self) -> Option<i64> {
        self.found.as_ref()?.modified
    }

    fn to_json(&self) -> Json {
        let why = if let State::Wrong(why) = &self.state { Some(why) } else { None };
        json!({
            "name": self.name,
            "kind": self.kind.as_str(),
            "type": self.ty.to_json(),
            "state": self.state.word(),
            "why": why,
            "version": self.found.as_ref().map(|found| found.version),
            "set_at": self.modified().map(date),
        })
    }
}

impl Report {
    fn problems(&self) -> usize {
        let of = |stage: &Stage| stage.rows.iter().filter(|row| row.state.is_problem()).count();
        self.manifest.len() + self.stages.iter().map(of).sum::<usize>()
    }

    fn show(&self, args: &Check, project: &Project, context: &Context) -> Outcome {
        let terminal = &context.terminal;
        if terminal.json {
            terminal.report(self.to_json(args, project, context))?;
        } else {
            if !self.stages.is_empty() {
                terminal.note(&format!("`{}`, {}", project.app(), self.stores().join(", ")));
            }
            match self.stages.as_slice() {
                [] => {}
                [stage] if !args.all_stages => show_stage(stage, context)?,
                _ => self.show_matrix(context)?,
            }
            self.tell_leftovers(project, context);
            if !self.left_out.is_empty() {
                terminal.note(&format!("in another store, so not looked at: {}", self.left_out.join(", ")));
            }
        }
        if args.github {
            github::annotate(self, project, context)?;
        }
        for problem in &self.manifest {
            terminal.error(problem);
        }
        if self.problems() == 0 {
            terminal.note(if self.stages.is_empty() { "the manifest is what is declared" } else { "ready" });
            return Ok(());
        }
        Err(self.failure(project, context))
    }

    /// The stores that were asked; of several, each with its stages.
    fn stores(&self) -> Vec<String> {
        let stores = self.stages.chunk_by(|one, next| one.store == next.store);
        let all: Vec<&[Stage]> = stores.collect();
        let names = |stages: &[Stage]| stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>().join("`, `");
        let of = |stages: &&[Stage]| match all.len() {
            1 => stages[0].store.to_string(),
            _ => format!("{} of `{}`", stages[0].store, names(stages)),
        };
        all.iter().map(of).collect()
    }

    fn show_matrix(&self, context: &Context) -> Outcome {
        let heads: Vec<&str> =
            std::iter::once("NAME").chain(self.stages.iter().map(|stage| stage.name.as_str())).collect();
        let first = self.stages.first().map(|stage| stage.rows.as_slice()).unwrap_or_default();
        let rows = first.iter().enumerate().map(|(at, row)| {
            let cells = self.stages.iter().map(|stage| stage.rows[at].state.described());
            std::iter::once(row.name.clone()).chain(cells).collect()
        });
        context.terminal.table(&heads, rows.collect())
    }

    fn tell_leftovers(&self, project: &Project, context: &Context) {
        for stage in &self.stages {
            if !stage.leftovers.is_empty() {
                let (all, of) = (stage.leftovers.join("`, `"), &stage.name);
                context
                    .terminal
                    .warn(&format!("stored in stage `{of}` and not declared in {}: `{all}`", project.source()));
            }
            if !stage.is_complete {
                context.terminal.note(&format!(
                    "stage `{}`: these credentials may not list (ssm:GetParametersByPath), so that what is not declared was not seen",
                    stage.name
                ));
            }
        }
    }

    /// One sentence, and the commands that mend it.
    fn failure(&self, project: &Project, context: &Context) -> Failure {
        let same_place = context.same_place();
        let mut lines =
            vec![format!("not ready: {} problem{}", self.problems(), if self.problems() == 1 { "" } else { "s" })];
        for stage in &self.stages {
            let mut commands: Vec<String> = stage
                .rows
                .iter()
                .filter(|row| row.state.is_problem() && row.kind == Kind::Secret)
                .map(|row| format!("  bind-config secrets set {} --stage {}{same_place}", row.name, stage.name))
                .collect();
            if !commands.is_empty() && stage.rows.iter().all(|row| row.found.is_none()) {
                lines.extend(project.near_stage(&stage.name));
            }
            if commands.len() > MOST_COMMANDS {
                commands.truncate(MOST_COMMANDS);
                commands.push("  …".to_owned());
            }
            lines.extend(commands);
            let parameters = stage.rows.iter().filter(|row| row.state.is_problem() && row.kind == Kind::Parameter);
            lines.extend(parameters.map(|row| match &row.state {
                State::Wrong(why) => format!("  `{}` in stage `{}`: {why}", row.name, stage.name),
                _ => format!("  give `{}` a value in {} (stage `{}`)", row.name, project.source(), stage.name),
            }));
        }
        Failure::no_as(NOT_READY, lines.join("\n"))
    }

    fn to_json(&self, args: &Check, project: &Project, context: &Context) -> Json {
        let stage = |stage: &Stage| {
            json!({
                "stage": stage.name,
                "store": stage.store.to_json(),
                "ready": !stage.rows.iter().any(|row| row.state.is_problem()),
                "bindings": stage.rows.iter().map(Row::to_json).collect::<Vec<_>>(),
                "undeclared": stage.leftovers,
                "complete": stage.is_complete,
            })
        };
        let (name, store) = match self.stages.as_slice() {
            [stage] if !args.all_stages => (Some(stage.name.as_str()), Some(&stage.store)),
            _ => (None, None),
        };
        let body = json!({
            "function": args.function,
            "ready": self.problems() == 0,
            "manifest": self.manifest,
            "left_out": self.left_out,
            "complete": self.is_complete,
            "stages": self.stages.iter().map(stage).collect::<Vec<_>>(),
            "error": (self.problems() > 0).then(|| self.failure(project, context).to_json()),
        });
        report(project, name, store, body)
    }
}

fn show_stage(stage: &Stage, context: &Context) -> Outcome {
    context.terminal.note(&format!("stage `{}`", stage.name));
    let rows = stage.rows.iter().map(|row| {
        let set = row.modified().map(age).unwrap_or_default();
        vec![row.name.clone(), row.kind.to_string(), row.ty.to_string(), row.state.described(), row.version(), set]
    });
    context.terminal.table(&["NAME", "KIND", "TYPE", "STATE", "VERSION", "SET"], rows.collect())
}

const MOST_COMMANDS: usize = 20;
