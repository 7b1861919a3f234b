//! `local`: the encrypted store of this laptop.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bind_config_local::StartError;
use serde_json::{Value as Json, json};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::report::report;
use crate::store::{Address, LOCAL_SERVED, LOCAL_STORE, private_folder, serve_local, with_cause};

pub(super) async fn start(port: u16, context: &Context) -> Outcome {
    let (folder, path) = place(context)?;
    private_folder(&folder).map_err(Failure::io(folder.display()))?;
    let (local, served) = serve_local(&path, port).map_err(|error| match error {
        StartError::Locked { .. } => {
            Failure::impossible("another process has the local store open; `local start` may be running already")
        }
        error => Failure::impossible(with_cause(&error)),
    })?;
    let file = folder.join(LOCAL_SERVED);
    remove(&file)?;
    write_private(&file, &served.to_text()).map_err(Failure::io(file.display()))?;
    let interrupt = Interrupt::listen(None);
    // It listens once it has had its turn: before anybody knows that this serves.
    tokio::task::yield_now().await;
    if context.terminal.json {
        let variables: Json = served.variables().into_iter().collect();
        context.terminal.report(told(context, &path, json!({ "variables": variables }))?)?;
    } else {
        for (name, value) in served.variables() {
            context.terminal.line(&format!("export {name}={value}"))?;
        }
    }
    context.terminal.note(&format!("serving {} at {}; Ctrl-C ends it", path.display(), served.endpoint));
    interrupt.asked().await;
    let removed = remove(&file);
    drop(local);
    context.terminal.note("the local store is no longer served");
    removed
}

pub(super) fn path(context: &Context) -> Outcome {
    let path = place(context)?.1;
    if context.terminal.json {
        return context.terminal.report(told(context, &path, json!({}))?);
    }
    // Exact bytes: it is there to be used.
    context.terminal.data(&[path.as_os_str().as_encoded_bytes(), b"\n"].concat())
}

pub(super) fn reset(yes: bool, context: &Context) -> Outcome {
    let (folder, path) = place(context)?;
    let key = PathBuf::from(format!("{}.key", path.display()));
    if !path.exists() && !key.exists() {
        context.terminal.note("there is no local store");
        return tell_reset(false, &path, context);
    }
    if !yes {
        if !context.terminal.is_interactive() {
            return Err(Failure::impossible("nobody can be asked whether to delete the local store: give `--yes`"));
        }
        if !context.terminal.confirm(&format!("Delete {} and its key, with all that is set there?", path.display()))? {
            return Err(Failure::no("the local store was not deleted"));
        }
    }
    // One that is damaged is deleted all the same; one that is in use is not.
    let held = serve_local(&path, 0);
    if let Err(StartError::Locked { .. }) = held {
        return Err(Failure::impossible("another process has the local store open: end it first"));
    }
    // The key last: until then, running it again finishes.
    let unfinished = PathBuf::from(format!("{}.tmp", path.display()));
    for file in [&path, &unfinished, &folder.join(LOCAL_SERVED), &key] {
        remove(file)?;
    }
    drop(held);
    context.terminal.note("the local store is deleted");
    tell_reset(true, &path, context)
}

fn tell_reset(is_deleted: bool, path: &Path, context: &Context) -> Outcome {
    if context.terminal.json {
        context.terminal.report(told(context, path, json!({ "deleted": is_deleted }))?)?;
    }
    Ok(())
}

/// A report on the store in a file.
fn told(context: &Context, path: &Path, body: Json) -> Result<Json, Failure> {
    let store = Address::local(path, context.surroundings.folder());
    Ok(report(&context.project()?, None, Some(&store), body))
}

/// The folder of what belongs to this checkout alone, and the store in it.
fn place(context: &Context) -> Result<(PathBuf, PathBuf), Failure> {
    let folder = context.project()?.own_folder();
    let path = folder.join(LOCAL_STORE);
    Ok((folder, path))
}

/// Removes a file that may be there.
fn remove(path: &Path) -> Outcome {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::io(path.display())(error)),
        _ => Ok(()),
    }
}

/// A new file that only its owner can read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
