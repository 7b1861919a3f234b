//! Where values are, how many there are, and that each arrives as it was stored.

use bind_config_interop::Store;

use crate::{FETCH, SHOP, environment, fallback_path, secret_path, shop};

mod texts {
    bind_config::bind_config!("bindings.json", function = "texts");
}
mod eleven {
    bind_config::bind_config!(
        #[allow(dead_code)]
        "bindings.json",
        function = "eleven"
    );
}
mod many {
    bind_config::bind_config!(
        #[allow(dead_code)]
        "bindings.json",
        function = "many"
    );
}

#[tokio::test]
async fn values_come_from_the_stage_and_what_it_lacks_from_the_fallback() {
    for store in Store::all() {
        // Both; the stage; the fallback; nowhere, and it need not be.
        store.secure(&secret_path("API_KEY"), "key_stage").await;
        store.secure(&fallback_path("API_KEY"), "key_fallback").await;
        store.secure(&secret_path("DB_PASSWORD"), "first").await;
        store.secure(&secret_path("DB_PASSWORD"), "second").await;
        store.secure(&fallback_path("LIMIT"), "500").await;
        store.secure(&fallback_path("session_key"), "the same everywhere").await;
        store.string("/sst/interop/dev/Parameter/CATALOG/value", "large").await;

        let config = shop::Config::load_from(&environment(&store, &SHOP)).await.unwrap();

        let name = store.name();
        assert_eq!((config.APP.as_str(), config.STAGE.as_str()), ("interop", "dev"), "{name}");
        assert_eq!(config.API_KEY.expose_secret(), "key_stage", "{name}");
        assert_eq!(config.DB_PASSWORD.expose_secret(), "second", "{name}");
        assert_eq!(*config.LIMIT.expose_secret(), 500, "{name}");
        assert_eq!(config.session_key.expose_secret(), "the same everywhere", "{name}");
        assert_eq!(config.CATALOG, "large", "{name}");
        assert!(config.SENTRY_DSN.is_none(), "{name}");
        let origins: Vec<_> =
            config.sources().fields().iter().map(|field| (field.name, field.origin.as_str())).collect();
        assert_eq!(
            origins,
            [
                ("API_KEY", "stage"),
                ("CATALOG", "stage"),
                ("DB_PASSWORD", "stage"),
                ("LIMIT", "fallback"),
                ("SENTRY_DSN", "not_set"),
                ("session_key", "fallback"),
            ],
            "{name}"
        );
    }
}

#[tokio::test]
async fn eleven_secrets_and_23_arrive_each_with_its_own_value() {
    for store in Store::all() {
        let names: Vec<String> = (1..=23).map(|number| format!("S{number:02}")).collect();
        for name in &names {
            store.secure(&secret_path(name), &format!("value of {name}")).await;
        }
        let variables: Vec<String> = names.iter().map(|name| format!("SST_Secret_value_{name}")).collect();
        let bound: Vec<_> = variables.iter().map(|variable| (variable.as_str(), FETCH)).collect();

        let eleven = eleven::Config::load_from(&environment(&store, &bound[..11])).await.unwrap();
        let many = many::Config::load_from(&environment(&store, &bound)).await.unwrap();

        let name = store.name();
        assert_eq!(eleven.S01.expose_secret(), "value of S01", "{name}");
        assert_eq!(eleven.S11.expose_secret(), "value of S11", "{name}");
        assert_eq!(eleven.sources().fields().len(), 11, "{name}");
        for (secret, expected) in [
            (&many.S01, "value of S01"),
            (&many.S10, "value of S10"),
            (&many.S11, "value of S11"),
            (&many.S20, "value of S20"),
            (&many.S21, "value of S21"),
            (&many.S23, "value of S23"),
        ] {
            assert_eq!(secret.expose_secret(), expected, "{name}");
        }
    }
}

#[tokio::test]
async fn twenty_three_secrets_come_from_stage_and_fallback_in_turn() {
    for store in Store::all() {
        let names: Vec<String> = (1..=23).map(|number| format!("S{number:02}")).collect();
        for (at, name) in names.iter().enumerate() {
            let path = if at % 2 == 0 { secret_path(name) } else { fallback_path(name) };
            store.secure(&path, &format!("value of {name}")).await;
        }
        let variables: Vec<String> = names.iter().map(|name| format!("SST_Secret_value_{name}")).collect();
        let bound: Vec<_> = variables.iter().map(|variable| (variable.as_str(), FETCH)).collect();

        let many = many::Config::load_from(&environment(&store, &bound)).await.unwrap();

        let fields = many.sources().fields();
        for (at, field) in fields.iter().enumerate() {
            let expected = if at % 2 == 0 { "stage" } else { "fallback" };
            assert_eq!(field.origin.as_str(), expected, "{}: {}", store.name(), field.name);
        }
        assert_eq!(many.S22.expose_secret(), "value of S22", "{}", store.name());
        assert_eq!(many.S23.expose_secret(), "value of S23", "{}", store.name());
    }
}

#[tokio::test]
async fn texts_arrive_as_they_were_stored() {
    let values =
        ["key_ Grüße\r\n\t\"q\" \\ 🦀 \n", "-----BEGIN\nKEY-----\n", "__FETCH_FROM_SSM__", "a,b;c #d {\"e\": [1]}"];
    for store in Store::all() {
        store.secure(&secret_path("API_KEY"), values[0]).await;
        store.secure(&secret_path("DB_PASSWORD"), values[1]).await;
        // What comes out of the store is never interpreted.
        store.secure(&secret_path("GREETING"), values[2]).await;
        store.string("/sst/interop/dev/Parameter/CATALOG/value", values[3]).await;

        let bound = [
            ("SST_Secret_value_API_KEY", FETCH),
            ("SST_Secret_value_DB_PASSWORD", FETCH),
            ("SST_Secret_value_GREETING", FETCH),
            ("SST_Parameter_value_CATALOG", FETCH),
        ];
        let config = texts::Config::load_from(&environment(&store, &bound)).await.unwrap();

        let found = [
            config.API_KEY.expose_secret(),
            config.DB_PASSWORD.expose_secret(),
            config.GREETING.expose_secret(),
            config.CATALOG.as_str(),
        ];
        assert_eq!(found, values, "{}", store.name());
    }
}

#[tokio::test]
async fn a_prefix_of_the_environment_is_taken_verbatim_and_the_fallback_stays() {
    for store in Store::all() {
        store.secure("/shared/Secret/API_KEY/value", "key_shared").await;
        store.secure("/shared/Secret/DB_PASSWORD/value", "shared").await;
        store.secure(&fallback_path("GREETING"), "hello").await;

        let bound = [
            ("SST_SSM_PREFIX", "/shared/"),
            ("SST_Secret_value_API_KEY", FETCH),
            ("SST_Secret_value_DB_PASSWORD", FETCH),
            ("SST_Secret_value_GREETING", FETCH),
            ("SST_Parameter_value_CATALOG", "in the environment"),
        ];
        let config = texts::Config::load_from(&environment(&store, &bound)).await.unwrap();

        assert_eq!(config.API_KEY.expose_secret(), "key_shared", "{}", store.name());
        assert_eq!(config.DB_PASSWORD.expose_secret(), "shared", "{}", store.name());
        assert_eq!(config.GREETING.expose_secret(), "hello", "{}", store.name());
        assert_eq!(config.CATALOG, "in the environment", "{}", store.name());
    }
}
