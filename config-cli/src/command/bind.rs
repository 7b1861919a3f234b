//! `bind`: a command, with the bound values in its environment. On Unix this process becomes that command.

use std::ffi::OsString;
use std::io;
use std::process::Command;

use bind_config_manifest::name;

use super::asynchronous;
use crate::args::Bind;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::resolve::resolve;
use crate::terminal::shown;

pub(super) fn run(args: Bind, context: &Context) -> Outcome {
    let project = context.project()?;
    let stage = context.stage(&project)?;
    let variables = project.variables(&stage.name, &context.surroundings)?;
    let function = args.function.as_deref();
    let resolved = asynchronous(resolve(context, &project, &stage.name, &variables, function))?;
    let mut arguments = args.command.into_iter();
    let program = arguments.next().unwrap_or_default();
    let mut command = Command::new(&program);
    command.args(arguments);
    command.envs(variables.of_files());
    command.env(name::ENV_APP, project.app()).env(name::ENV_STAGE, &stage.name);
    command.env(name::ENV_SSM_PREFIX, project.declaration.prefix(&stage.name));
    // The command asks AWS for other things as whoever resolved its values.
    command.envs(context.global.profile.as_ref().map(|profile| ("AWS_PROFILE", profile)));
    command.envs(context.global.region.as_ref().map(|region| ("AWS_REGION", region)));
    command.envs(resolved.variables);
    become_it(command, &program)
}

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
        io::ErrorKind::InvalidInput => {
            Failure::Exit(126, format!("`{program}` cannot be run: a value or an argument has a NUL in it, which no environment can hold"))
        }
        _ => Failure::Exit(126, format!("`{program}` cannot be run: {error}")),
    }
}
