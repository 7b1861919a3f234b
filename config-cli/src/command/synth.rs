//! `synth`: from `bind.toml` to `bindings.json`, and to what a deployment needs.

use std::collections::BTreeMap;

use crate::args::Synth;
use crate::context::Context;
use crate::declaration::{self, Declaration};
use crate::deployment::files::Deployment;
use crate::deployment::values::Values;
use crate::deployment::{self, Problem};
use crate::dotenv;
use crate::failure::{Failure, Outcome};
use crate::project::{BIND_TOML, DeclaredIn, Project, Variables, read_text};

pub(super) mod change;
mod report;
mod room;

use change::Change;
pub(crate) use change::{create, replace};

pub(crate) fn run(args: &Synth, context: &Context) -> Outcome {
    let mut project = context.project()?;
    // Whoever else changes the declaration comes before what is read now, or waits.
    let _lock = if args.spill && !args.check && project.declared_in == DeclaredIn::BindToml {
        let path = project.bind_toml();
        let lock = change::lock(&path).map_err(Failure::io(path.display()))?;
        project = context.project()?;
        Some(lock)
    } else {
        None
    };
    if project.declared_in != DeclaredIn::BindToml {
        return Err(Failure::impossible(no_bind_toml(&project)));
    }
    let scope = Scope::of(args, &project, context)?;
    let mut changes = Vec::new();
    let mut notes = Vec::new();
    let spilled = if args.spill { spill(&project, &scope, &mut changes, &mut notes)? } else { None };
    let declaration = spilled.as_ref().unwrap_or(&project.declaration);

    changes.push(Change::to(project.bindings_json(), declaration.manifest.to_json())?);
    let (values, mut problems) = scope.values(declaration);
    problems.extend(room::problems(declaration, &values));
    let deployment = scope.deployment(declaration, values);
    problems.extend(deployment.iter().flat_map(Deployment::problems));
    if !problems.is_empty() {
        return Err(deployment::failure(problems));
    }
    if let (Some(out), Some(deployment)) = (&args.out, deployment) {
        let folder = context.surroundings.folder().join(out).join(deployment.stage());
        let files = deployment.files(context.global.region.as_deref());
        notes.extend(files.notes);
        changes.extend(change::to_folder(&folder, files.texts)?);
    }
    notes.extend(unbound(declaration));
    for note in &notes {
        context.terminal.note(note);
    }
    let stage = scope.deployed.as_deref();
    let told = report::Told { project: &project, stage, out: args.out.as_deref(), notes: &notes };
    if args.check { report::check(&changes, &told, context) } else { report::write(&changes, &told, context) }
}

/// What is declared and bound by no function: no code sees it.
fn unbound(declaration: &Declaration) -> Option<String> {
    let manifest = &declaration.manifest;
    let functions = manifest.functions.as_ref()?;
    let is_unbound = |id: &&String| !functions.values().any(|function| function.bind.contains(*id));
    let all: Vec<&str> = manifest.bindings.keys().filter(is_unbound).map(String::as_str).collect();
    (!all.is_empty())
        .then(|| format!("no function binds `{}`: add the name to a `bind` of `[functions]`", all.join("`, `")))
}

fn no_bind_toml(project: &Project) -> String {
    match project.declared_in {
        DeclaredIn::Manifest => format!(
            "there is no {BIND_TOML} beside `{}`: whatever wrote that must write it anew, or start with `bind-config init`",
            project.bindings_json().display()
        ),
        _ => format!("there is no {BIND_TOML} in this folder or above it: `bind-config init` writes one"),
    }
}

/// The stages that are looked at.
struct Scope<'a> {
    /// Those in which values and environments must fit, each with its variables.
    stages: BTreeMap<String, Variables<'a>>,
    /// The one of `--out`, in which every variable must be there.
    deployed: Option<String>,
}

impl<'a> Scope<'a> {
    fn of(args: &Synth, project: &Project, context: &'a Context) -> Result<Scope<'a>, Failure> {
        let mut names = project.declared_stages();
        let meant = if args.out.is_some() { context.stage_to_show(project) } else { context.stage(project) };
        let stage = match meant {
            Ok(stage) => Some(stage.name),
            // `bindings.json` is the same whatever the stage is, also where there is none.
            Err(_) if args.out.is_none() && context.global.stage.is_none() => None,
            Err(failure) => return Err(failure),
        };
        names.extend(stage.clone());
        if names.is_empty() {
            names.insert(SOME_STAGE.to_owned());
        }
        let mut stages = BTreeMap::new();
        for name in names {
            let variables = project.variables(&name, &context.surroundings)?;
            stages.insert(name, variables);
        }
        Ok(Scope { stages, deployed: stage.filter(|_| args.out.is_some()) })
    }

    /// The values of each stage. The manifest alone needs no variables, wherever it is made; where a stage is deployed, those of
    /// the others are looked at as far as they are here, too.
    fn values<'d>(&'d self, declaration: &'d Declaration) -> (Vec<Values<'d>>, Vec<Problem>) {
        let mut problems = Vec::new();
        let values = self.stages.iter().map(|(stage, variables)| {
            let look_up = |name: &str| variables.get(name).filter(|_| self.deployed.is_some());
            let (values, found) = if self.deployed.as_ref() == Some(stage) {
                let files = dotenv::file_names(stage).map(|name| format!("`{name}`"));
                Values::resolve(declaration, stage, look_up, &format!("{} and the environment", files.join(", ")))
            } else {
                Values::declared(declaration, stage, look_up)
            };
            problems.extend(found);
            values
        });
        let values = values.collect();
        (values, problems)
    }

    /// The one of `--out`.
    fn deployment<'d>(&self, declaration: &'d Declaration, values: Vec<Values<'d>>) -> Option<Deployment<'d>> {
        let stage = self.deployed.as_deref()?;
        let values = values.into_iter().find(|values| values.stage == stage)?;
        Some(Deployment::new(declaration, values))
    }
}

/// Marks parameters as fetched until every environment fits. `None` where nothing had to be done.
fn spill(
    project: &Project,
    scope: &Scope<'_>,
    changes: &mut Vec<Change>,
    notes: &mut Vec<String>,
) -> Result<Option<Declaration>, Failure> {
    let (values, _) = scope.values(&project.declaration);
    let ids = room::to_spill(&project.declaration, &values);
    if ids.is_empty() {
        notes.push("every environment fits: nothing more is to be fetched at start".to_owned());
        return Ok(None);
    }
    let path = project.bind_toml();
    let text = read_text(&path).map_err(Failure::io(path.display()))?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let text = declaration::set_fetch(&text, &ids).map_err(|why| Failure::no(format!("{BIND_TOML}: {why}")))?;
    let declaration = declaration::read(&text);
    let declaration = declaration.map_err(|mistakes| declaration::failure(&mistakes))?;
    notes.push(format!("`fetch = true` in {BIND_TOML}: functions fetch {} at start", ids.join(", ")));
    changes.push(Change::to(path, text)?);
    Ok(Some(declaration))
}

/// Stands for the stages of an app that names none.
const SOME_STAGE: &str = "dev";
