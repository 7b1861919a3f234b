//! `diff`: what a new manifest does to code that compiles today.

use crate::args::Diff;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

mod compare;
mod functions;
mod rename;
mod report;
mod source;

pub(crate) fn run(args: &Diff, context: &Context) -> Outcome {
    let old = source::read(args.old.as_deref().unwrap_or("HEAD"), context)?;
    let new = match &args.new {
        Some(new) => source::read(new, context)?,
        None => source::read_current(context)?,
    };
    let changes = compare::compare(&old, &new);
    report::print(&changes, args.markdown, context)?;
    match report::failure(&changes) {
        // For people the summary was the last line.
        Some(failure) => Err(if context.terminal.json { failure } else { Failure::Reported }),
        None => Ok(()),
    }
}
