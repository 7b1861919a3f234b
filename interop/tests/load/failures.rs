//! Starts that fail: the same report whatever the store is.

use bind_config::{Environment, LoadError};
use bind_config_interop::Store;

use crate::{SHOP, environment, fallback_path, report, secret_path, shop};

async fn failed(environment: &Environment) -> LoadError {
    shop::Config::load_from(environment).await.unwrap_err()
}

#[tokio::test]
async fn what_is_stored_nowhere_is_reported_with_what_was_tried_and_what_to_type() {
    for store in Store::all() {
        store.secure(&secret_path("LIMIT"), "5").await;
        store.secure(&fallback_path("DB_PASSWORD"), "a canary: this one has no fallback").await;

        let error = failed(&environment(&store, &SHOP)).await;

        assert_eq!(
            report(&error),
            "\
the configuration could not be loaded (function `shop`, app `interop`, stage `dev`, region `us-east-1`)

The following secrets were not found: API_KEY, DB_PASSWORD, session_key
  API_KEY: nothing is stored at
    /sst/interop/dev/Secret/API_KEY/value
    /sst/interop/.fallback/Secret/API_KEY/value  (the fallback, of this account and region)
    bind-config secrets set API_KEY --stage dev
  DB_PASSWORD: nothing is stored at
    /sst/interop/dev/Secret/DB_PASSWORD/value
    bind-config secrets set DB_PASSWORD --stage dev
  session_key: nothing is stored at
    /sst/interop/dev/Secret/session_key/value
    /sst/interop/.fallback/Secret/session_key/value  (the fallback, of this account and region)
    bind-config secrets set session_key --stage dev

The following parameters were not found: CATALOG
  CATALOG: nothing is stored at
    /sst/interop/dev/Parameter/CATALOG/value
    bind-config synth --stage dev --out DIR, and deploy",
            "{}",
            store.name()
        );
        assert!(!error.is_retryable(), "{}", store.name());
    }
}

#[tokio::test]
async fn values_of_the_wrong_type_and_shape_are_named_and_not_shown() {
    for store in Store::all() {
        store.secure(&secret_path("API_KEY"), "a canary without its prefix").await;
        store.secure(&secret_path("DB_PASSWORD"), "canary").await;
        store.secure(&fallback_path("LIMIT"), "65536canary").await;
        store.secure(&secret_path("session_key"), "canary").await;
        store.string("/sst/interop/dev/Parameter/CATALOG/value", "canary").await;

        let error = failed(&environment(&store, &SHOP)).await;

        assert_eq!(
            report(&error),
            "\
the configuration could not be loaded (function `shop`, app `interop`, stage `dev`, region `us-east-1`)

API_KEY: the value must start with `key_`
  it is version 1 of /sst/interop/dev/Secret/API_KEY/value: bind-config secrets set API_KEY --stage dev
LIMIT: the value must be a whole number from 0 to 65535 (u16)
  it is version 1 of /sst/interop/.fallback/Secret/LIMIT/value: bind-config secrets set LIMIT --fallback",
            "{}",
            store.name()
        );
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_asked() {
    for store in Store::all() {
        let variables = store.variables("interop", "dev").into_iter().filter(|(name, _)| !name.contains("KEY"));
        let bound = SHOP.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));

        let error = failed(&variables.chain(bound).collect()).await;

        assert_eq!(
            report(&error),
            "\
the configuration could not be loaded (function `shop`, app `interop`, stage `dev`, region `us-east-1`)

there are no AWS credentials: AWS_ACCESS_KEY_ID and \
AWS_SECRET_ACCESS_KEY are not set, and no container endpoint is named
  profiles (AWS_PROFILE), SSO, web identity (IRSA) and instance roles need the feature `aws-config`: `cargo add bind-config --features aws-config`; `bind-config bind` has it",
            "{}",
            store.name()
        );
    }
}

#[tokio::test]
async fn a_name_that_the_store_refuses_is_a_rejected_request_and_elsewhere_not_found() {
    for store in Store::all() {
        let mut bound = SHOP;
        bound[0].1 = "__FETCH_FROM_SSM__:no/first/slash";
        store.secure(&secret_path("DB_PASSWORD"), "canary").await;
        store.secure(&secret_path("LIMIT"), "5").await;
        store.secure(&secret_path("session_key"), "canary").await;
        store.string("/sst/interop/dev/Parameter/CATALOG/value", "canary").await;

        let text = report(&failed(&environment(&store, &bound)).await);

        // moto and MiniStack take any name: contract.md, "one malformed name fails the whole call".
        let expected = if store.name() == "config-local" {
            "the store refused the request: ValidationException"
        } else {
            "\n\nThe following secrets were not found: API_KEY\n  API_KEY: nothing is stored at\n    no/first/slash\n"
        };
        assert!(text.contains(expected), "{}: {text}", store.name());
    }
}
