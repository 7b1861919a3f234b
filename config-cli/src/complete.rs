//! What names, functions and stages complete to: what is declared here. Never asks a store.

use std::ffi::OsString;
use std::path::PathBuf;

use bind_config_manifest::Binding;
use clap_complete::engine::CompletionCandidate;

use crate::project::Project;
use crate::surroundings::Surroundings;

/// The variable in which a shell's script says which shell asks. One of our own: `COMPLETE`, the usual one, is anybody's.
pub(crate) const VARIABLE: &str = "BIND_CONFIG_COMPLETE";

/// Secrets, with their docs.
pub(crate) fn secrets() -> Vec<CompletionCandidate> {
    let Some((project, _)) = project() else { return Vec::new() };
    let candidate =
        |(id, binding): (&str, &Binding)| CompletionCandidate::new(id).help(binding.docs.clone().map(Into::into));
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
    let folder = folder(std::env::args_os().collect());
    let project = Project::find(folder.as_deref(), None, &surroundings).ok()?;
    Some((project, surroundings))
}

/// What `--project` says in the words that are completed.
fn folder(words: Vec<OsString>) -> Option<PathBuf> {
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--project" {
            return words.next().map(PathBuf::from);
        }
        if let Some(folder) = word.to_str().and_then(|word| word.strip_prefix("--project=")) {
            return Some(PathBuf::from(folder));
        }
    }
    None
}
