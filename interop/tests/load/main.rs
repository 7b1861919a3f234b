//! The facade loads from config-local, moto and MiniStack, and finds the same.

mod elsewhere;
mod failures;
mod places;

use bind_config::{Environment, LoadError};
use bind_config_interop::Store;

const APP: &str = "interop";
const STAGE: &str = "dev";
const FETCH: &str = "__FETCH_FROM_SSM__";

/// What a function has in its environment: where the store is, and `bound`.
fn environment(store: &Store, bound: &[(&str, &str)]) -> Environment {
    let own = bound.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    store.variables(APP, STAGE).into_iter().chain(own).collect()
}

/// The text of a failed start. Every value in these tests that must not be in it has `canary` in it.
#[track_caller]
fn report(error: &LoadError) -> String {
    let text = error.to_string();
    assert_eq!(format!("{error:?}"), text);
    assert!(!text.contains("canary"), "{text}");
    text
}

fn secret_path(name: &str) -> String {
    format!("/sst/{APP}/{STAGE}/Secret/{name}/value")
}

fn fallback_path(name: &str) -> String {
    format!("/sst/{APP}/.fallback/Secret/{name}/value")
}
