//! `bind`: a command, with the bound values in its environment. On Unix this process becomes that command.

use std::ffi::OsString;
use std::io;
use std::process::Command;

use bind_config_manifest::name;

use super::asynchronous;
use crate::args::{Bind, Global};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::resolve::{Resolved, resolve};
use crate::surroundings::Surroundings;
use crate::terminal::shown;

pub(super) fn run(args: Bind, context: &Context) -> Outcome {
    let project = context.project()?;
    let stage = context.stage(&project)?;
    let variables = project.variables(&stage.name, &context.surroundings)?;
    let function = args.function.as_deref();
    let resolved = asynchronous(resolve(context, &project, &stage.name, &variables, function))?;
    tell_overrides(&resolved, context);
    let mut arguments = args.command.into_iter();
    let program = arguments.next().unwrap_or_default();
    let mut command = Command::new(&program);
    command.args(arguments);
    for name in variables.foreign() {
        command.env_remove(name);
    }
    command.envs(variables.of_files());
    command.env(name::ENV_APP, project.app()).env(name::ENV_STAGE, &stage.name);
    command.env(name::ENV_SSM_PREFIX, project.declaration.prefix(&stage.name));
    pass_on(&context.global, &context.surroundings, &mut command);
    command.envs(resolved.variables);
    become_it(command, &program)
}

/// A value that is not the stage's is no surprise where it was given for this very run, and one where a file has it.
fn tell_overrides(resolved: &Resolved, context: &Context) {
    let is_of_file = |variable: &&String| !context.surroundings.has(variable);
    let all: Vec<&str> = resolved.overrides.iter().filter(is_of_file).map(String::as_str).collect();
    if !all.is_empty() {
        context.terminal.note(&format!("from an .env file instead of the stage: {}", all.join(", ")));
    }
}

/// The command asks AWS for other things as whoever resolved its values: in each of the variables that SDKs read.
fn pass_on(global: &Global, surroundings: &Surroundings, command: &mut Command) {
    if let Some(profile) = &global.profile {
        command.env("AWS_PROFILE", profile);
        // They would come first.
        for name in KEYS {
            command.env_remove(name);
        }
    }
    if let Some(region) = &global.region {
        command.env("AWS_REGION", region).env("AWS_DEFAULT_REGION", region);
        // So would this.
        if surroundings.has("SST_REGION") {
            command.env("SST_REGION", region);
        }
    }
}

/// Credentials of the environment.
const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

#[cfg(unix)]
fn become_it(mut command: Command, program: &OsString) -> Outcome {
    use std::os::unix::process::CommandExt as _;

    Err(not_run(&command.exec(), program))
}

#[cfg(not(unix))]
fn become_it(mut command: Command, program: &OsString) -> Outcome {
    let status = command.status().map_err(|error| not_run(&error, program))?;
    std::process::exit(status.code().unwrap_or(1))
}

/// With the exit codes that shells and `env` have for it.
fn not_run(error: &io::Error, program: &OsString) -> Failure {
    let program = shown(&program.to_string_lossy());
    match error.kind() {
        io::ErrorKind::NotFound => Failure::Exit(127, format!("there is no command `{program}`")),
        io::ErrorKind::ArgumentListTooLong => {
            Failure::Exit(126, format!("`{program}` cannot be run: the values are too large for an environment"))
        }
        io::ErrorKind::InvalidInput => Failure::Exit(
            126,
            format!("`{program}` cannot be run: a value or an argument has a NUL in it, which no environment can hold"),
        ),
        _ => Failure::Exit(126, format!("`{program}` cannot be run: {error}")),
    }
}
