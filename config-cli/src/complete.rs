//! What names, functions and stages complete to: what is declared here. Never asks a store.

use bind_config_manifest::Binding;
use clap_complete::engine::CompletionCandidate;

use crate::project::Project;
use crate::surroundings::Surroundings;

/// Secrets, with their docs.
pub(crate) fn secrets() -> Vec<CompletionCandidate> {
    let Some((project, _)) = project() else { return Vec::new() };
    let candidate = |(id, binding): (&str, &Binding)| CompletionCandidate::new(id).help(binding.docs.clone().map(Into::into));
    project.declaration.secrets().map(candidate).collect()
}

/// Functions.
pub(crate) fn functions() -> Vec<CompletionCandidate> {
    let Some((project, _)) = project() else { return Vec::new() };
    project.declaration.manifest.functions.iter().flatten().map(|(name, _)| CompletionCandidate::new(name)).collect()
}

/// Stages that are declared, and the one that is meant.
pub(crate) fn stages() -> Vec<CompletionCandidate> {
    let Some((project, surroundings)) = project() else { return Vec::new() };
    let mut stages = project.declared_stages();
    stages.extend(project.stage(None, &surroundings).ok().map(|stage| stage.name));
    stages.into_iter().map(CompletionCandidate::new).collect()
}

fn project() -> Option<(Project, Surroundings)> {
    let surroundings = Surroundings::of_process().ok()?;
    let project = Project::find(None, None, &surroundings).ok()?;
    Some((project, surroundings))
}
