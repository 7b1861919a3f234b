//! What every command is given: its arguments' common part, the environment, the terminal.

use std::path::Path;

use clap::ValueEnum as _;

use crate::args::Global;
use crate::declaration::StoreKind;
use crate::failure::Failure;
use crate::project::{Project, Stage};
use crate::surroundings::Surroundings;
use crate::terminal::{Terminal, shown};

pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) surroundings: Surroundings,
    pub(crate) terminal: Terminal,
}

impl Context {
    /// The app that is meant.
    pub(crate) fn project(&self) -> Result<Project, Failure> {
        Project::find(self.global.project.as_deref(), self.global.app.as_deref(), &self.surroundings)
    }

    /// The stage that is meant.
    pub(crate) fn stage(&self, project: &Project) -> Result<Stage, Failure> {
        project.stage(self.global.stage.as_deref(), &self.surroundings)
    }

    /// The same, with a warning where another one may be meant.
    pub(crate) fn stage_to_show(&self, project: &Project) -> Result<Stage, Failure> {
        let stage = self.stage(project)?;
        if let Some(near) = project.near_stage(&stage.name).filter(|_| stage.because.is_given()) {
            self.terminal.warn(&near);
        }
        Ok(stage)
    }

    /// The store that is meant for a stage, or for the fallback: as somebody says, else as `bind.toml` does.
    pub(crate) fn store_kind(&self, project: &Project, stage: Option<&str>) -> Result<StoreKind, Failure> {
        Ok(self.said_store()?.unwrap_or_else(|| project.declaration.store(stage)))
    }

    /// The store that an argument says, or a variable.
    pub(crate) fn said_store(&self) -> Result<Option<StoreKind>, Failure> {
        let Some(said) = self.surroundings.variable(STORE).filter(|_| self.global.store.is_none()) else {
            let is_unreadable = self.global.store.is_none() && self.surroundings.has(STORE);
            let unreadable = || Failure::impossible(format!("`{STORE}` of the environment is not UTF-8: no store is"));
            return if is_unreadable { Err(unreadable()) } else { Ok(self.global.store) };
        };
        if said.is_empty() {
            return Ok(None);
        }
        let kind = StoreKind::from_str(said, false);
        let wrong = |_| Failure::impossible(format!("`{STORE}` is `{}`: a store is `ssm` or `local`", shown(said)));
        kind.map(Some).map_err(wrong)
    }

    /// What a command that is suggested needs besides its stage in order to mean the same app and the same account.
    pub(crate) fn same_place(&self) -> String {
        let Global { app, profile, region, project, .. } = &self.global;
        // One that cannot be read is told before anything is suggested.
        let store = self.said_store().ok().flatten().map(StoreKind::as_str);
        let project = project.as_deref().map(Path::to_string_lossy);
        let flags = [
            ("app", app.as_deref()),
            ("store", store),
            ("profile", profile.as_deref()),
            ("region", region.as_deref()),
            ("project", project.as_deref()),
        ];
        let given = flags.into_iter().filter_map(|(flag, value)| Some(format!(" --{flag} {}", quoted(value?))));
        given.collect()
    }
}

/// The variable that says which store is meant.
const STORE: &str = "BIND_CONFIG_STORE";

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", shown(word).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_take_it_apart() {
        assert_eq!(quoted("a-b/c_d.e"), "a-b/c_d.e");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
