//! `completions`: what a shell evaluates so that it asks this program what completes.

use clap_complete::env::Shells;

use crate::args::Completions;
use crate::complete::VARIABLE;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

pub(super) fn run(args: &Completions, context: &Context) -> Outcome {
    let shell = args.shell.to_string();
    let shells = Shells::builtins();
    let completer =
        shells.completer(&shell).ok_or_else(|| Failure::impossible(format!("no completions for {shell}")))?;
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, "bind_config", "bind-config", "bind-config", &mut script)
        .map_err(Failure::io("the completions"))?;
    context.terminal.data(&script)
}
