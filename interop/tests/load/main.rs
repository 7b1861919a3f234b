//! The facade loads from config-local, moto and MiniStack, and finds the same.

mod access;
mod elsewhere;
mod failures;
mod places;

use bind_config::{Environment, LoadError};
use bind_config_interop::Store;

mod shop {
    bind_config::bind_config!("bindings.json", function = "shop");
}

const APP: &str = "interop";
const STAGE: &str = "dev";
const FETCH: &str = "__FETCH_FROM_SSM__";

/// What becomes of an answer that is none of SSM's.
const UNREADABLE: &str = "the store's answers could not be read: cut off, not JSON, or not about all the names";
/// What the function `shop` binds.
const SHOP: [(&str, &str); 6] = [
    ("SST_Secret_value_API_KEY", FETCH),
    ("SST_Secret_value_DB_PASSWORD", FETCH),
    ("SST_Secret_value_LIMIT", FETCH),
    ("SST_Secret_value_SENTRY_DSN", FETCH),
    ("SST_Secret_value_session_key", FETCH),
    ("SST_Parameter_value_CATALOG", FETCH),
];

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
