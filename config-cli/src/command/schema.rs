//! `schema`: the JSON Schema of `bindings.json`.

use bind_config_manifest::json_schema;

use crate::context::Context;
use crate::failure::Outcome;

pub(crate) fn run(context: &Context) -> Outcome {
    context.terminal.data(json_schema().as_bytes())
}
