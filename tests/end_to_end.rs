//! From the manifest to the field, through the macro, the environment and a store.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::process::{Command, Output};

use bind_config::{Environment, LoadError, ProblemKind};
use bind_config_local::{LocalSsm, NewParameter, Variables};

/// A type of the user's.
#[derive(Debug, PartialEq)]
pub(crate) struct Flags(Vec<String>);

impl std::str::FromStr for Flags {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains(' ') {
            Err(format!("`{text}` is no list of flags"))
        } else {
            Ok(Flags(text.split('+').map(str::to_owned).collect()))
        }
    }
}

mod api {
    use super::{BTreeMap, Flags};

    bind_config::bind_config!(#[allow(dead_code)] "tests/manifests/orders.json", function = "api", FLAGS: Flags, MAX_ITEMS: u32, PLANS: json(BTreeMap<String, u8>));
}

mod prefix {
    bind_config::bind_config!("tests/manifests/prefix.json", strict);
}

mod worker {
    bind_config::bind_config!("tests/manifests/orders.json", function = "worker");
}

fn store() -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_stage").unwrap();
    ssm.put_secret("orders", "dev", "PLANS", r#"{"basic":1,"large":9}"#).unwrap();
    ssm.put_fallback_secret("orders", "db-password", "fallback").unwrap();
    ssm
}

fn variables(ssm: &LocalSsm) -> Variables {
    ssm.variables("orders", "dev")
        .with("SST_Parameter_value_FLAGS", "a+b")
        .with("SST_Parameter_value_LOG_LEVEL", "debug")
        .with("SST_Parameter_value_MAX_ITEMS", "250")
        .with("SST_Parameter_value_QUEUE_URL", "https://queue")
        .with("SST_Secret_value_SENTRY_DSN", "__FETCH_FROM_SSM__")
}

fn environment(variables: Variables) -> Environment {
    variables.into_iter().collect()
}

#[tokio::test]
async fn each_field_has_its_own_type_and_its_own_value() {
    let ssm = store();

    let config = api::Config::load_from(&environment(variables(&ssm))).await.unwrap();

    assert_eq!((config.APP.as_str(), config.STAGE.as_str()), ("orders", "dev"));
    assert_eq!(config.FLAGS, Flags(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(config.LOG_LEVEL, api::LogLevel::Debug);
    assert_eq!(config.MAX_ITEMS, 250_u32);
    assert_eq!(config.PLANS.expose_secret().get("large"), Some(&9));
    assert!(config.SENTRY_DSN.is_none());
    assert_eq!(config.STRIPE_KEY.expose_secret(), "sk_stage");
    assert_eq!(config.db_password.as_ref().map(bind_config::Secret::expose_secret), Some("fallback"));
    assert_eq!(config.sources().field("db_password").unwrap().origin.as_str(), "fallback");
}

#[tokio::test]
async fn another_function_has_other_fields_of_the_same_store() {
    let ssm = store();

    let config = worker::Config::load_from(&environment(variables(&ssm))).await.unwrap();

    assert_eq!(config.QUEUE_URL, "https://queue");
    assert_eq!(config.STRIPE_KEY.expose_secret(), "sk_stage");
    assert_eq!(config.sources().fields().len(), 3);
}

#[tokio::test]
async fn the_manifests_type_holds_beside_the_programs_own() {
    let ssm = store();

    let error = |name: &str, value: &str| {
        let environment = environment(variables(&ssm).with(format!("SST_Parameter_value_{name}"), value));
        async move { api::Config::load_from(&environment).await.unwrap_err() }
    };

    assert_eq!(
        kind(&error("MAX_ITEMS", "501").await),
        &ProblemKind::WrongShape { rule: "must be at most 500".to_owned() }
    );
    let flags = error("FLAGS", "").await;
    assert_eq!(
        kind(&flags),
        &ProblemKind::WrongType { expected: "what `FromStr` of `end_to_end::Flags` accepts".into() }
    );
}

#[tokio::test]
async fn no_error_of_a_users_type_or_of_serde_gets_into_a_report() {
    let ssm = store();
    ssm.put(NewParameter::secure("/sst/orders/dev/Secret/PLANS/value", r#"{"basic":"hunter2"}"#)).unwrap();
    // `Flags` quotes what it refuses.
    let variables = variables(&ssm).with("SST_Parameter_value_FLAGS", "hunter2 ");

    let error = api::Config::load_from(&environment(variables)).await.unwrap_err();

    let text = format!("{error} {error:?} {:?}", error.problems());
    assert_eq!(error.problems().len(), 2, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("(it stops being that at line 1, column 18)"), "{text}");
}

#[tokio::test]
async fn what_the_manifest_says_of_places_stages_and_shapes_holds_at_the_start() {
    let ssm = LocalSsm::start().unwrap();
    let fetched = |stage| {
        ssm.variables("orders", stage)
            .with("SST_Secret_value_KEY", "__FETCH_FROM_SSM__")
            .with("SST_Secret_value_ONLY_PROD", "__FETCH_FROM_SSM__")
    };
    let put = |value: &str| {
        ssm.put(NewParameter::secure("/team/dev/orders/Secret/KEY/value", value)).unwrap();
    };

    put("good");
    let config = prefix::Config::load_from(&environment(fetched("dev"))).await.unwrap();
    assert_eq!((config.KEY.expose_secret(), config.ONLY_PROD.is_none()), ("good", true));

    let in_prod = prefix::Config::load_from(&environment(fetched("prod"))).await.unwrap_err();
    let missing = in_prod.problems().iter().map(|problem| problem.paths().len()).collect::<Vec<_>>();
    assert_eq!(missing, [1, 2]);
    assert_eq!((in_prod.function(), in_prod.app(), in_prod.stage()), (None, "orders", Some("prod")));
    assert_eq!(in_prod.region(), Some("us-east-1"));

    for value in ["ab", "abcdef"] {
        put(value);
        let misfit = prefix::Config::load_from(&environment(fetched("dev"))).await.unwrap_err();
        assert!(matches!(kind(&misfit), ProblemKind::WrongShape { .. }), "{misfit}");
    }

    put("good");
    let other = fetched("dev").with("BIND_FINGERPRINT", "0123");
    let strict = prefix::Config::load_from(&environment(other)).await.unwrap_err();
    assert!(matches!(kind(&strict), ProblemKind::OtherBindings { .. }), "{strict}");
    // It does not keep the rest from being looked at.
    let both = prefix::Config::load_from(&environment(fetched("prod").with("BIND_FINGERPRINT", "0123"))).await;
    assert_eq!(both.unwrap_err().problems().len(), 3);
}

#[tokio::test]
async fn a_secret_without_a_fallback_has_none_for_functions_that_only_refer_to_it() {
    let ssm = store();
    ssm.put_fallback_secret("orders", "ROOT_KEY", "of every stage").unwrap();
    let variables = variables(&ssm)
        .with("SST_Secret_value_ROOT_KEY", "__FETCH_FROM_SSM__")
        .with("SST_Parameter_value_QUEUE_URL", "__FETCH_FROM_SECRET__:ROOT_KEY");

    let error = worker::Config::load_from(&environment(variables)).await.unwrap_err();

    assert_eq!(kind(&error), &ProblemKind::NotFound);
    assert_eq!(error.problems()[0].paths(), ["/sst/orders/dev/Secret/ROOT_KEY/value"]);
}

fn kind(error: &LoadError) -> &ProblemKind {
    assert_eq!(error.problems().len(), 1, "{error}");
    error.problems()[0].kind()
}

#[tokio::test]
async fn handlers_are_tested_with_an_example() {
    fn handler(config: &worker::Config) -> String {
        format!("{} {}", config.LOG_LEVEL, config.STRIPE_KEY.expose_secret())
    }

    let config = worker::Config { STRIPE_KEY: "sk_test_1".into(), ..worker::Config::example() };

    assert_eq!(handler(&config), "info sk_test_1");
    assert_eq!((config.APP.as_str(), config.STAGE.as_str()), ("orders", "example"));
    assert!(worker::Config::example().STRIPE_KEY.expose_secret().starts_with("sk_"));
}

/// Runs a test of this binary again, as a process with the environment of a function. It passes.
fn in_process(test: &str, variables: Variables) -> Output {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env_clear()
        .envs(variables)
        .env("BIND_CONFIG_TEST_CHILD", test)
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // A name that no test has is a success too.
    assert!(output.status.success() && stdout.contains("ok. 1 passed"), "{stdout}\n{stderr}");
    output
}

#[expect(clippy::disallowed_methods, reason = "the harness of the test, not what it tests")]
fn is_child() -> bool {
    std::env::var_os("BIND_CONFIG_TEST_CHILD").is_some()
}

#[test]
fn a_static_is_loaded_from_the_process_and_read_from_anywhere() {
    if is_child() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(worker::CONFIG.load()).unwrap();
        std::thread::spawn(|| assert_eq!(worker::CONFIG.STRIPE_KEY.expose_secret(), "sk_stage")).join().unwrap();
        return;
    }
    let ssm = store();

    in_process("a_static_is_loaded_from_the_process_and_read_from_anywhere", variables(&ssm));
}

#[test]
fn other_bindings_in_the_deployment_are_one_warning() {
    if is_child() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let owned = runtime.block_on(worker::Config::load()).unwrap();
        assert_eq!(owned.QUEUE_URL, "https://queue");
        return;
    }
    let ssm = store();

    let output = in_process(
        "other_bindings_in_the_deployment_are_one_warning",
        variables(&ssm).with("BIND_FINGERPRINT", "0123"),
    );

    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let start = "warning: the deployed bindings are not those this program was built with (BIND_FINGERPRINT is 0123, ";
    assert_eq!(stderr.matches(start).count(), 1, "{stderr}");

    // The program's own is none, and an owned configuration comes from the same environment.
    let own = stderr.split_once("the program has ").unwrap().1.split(')').next().unwrap();
    let output =
        in_process("other_bindings_in_the_deployment_are_one_warning", variables(&ssm).with("BIND_FINGERPRINT", own));
    assert_eq!((output.status.success(), String::from_utf8(output.stderr).unwrap().as_str()), (true, ""));
}
