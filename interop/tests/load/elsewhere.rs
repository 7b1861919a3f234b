//! Values that live elsewhere, and references.

use bind_config::{LoadError, Loaded};
use bind_config_interop::Store;

use crate::{FETCH, UNREADABLE, environment, report, secret_path};

bind_config::bind_config!("bindings.json", function = "texts");

async fn load(store: &Store, api_key: &str, greeting: &str) -> Result<Loaded<Config>, LoadError> {
    let bound = [
        ("SST_Secret_value_API_KEY", api_key),
        ("SST_Secret_value_DB_PASSWORD", FETCH),
        ("SST_Secret_value_GREETING", greeting),
        ("SST_Parameter_value_CATALOG", "__FETCH_FROM_SSM__:shared"),
    ];
    store.string("shared", "without a slash").await;
    store.secure(&secret_path("DB_PASSWORD"), "password").await;
    Config::load_from(&environment(store, &bound)).await
}

#[tokio::test]
async fn a_name_an_arn_a_key_and_a_reference_lead_to_a_value() {
    for store in Store::all() {
        store.secure("/team/key", "key_of_the_team").await;
        store.secure("/team/json", r#"{ "user": "u", "greeting": "hi \"there\"" }"#).await;

        let by_name =
            load(&store, "__FETCH_FROM_SSM__:/team/key", "__FETCH_FROM_SSM__:/team/json#greeting").await.unwrap();
        let arn = "__FETCH_FROM_SSM__:arn:aws:ssm:us-east-1:123456789012:parameter/team/key";
        let by_arn = load(&store, arn, "__FETCH_FROM_SECRET__:DB_PASSWORD").await.unwrap();

        let name = store.name();
        assert_eq!(by_name.API_KEY.expose_secret(), "key_of_the_team", "{name}");
        assert_eq!(by_name.GREETING.expose_secret(), "hi \"there\"", "{name}");
        assert_eq!(by_name.CATALOG, "without a slash", "{name}");
        assert_eq!(by_name.sources().field("API_KEY").unwrap().origin.as_str(), "elsewhere", "{name}");
        assert_eq!(by_arn.API_KEY.expose_secret(), "key_of_the_team", "{name}");
        assert_eq!(by_arn.GREETING.expose_secret(), "password", "{name}");
        assert_eq!(by_arn.DB_PASSWORD.expose_secret(), "password", "{name}");
    }
}

#[tokio::test]
async fn what_is_not_elsewhere_is_reported_with_the_place_and_no_fallback() {
    for store in Store::all() {
        store.secure("/sst/interop/.fallback/Secret/API_KEY/value", "key_canary").await;
        store.secure("/team/json", r#"{ "user": "canary", "greeting": 5 }"#).await;

        let error =
            load(&store, "__FETCH_FROM_SSM__:/team/other", "__FETCH_FROM_SSM__:/team/json#greeting").await.unwrap_err();

        assert_eq!(
            report(&error),
            "\
the configuration could not be loaded (function `texts`, app `interop`, stage `dev`, region `us-east-1`)

The following secrets were not found: API_KEY
  API_KEY: nothing is stored at
    /team/other
    store it there, or have SST_Secret_value_API_KEY name another place

GREETING: the value is not a JSON object with a string under `greeting`
  it is version 1 of /team/json",
            "{}",
            store.name()
        );
    }
}

#[tokio::test]
async fn a_version_is_selected_where_the_store_says_that_it_was() {
    for store in Store::all() {
        store.secure("/team/versioned", "key_one").await;
        store.secure("/team/versioned", "key_two").await;

        let loaded = load(&store, "__FETCH_FROM_SSM__:/team/versioned:1", "__FETCH_FROM_SSM__:/team/versioned").await;

        // moto gives the version and does not say so: contract.md, "versions are selected".
        if store.name() == "moto" {
            assert!(report(&loaded.unwrap_err()).contains(UNREADABLE));
        } else {
            let config = loaded.unwrap();
            assert_eq!(config.API_KEY.expose_secret(), "key_one", "{}", store.name());
            assert_eq!(config.GREETING.expose_secret(), "key_two", "{}", store.name());
        }
    }
}

#[tokio::test]
async fn a_secret_of_secrets_manager_is_read_where_the_store_has_it() {
    for store in Store::all() {
        store.managed_secret("partner", r#"{ "key": "key_managed" }"#);
        let place = "__FETCH_FROM_SSM__:/aws/reference/secretsmanager/partner#key";

        let loaded = load(&store, place, "__FETCH_FROM_SECRET__:DB_PASSWORD").await;

        // Neither of the others does what AWS does: contract.md, "a secret of Secrets Manager has a name here".
        match store.name() {
            "config-local" => assert_eq!(loaded.unwrap().API_KEY.expose_secret(), "key_managed"),
            "moto" => assert!(report(&loaded.unwrap_err()).contains(UNREADABLE)),
            _ => assert!(report(&loaded.unwrap_err()).contains("The following secrets were not found: API_KEY\n")),
        }
    }
}
