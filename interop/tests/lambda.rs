//! A real bootstrap in MiniStack: what the invoker reads.

use std::path::Path;

use bind_config_interop::{Store, lambda};
use serde_json::{Value, json};

const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_bootstrap");

/// What the infrastructure gives the function.
fn variables(store: &Store, stage: &str) -> Vec<(String, String)> {
    let mut variables = store.variables("interop", stage);
    for (name, value) in [
        ("SST_Secret_value_API_KEY", "__FETCH_FROM_SSM__"),
        ("SST_Secret_value_GREETING", "__FETCH_FROM_SSM__"),
        ("SST_Parameter_value_BATCH", "41"),
    ] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    variables
}

/// What was posted to `init/error`. MiniStack puts all of it into one message, as Python prints it.
#[track_caller]
fn report(store: &Store, payload: &Value) -> String {
    assert!(!store.log().contains("canary"), "{}", store.log());
    let message = payload["errorMessage"].as_str().unwrap_or_default();
    let report = message
        .strip_prefix("init error: {'errorMessage': '")
        .and_then(|rest| rest.strip_suffix("', 'errorType': 'BindConfig.LoadError', 'stackTrace': []}"))
        .unwrap_or_else(|| panic!("not a failed start: {payload}"));
    assert!(!report.contains("canary"), "{report}");
    report.replace("\\n", "\n")
}

#[tokio::test]
async fn an_invocation_answers_with_what_the_configuration_says() {
    let store = Store::ministack();
    store.secure("/sst/interop/dev/Secret/API_KEY/value", "key_0123456789").await;
    store.secure("/sst/interop/.fallback/Secret/GREETING/value", "Grüße").await;
    lambda::create(&store, "greeter", Path::new(BOOTSTRAP), &variables(&store, "dev"));

    let first = lambda::invoke(&store, "greeter", &json!({ "name": "Ada" }));
    let second = lambda::invoke(&store, "greeter", &json!({ "name": "Grace" }));

    assert_eq!(first.function_error, None);
    assert_eq!(first.payload, json!({ "greeting": "Grüße, Ada", "key_length": 14, "batch": 42, "stage": "dev" }));
    assert_eq!(second.payload["greeting"], "Grüße, Grace");
    assert!(!store.log().contains("key_0123456789"), "{}", store.log());
}

#[tokio::test]
async fn a_missing_secret_is_the_error_of_the_invocation() {
    let store = Store::ministack();
    store.secure("/sst/interop/dev/Secret/API_KEY/value", "key_canary").await;
    lambda::create(&store, "greeter", Path::new(BOOTSTRAP), &variables(&store, "dev"));

    let invoked = lambda::invoke(&store, "greeter", &json!({}));

    assert_eq!(invoked.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(
        report(&store, &invoked.payload),
        "\
the configuration could not be loaded (function `greeter`, app `interop`, stage `dev`, region `us-east-1`)

The following secrets were not found: GREETING
  GREETING: nothing is stored at
    /sst/interop/dev/Secret/GREETING/value
    /sst/interop/.fallback/Secret/GREETING/value  (the fallback, of this account and region)
    bind-config secrets set GREETING --stage dev"
    );
}

#[tokio::test]
async fn a_secret_that_is_set_after_a_failed_start_is_there_at_the_next() {
    let store = Store::ministack();
    store.secure("/sst/interop/dev/Secret/API_KEY/value", "key_0123456789").await;
    lambda::create(&store, "greeter", Path::new(BOOTSTRAP), &variables(&store, "dev"));

    let before = lambda::invoke(&store, "greeter", &json!({ "name": "Ada" }));
    store.secure("/sst/interop/dev/Secret/GREETING/value", "Hello").await;
    let after = lambda::invoke(&store, "greeter", &json!({ "name": "Ada" }));

    assert_eq!(before.function_error.as_deref(), Some("Unhandled"));
    assert_eq!((after.function_error, &after.payload["greeting"]), (None, &json!("Hello, Ada")));
}

#[tokio::test]
async fn a_binding_that_the_function_lacks_is_the_error_of_the_invocation() {
    let store = Store::ministack();
    store.secure("/sst/interop/dev/Secret/API_KEY/value", "key_canary").await;
    store.secure("/sst/interop/dev/Secret/GREETING/value", "Hello").await;
    let mut lacking = variables(&store, "dev");
    lacking.retain(|(name, _)| name != "SST_Parameter_value_BATCH" && name != "SST_Secret_value_API_KEY");
    lambda::create(&store, "greeter", Path::new(BOOTSTRAP), &lacking);

    let invoked = lambda::invoke(&store, "greeter", &json!({}));

    assert_eq!(invoked.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(
        report(&store, &invoked.payload),
        "\
the configuration could not be loaded (function `greeter`, app `interop`, stage `dev`, region `us-east-1`)

Config.API_KEY has not been set for this function.
  the environment has no SST_Secret_value_API_KEY
Config.BATCH has not been set for this function.
  the environment has no SST_Parameter_value_BATCH
  deploy `greeter` with what it binds, or run under `bind-config bind --stage dev -- COMMAND`
  (`cargo lambda deploy --env-var` without `--merge-env` removes every other variable)"
    );
}
