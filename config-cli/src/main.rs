//! The tool of bind-config: from bind.toml to bindings.json, from a prompt to a restarted function.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

mod args;
mod command;
mod complete;
mod context;
mod declaration;
mod deployment;
mod dotenv;
mod failure;
mod functions;
mod interrupt;
mod inventory;
mod limits;
mod plan;
mod project;
mod report;
mod resolve;
mod store;
mod surroundings;
mod target;
mod terminal;
mod when;

fn main() -> ExitCode {
    // Where a shell asks for completions, it prints them and ends.
    clap_complete::CompleteEnv::with_factory(args::Cli::command).var(complete::VARIABLE).complete();
    // It holds values, which a core file would keep. What is run from here has its own say.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let arguments = args::with_help(std::env::args_os());
    let cli = args::Cli::try_parse_from(&arguments).unwrap_or_else(|error| {
        if error.use_stderr() && args::asks_for_json(&arguments) {
            terminal::last_report(&failure::Failure::usage(&error));
        }
        error.exit()
    });
    let surroundings = match surroundings::Surroundings::of_process() {
        Ok(surroundings) => surroundings,
        Err(error) => {
            let terminal = terminal::Terminal::new(false, false, &surroundings::Surroundings::default());
            terminal.error(&format!("the current folder cannot be read: {error}"));
            return ExitCode::from(2);
        }
    };
    let terminal = terminal::Terminal::new(cli.reports_json(), cli.global.quiet, &surroundings);
    let context = context::Context { global: cli.global, surroundings, terminal };
    match command::run(cli.command, &context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            context.terminal.failure(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
