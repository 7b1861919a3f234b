//! `man`: the manual, made of the arguments' help.

use clap::CommandFactory as _;

use crate::args::{Cli, Man};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

pub(super) fn run(args: &Man, context: &Context) -> Outcome {
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(Failure::io("the page"))?;
        return context.terminal.data(&page);
    };
    let folder = context.surroundings.folder().join(folder);
    std::fs::create_dir_all(&folder).map_err(Failure::io(folder.display()))?;
    clap_mangen::generate_to(Cli::command(), &folder).map_err(Failure::io(folder.display()))?;
    context.terminal.note(&format!("the pages are in {}", folder.display()));
    Ok(())
}
