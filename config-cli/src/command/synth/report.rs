//! What `synth` says of the files that it wrote, or would write.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::change::{self, Change};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::report::report;

/// What a report begins with, and ends with.
pub(super) struct Told<'a> {
    pub(super) project: &'a Project,
    /// The one of `--out`.
    pub(super) stage: Option<&'a str>,
    pub(super) out: Option<&'a Path>,
    pub(super) notes: &'a [String],
}

impl Told<'_> {
    fn report(&self, mut body: Json) -> Json {
        body["notes"] = json!(self.notes);
        report(self.project, self.stage, None, body)
    }
}

/// Shows what would change, and writes nothing.
pub(super) fn check(changes: &[Change], told: &Told<'_>, context: &Context) -> Outcome {
    let terminal = &context.terminal;
    let (needed, unchanged): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.is_needed());
    let shown = |changes: &[&Change]| -> Vec<String> {
        changes.iter().map(|change| shown_path(&change.path, context)).collect()
    };
    let drift = shown(&needed);
    let out = told.stage.zip(told.out);
    let out = out.map(|(stage, out)| format!(" --stage {stage} --out {}", out.display())).unwrap_or_default();
    let why =
        format!("not as bind.toml says: {}: run `bind-config synth{out}{}`", drift.join(", "), context.same_place());
    if terminal.json {
        let error = (!drift.is_empty()).then(|| Failure::no_as("drift", why.as_str()).to_json());
        terminal.report(told.report(json!({ "drift": drift, "unchanged": shown(&unchanged), "error": error })))?;
    } else {
        for (change, path) in needed.iter().zip(&drift) {
            terminal.data(change.diff(path).as_bytes())?;
        }
    }
    if drift.is_empty() {
        terminal.note("everything is as bind.toml says");
        return Ok(());
    }
    terminal.note(&why);
    Err(Failure::Reported)
}

/// Writes what is to change.
pub(super) fn write(changes: &[Change], told: &Told<'_>, context: &Context) -> Outcome {
    change::make(changes)?;
    let terminal = &context.terminal;
    let [mut written, mut unchanged, mut removed] = [const { Vec::new() }; 3];
    for change in changes {
        let path = shown_path(&change.path, context);
        let (list, verb) = match (change.is_needed(), change.is_removal()) {
            (false, _) => (&mut unchanged, "unchanged"),
            (true, false) => (&mut written, "wrote"),
            (true, true) => (&mut removed, "removed"),
        };
        if !terminal.json {
            terminal.note(&format!("{verb} {path}"));
        }
        list.push(path);
    }
    if terminal.json {
        let body = json!({ "written": written, "unchanged": unchanged, "removed": removed });
        return terminal.report(told.report(body));
    }
    Ok(())
}

/// The path as somebody would type it here, on every system the same.
fn shown_path(path: &Path, context: &Context) -> String {
    let path = path.strip_prefix(context.surroundings.folder()).unwrap_or(path);
    path.display().to_string().replace('\\', "/")
}
