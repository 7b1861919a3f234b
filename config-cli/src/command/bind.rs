//! `bind`: a command, with the bound values in its environment. On Unix this process becomes that command.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Command;

use bind_config_manifest::name;

use super::asynchronous;
use crate::args::{Bind, Global};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::project::{Project, Variables};
use crate::resolve::{Resolved, bindings, resolve};
use crate::surroundings::Surroundings;
use crate::terminal::shown;

pub(super) fn run(args: Bind, context: &Context) -> Outcome {
    let project = context.project()?;
    let stage = context.stage(&project)?;
    let variables = project.variables(&stage.name, &context.surroundings)?;
    let function = args.function.as_deref();
    super::check::warn_of_stale_manifest(&project, context);
    warn_of_what_is_not_taken(&project, function, &variables, context)?;
    let resolved = asynchronous(resolve(context, &project, &stage.name, &variables, function))?;
    tell_overrides(&resolved, context);
    let mut arguments = args.command.into_iter();
    let program = arguments.next().unwrap_or_default();
    let mut command = Command::new(&program);
    command.args(arguments);
    // The bound values, and no others: neither those of a `bind` around this one nor those that a file has for other functions.
    for (name, _) in context.surroundings.variables().filter(|(name, _)| is_of_a_binding(name)) {
        command.env_remove(name);
    }
    command.envs(variables.of_files().filter(|(name, _)| !name::is_env_var(name)));
    command.env(name::ENV_APP, project.app()).env(name::ENV_STAGE, &stage.name);
    command.env(name::ENV_SSM_PREFIX, project.declaration.prefix(&stage.name));
    pass_on(&context.global, &context.surroundings, &mut command);
    let with_nul: Vec<String> =
        resolved.variables.iter().filter(|(_, value)| value.contains('\0')).map(|(name, _)| name.clone()).collect();
    command.envs(resolved.variables);
    become_it(command, &program, &with_nul)
}

/// A value that is not the stage's: somebody may have exported it long ago.
fn tell_overrides(resolved: &Resolved, context: &Context) {
    for (place, names) in [("an .env file", &resolved.of_files), ("the environment", &resolved.of_environment)] {
        if !names.is_empty() {
            context.terminal.note(&format!("from {place} instead of the stage: {}", names.join(", ")));
        }
    }
}

/// A value of the environment that is another stage's is not taken, which is told: somebody may have given it for this very run.
fn warn_of_what_is_not_taken(
    project: &Project,
    function: Option<&str>,
    variables: &Variables<'_>,
    context: &Context,
) -> Outcome {
    let all = bindings(project, function)?.into_iter().map(|(id, binding)| name::env_var(binding.kind, id));
    let not_taken: Vec<String> = all.filter(|name| variables.not_taken(name).is_some()).collect();
    if let Some(why) = not_taken.first().and_then(|name| variables.not_taken(name)) {
        context.terminal.warn(&format!("{why}, so these are not taken from there: {}", not_taken.join(", ")));
    }
    Ok(())
}

/// Whether it is the variable of some binding; a name that is no text cannot be bound, and may still begin like one.
fn is_of_a_binding(name: &OsStr) -> bool {
    name::is_env_var(&name.to_string_lossy())
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
        if surroundings.has(name::ENV_REGION) {
            command.env(name::ENV_REGION, region);
        }
    }
}

/// Credentials of the environment.
const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

#[cfg(unix)]
fn become_it(mut command: Command, program: &OsString, with_nul: &[String]) -> Outcome {
    use std::os::unix::process::CommandExt as _;

    Err(not_run(&command.exec(), program, with_nul))
}

#[cfg(not(unix))]
fn become_it(mut command: Command, program: &OsString, with_nul: &[String]) -> Outcome {
    let status = command.status().map_err(|error| not_run(&error, program, with_nul))?;
    std::process::exit(status.code().unwrap_or(1))
}

/// With the exit codes that shells and `env` have for it.
fn not_run(error: &io::Error, program: &OsString, with_nul: &[String]) -> Failure {
    let program = shown(&program.to_string_lossy());
    match error.kind() {
        io::ErrorKind::NotFound => Failure::Exit(127, format!("there is no command `{program}`")),
        io::ErrorKind::ArgumentListTooLong => {
            Failure::Exit(126, format!("`{program}` cannot be run: the values are too large for an environment"))
        }
        io::ErrorKind::InvalidInput => {
            let what =
                if with_nul.is_empty() { "an argument".to_owned() } else { format!("`{}`", with_nul.join("`, `")) };
            Failure::Exit(
                126,
                format!("`{program}` cannot be run: {what} has a NUL in it, which no process can be given"),
            )
        }
        _ => Failure::Exit(126, format!("`{program}` cannot be run: {error}")),
    }
}
