//! The manifests that are compared: files, or `bindings.json` in a git revision.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bind_config_manifest::Manifest;

use crate::context::Context;
use crate::failure::{Failure, INVALID};
use crate::project::{BINDINGS_JSON, read_bytes};
use crate::terminal::shown;

/// A manifest that somebody named: a file where there is one, else a revision.
pub(super) fn read(name: &str, context: &Context) -> Result<Manifest, Failure> {
    let path = context.surroundings.folder().join(name);
    if path.exists() && !path.is_dir() {
        return read_file(&path);
    }
    let text = of_revision(name, context)?;
    parse(&text, &format!("{name}:{BINDINGS_JSON}"))
}

/// `bindings.json` as it is.
pub(super) fn read_current(context: &Context) -> Result<Manifest, Failure> {
    let project = context.project()?;
    let path = project.bindings_json();
    if !path.exists() {
        return Err(Failure::impossible(format!("`{}` is not there: run `bind-config synth`", path.display())));
    }
    read_file(&path)
}

fn read_file(path: &Path) -> Result<Manifest, Failure> {
    let bytes = read_bytes(path).map_err(Failure::io(path.display()))?;
    parse(&bytes, &path.display().to_string())
}

/// What is not a manifest cannot be compared: that is not the answer that something breaks.
fn parse(bytes: &[u8], name: &str) -> Result<Manifest, Failure> {
    Manifest::parse(bytes).map_err(|error| Failure::Trouble(INVALID, error.render(name)))
}

/// `bindings.json` in a revision, or the file that `REVISION:PATH` names.
fn of_revision(name: &str, context: &Context) -> Result<Vec<u8>, Failure> {
    let folder = context.project()?.root;
    let revision = name.split(':').next().unwrap_or_default();
    let neither = || Failure::impossible(format!("`{}` is neither a file nor a git revision", shown(name)));
    if revision.is_empty() || revision.starts_with('-') {
        return Err(neither());
    }
    let found =
        git(&folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])?;
    if !found.status.success() {
        // Quiet about an unknown revision only.
        let why = said(&found);
        let no_git = || Failure::impossible(format!("`{}` is not a file, and git says: {why}", shown(name)));
        return Err(if why.is_empty() { neither() } else { no_git() });
    }
    let object = if name.contains(':') { name.to_owned() } else { format!("{revision}:./{BINDINGS_JSON}") };
    let output = git(&folder, ["cat-file", "blob", &object])?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let (name, why) = (shown(name), said(&output));
    Err(Failure::impossible(format!("`{name}` has no {BINDINGS_JSON} that could be compared: git says: {why}")))
}

/// What git said is wrong, in one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<String> = text.lines().map(|line| shown(line.trim_start_matches("fatal: "))).collect();
    lines.join(" ")
}

fn git<const N: usize>(folder: &Path, arguments: [&str; N]) -> Result<Output, Failure> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(arguments.map(OsStr::new)).stdin(Stdio::null()).env("LC_ALL", "C");
    git.output().map_err(Failure::io("git could not be started"))
}
