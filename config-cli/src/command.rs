//! The commands, a file each.

use crate::args::{Command, Local, Parameters, Secrets};
use crate::context::Context;
use crate::failure::Outcome;
use crate::interrupt;

mod bind;
mod check;
mod completions;
mod diff;
mod iam;
mod init;
mod local;
mod man;
mod parameters;
mod schema;
mod secrets;
mod show;
mod stage;
mod synth;

/// Runs a command.
pub(crate) fn run(command: Command, context: &Context) -> Outcome {
    match command {
        Command::Init(args) => init::run(&args, context),
        Command::Synth(args) => synth::run(&args, context),
        Command::Diff(args) => diff::run(&args, context),
        Command::Iam(args) => iam::run(&args, context),
        Command::Schema => schema::run(context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
        Command::Stage(args) => stage::run(args, context),
        Command::Local(Local::Path) => local::path(context),
        Command::Local(Local::Reset { yes }) => local::reset(yes, context),
        Command::Local(Local::Start { port }) => asynchronous(local::start(port, context)),
        Command::Check(args) => asynchronous(check::run(&args, context)),
        Command::Show(args) => asynchronous(show::run(&args, context)),
        Command::Bind(args) => bind::run(args, context),
        Command::Parameters(Parameters::List) => asynchronous(parameters::list(context)),
        Command::Secrets(command) => asynchronous(run_secrets(command, context)),
    }
}

async fn run_secrets(command: Secrets, context: &Context) -> Outcome {
    if !matches!(command, Secrets::Get(_) | Secrets::List(_) | Secrets::History(_)) {
        interrupt::before::listen();
    }
    match command {
        Secrets::Set(args) => secrets::set::run(args, context).await,
        Secrets::Get(args) => secrets::get::run(&args, context).await,
        Secrets::List(args) => secrets::list::run(&args, context).await,
        Secrets::Remove(args) => Box::pin(secrets::remove::run(&args, context)).await,
        Secrets::Load(args) => secrets::load::run(&args, context).await,
        Secrets::Edit(args) => Box::pin(secrets::edit::run(&args, context)).await,
        Secrets::History(args) => secrets::history::run(&args, context).await,
        Secrets::Rollback(args) => secrets::rollback::run(&args, context).await,
        Secrets::Copy(args) => secrets::copy::run(&args, context).await,
        Secrets::Restart(args) => secrets::restart::run(&args, context).await,
    }
}

/// One thread is enough: everything waits for the network.
pub(crate) fn asynchronous<T>(
    work: impl Future<Output = Result<T, crate::failure::Failure>>,
) -> Result<T, crate::failure::Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(crate::failure::Failure::io("no runtime could be started"))?;
    let outcome = runtime.block_on(work);
    // Nothing of it is waited for, DNS above all.
    runtime.shutdown_background();
    outcome
}
