//! `stage`: which one is meant and why; and the personal one.

use std::io::{self, Write as _};
use std::path::Path;

use bind_config_manifest::name;
use serde_json::json;

use crate::args::{Stage, StageCommand};
use crate::context::Context;
use crate::declaration::StoreKind;
use crate::failure::{Failure, Outcome};
use crate::project::{OWN_FOLDER, STAGE_FILE};
use crate::report::report;
use crate::store::{Address, LOCAL_STORE, private_folder};
use crate::terminal::shown;

pub(super) fn run(args: Stage, context: &Context) -> Outcome {
    match args.command {
        None => show(context),
        Some(StageCommand::Use { name }) => keep(&name, context),
    }
}

fn show(context: &Context) -> Outcome {
    let project = context.project()?;
    let stage = context.stage(&project)?;
    let kind = context.store_kind(&project, Some(&stage.name))?;
    if context.terminal.json {
        let store = match kind {
            StoreKind::Local => {
                Address::local(&project.own_folder().join(LOCAL_STORE), context.surroundings.folder()).to_json()
            }
            // Which region or endpoint is known to who asks it.
            StoreKind::Ssm => json!({ "kind": kind.as_str() }),
        };
        let body = json!({ "source": stage.because.word(), "store": store });
        return context.terminal.report(report(&project, Some(&stage.name), None, body));
    }
    let store = kind.as_str();
    context.terminal.note(&format!("stage of `{}`, from {}; its store is `{store}`:", project.app(), stage.because));
    context.terminal.line(&stage.name)
}

fn keep(stage: &str, context: &Context) -> Outcome {
    if !name::is_stage(stage) {
        return Err(Failure::impossible(format!(
            "`{}` cannot be a stage: a stage is a letter, then letters, digits and `-`",
            shown(stage)
        )));
    }
    let project = context.project()?;
    let folder = project.own_folder();
    private_folder(&folder).map_err(Failure::io(folder.display()))?;
    let path = folder.join(STAGE_FILE);
    replace(&path, &folder, stage).map_err(Failure::io(path.display()))?;
    context.terminal.note(&format!("`{stage}` is the personal stage of this checkout ({OWN_FOLDER}/{STAGE_FILE})"));
    let meant = context.stage(&project)?;
    if context.terminal.json {
        let body = json!({ "source": meant.because.word(), "personal": stage });
        context.terminal.report(report(&project, Some(&meant.name), None, body))?;
    }
    if meant.name != stage {
        context.terminal.warn(&format!(
            "{} comes first: the stage that is meant is `{}`",
            meant.because,
            shown(&meant.name)
        ));
    }
    Ok(())
}

/// Puts a new file in place of the old one, readable by its owner alone: what a link leads to is somebody else's.
fn replace(path: &Path, folder: &Path, stage: &str) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(old) if old.is_symlink() => return Err(io::Error::other("it is a link: remove it first")),
        Ok(old) if !old.is_file() => return Err(io::Error::other("it is not a plain file: remove it first")),
        _ => {}
    }
    let mut file = tempfile::Builder::new().prefix(".bind-config-").tempfile_in(folder)?;
    writeln!(file, "{stage}")?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
