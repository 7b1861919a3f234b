//! `secrets restart`: what uses a secret starts anew, and nothing is set.

use bind_config_manifest::name;
use serde_json::json;

use super::Aftermath;
use crate::args::SecretsRestart;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::functions::Names;
use crate::interrupt::{AT_WORK, Interrupt};
use crate::store::{Purpose, Readers, readers};
use crate::target::Target;

pub(crate) async fn run(args: &SecretsRestart, context: &Context) -> Outcome {
    let target = Target::new(context, args.place)?;
    let ids = args.names.iter().map(|given| target.to_read(given)).collect::<Result<Vec<_>, _>>()?;
    let names: Names = ids.iter().map(|id| name::fold(id).into_owned()).collect();
    let store = target.open(context, Purpose::Read).await?;
    match readers(&store, context)? {
        Readers::Functions(_) => {}
        Readers::Nobody => return Err(Failure::impossible(LOCAL)),
        Readers::Nowhere => return Err(Failure::impossible(super::NOWHERE)),
    }
    let interrupt = Interrupt::listen(AT_WORK);
    let aftermath = Aftermath { context, target: &target, store: &store, names: &names, interrupt: &interrupt };
    aftermath.conclude(true, json!({ "names": ids }), "Nothing was set.").await
}

const LOCAL: &str = "no function starts from the local store: `--store ssm` means the deployed ones";
