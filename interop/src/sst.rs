//! The real SST v2, from npm: its CLI, and the runtime that its functions have.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::Value;

use crate::tool::{App, Said, said};
use crate::{Store, gotten, root};

/// Makes SST's bootstrap stacks in an account, as `sst bootstrap` would: without them its CLI downloads CDK.
pub fn bootstrap(store: &Store) {
    let template = root().join("sst/bootstrap/template.json").display().to_string();
    for stack in ["CDKToolkit", "SSTBootstrap"] {
        store.python("deploy.py", [stack, &template]);
    }
}

/// Makes the app's folder one of SST's as well.
pub fn declare(app: &App) {
    for file in ["sst.config.mjs", "package.json"] {
        std::fs::copy(root().join("sst").join(file), app.folder().join(file)).unwrap();
    }
    symlink(gotten("sst/node_modules"), app.folder().join("node_modules")).unwrap();
}

/// SST's CLI with these arguments, in the app's folder.
pub fn cli(app: &App, arguments: &[&str]) -> Said {
    let cli = gotten("sst/node_modules/sst/cli/sst.js");
    let arguments = [cli.to_str().unwrap()].into_iter().chain(arguments.iter().copied());
    let mut command = app.command(&node(), only_loopback(arguments));
    // It posts every command line, values included.
    command.env("SST_TELEMETRY_DISABLED", "1").env("NO_COLOR", "1");
    said(command.spawn().unwrap())
}

/// The command that asks SST's runtime for these names, for [`App::command`] or `bind-config bind`. It prints an object of
/// what `Config` answers: the value, or the error.
pub fn reading(names: &[&str]) -> Vec<String> {
    let mut command = vec![node().display().to_string()];
    let read = root().join("sst/read.mjs").display().to_string();
    command.extend(only_loopback([read.as_str()].into_iter().chain(names.iter().copied())));
    command
}

/// What SST's runtime finds in a function's environment, as [`answer`] reads it.
pub fn config(app: &App, variables: &[(&str, &str)], names: &[&str]) -> Said {
    let reading = reading(names);
    let mut command = app.command(&node(), &reading[1..]);
    said(command.envs(variables.iter().copied()).spawn().unwrap())
}

/// What a command of [`reading`] printed.
#[track_caller]
pub fn answer(said: &Said) -> Value {
    assert_eq!(said.code, Some(0), "{said:?}");
    serde_json::from_str(&said.out).unwrap_or_else(|err| panic!("{err}: {said:?}"))
}

/// What SST's dotenv, and what Node, read from each file of the app's folder.
#[track_caller]
pub fn dotenv(app: &App, files: &[String]) -> Vec<[BTreeMap<String, String>; 2]> {
    let program = root().join("sst/dotenv.mjs").display().to_string();
    let arguments = only_loopback([program.as_str()].into_iter().chain(files.iter().map(String::as_str)));
    let said = said(app.command(&node(), arguments).spawn().unwrap());
    serde_json::from_value(answer(&said)).unwrap()
}

fn node() -> PathBuf {
    gotten("sst/node")
}

fn only_loopback<'a>(arguments: impl Iterator<Item = &'a str>) -> Vec<String> {
    let preload = format!("--import={}", root().join("sst/loopback.mjs").display());
    std::iter::once(preload).chain(arguments.map(str::to_owned)).collect()
}
