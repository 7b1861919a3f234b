//! Loads against a store: where values are, how many there are, and everything that can go wrong on the way.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bindings;
mod credentials;
mod faults;
#[cfg(unix)]
mod freeze;
mod https;
mod places;
mod redaction;
mod static_config;
#[cfg(feature = "watch")]
mod watched;

use bind_config_local::{LocalSsm, Variables};
use bind_config_runtime::{Environment, LoadError, Loaded, ProblemKind};

use crate::bindings::Config;

const APP: &str = "orders";
const STAGE: &str = "dev";

fn store() -> LocalSsm {
    LocalSsm::start().expect("a loopback port is free")
}

fn environment(variables: Variables) -> Environment {
    variables.into_iter().collect()
}

async fn load(variables: Variables) -> Result<Loaded<Config>, LoadError> {
    bind_config_runtime::__private::load_from(&environment(variables)).await
}

/// The variables of the store, with one placeholder for every name that is bound.
fn variables(ssm: &LocalSsm) -> Variables {
    use bind_config_runtime::__private::{Bindings, Kind};

    let kind = |kind| if kind == Kind::Secret { "Secret" } else { "Parameter" };
    Config::table().bindings.iter().fold(ssm.variables(APP, STAGE), |variables, binding| {
        variables.with(format!("SST_{}_value_{}", kind(binding.kind), binding.name), "__FETCH_FROM_SSM__")
    })
}

fn kinds(error: &LoadError) -> Vec<(Option<&'static str>, ProblemKind)> {
    error.problems().iter().map(|problem| (problem.name(), problem.kind().clone())).collect()
}
