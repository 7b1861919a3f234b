//! What every command is given: its arguments' common part, the environment, the terminal.

use crate::args::{Global, StoreName};
use crate::declaration::StoreKind;
use crate::failure::Failure;
use crate::project::{Project, Stage};
use crate::surroundings::Surroundings;
use crate::terminal::Terminal;

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

    /// The store that is meant: `--store`, else what `bind.toml` says.
    pub(crate) fn store_kind(&self, project: &Project) -> StoreKind {
        match self.global.store {
            Some(StoreName::Ssm) => StoreKind::Ssm,
            Some(StoreName::Local) => StoreKind::Local,
            None => project.store(),
        }
    }
}
