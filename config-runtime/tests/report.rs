//! The report of a failed start, word for word, and what a program can ask it. Nothing here needs a store.

use bind_config_runtime::__private::{
    Binding, Bindings, Convert, FetchesNothing, Kind, Required, Scalar, Shape, Table, Type, Values, load_from, plain,
    secret_text,
};
use bind_config_runtime::{BindingKind, Environment, LoadError, Problem, ProblemKind, Secret};

struct Config {
    app: String,
    stage: String,
    key: Secret<str>,
    dsn: Option<Secret<str>>,
    level: String,
    max: u64,
}

const fn binding(name: &'static str, kind: Kind, ty: Type<'static>, convert: Convert) -> Binding {
    Binding { name, field: name, kind, ty, required: Required::Always, shape: Shape::ANY, convert }
}

const TEXT: Type<'static> = Type::Scalar(Scalar::String);

static TABLE: Table = Table {
    app: "orders",
    function: Some("api"),
    ssm_prefix: None,
    fingerprint: Some("0123456789abcdef0123456789abcdef"),
    without_fallback: &[],
    strict: true,
    bindings: &[
        Binding {
            shape: Shape { starts_with: Some("sk_"), ..Shape::ANY },
            ..binding("KEY", Kind::Secret, TEXT, secret_text)
        },
        binding("LEVEL", Kind::Parameter, Type::Enum(&["debug", "info"]), plain::<String>),
        binding("MAX", Kind::Parameter, Type::Scalar(Scalar::U64), plain::<u64>),
        Binding { required: Required::In(&["prod"]), ..binding("SENTRY_DSN", Kind::Secret, TEXT, secret_text) },
    ],
};

impl Bindings for Config {
    type Fetches = FetchesNothing;

    fn table() -> &'static Table {
        &TABLE
    }

    fn build(values: &mut Values) -> Self {
        Config {
            app: values.app(),
            stage: values.stage(),
            key: values.take(0),
            level: values.take(1),
            max: values.take(2),
            dsn: values.take_optional(3),
        }
    }
}

const GOOD: [(&str, &str); 5] = [
    ("SST_APP", "orders"),
    ("SST_STAGE", "dev"),
    ("SST_Secret_value_KEY", "sk_hunter2"),
    ("SST_Parameter_value_LEVEL", "info"),
    ("SST_Parameter_value_MAX", "25"),
];

/// The good environment, changed: an empty name removes nothing, a `None` removes the variable.
fn environment(changes: &[(&str, Option<&str>)]) -> Environment {
    let kept = GOOD.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)))).collect()
}

async fn failed(changes: &[(&str, Option<&str>)]) -> LoadError {
    load_from::<Config>(&environment(changes)).await.expect_err("it lacks something")
}

fn kinds(error: &LoadError) -> Vec<(Option<&'static str>, ProblemKind)> {
    error.problems().iter().map(|problem| (problem.name(), problem.kind().clone())).collect()
}

#[tokio::test]
async fn plain_values_need_no_store() {
    let config = load_from::<Config>(&environment(&[])).await.unwrap();

    assert_eq!((config.app.as_str(), config.stage.as_str()), ("orders", "dev"));
    assert_eq!((config.key.expose_secret(), config.level.as_str(), config.max), ("sk_hunter2", "info", 25));
    assert!(config.dsn.is_none());
    assert_eq!(
        config.sources().to_string(),
        "\
NAME        KIND       TYPE              SOURCE     PLACE
KEY         secret     string            env        SST_Secret_value_KEY
LEVEL       parameter  enum(debug|info)  env        SST_Parameter_value_LEVEL
MAX         parameter  u64               env        SST_Parameter_value_MAX
SENTRY_DSN  secret     string            not_set"
    );
    let json: serde_json::Value = serde_json::from_str(&config.sources().to_json()).unwrap();
    assert_eq!(
        json[0],
        serde_json::json!({ "name": "KEY", "binding": "KEY", "kind": "secret", "type": "string", "source": "env", "place": "SST_Secret_value_KEY", "version": null })
    );
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[tokio::test]
async fn outside_of_any_deployment_one_problem_says_it_all() {
    let error = load_from::<Config>(&Environment::default()).await.unwrap_err();

    assert_eq!(kinds(&error), [(None, ProblemKind::NoApp)]);
    assert_eq!((error.stage(), error.region(), error.function()), (None, None, Some("api")));
    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`)

SST_APP is not set, or empty: this is neither a deployed function nor a run under `bind-config bind`
  run under `bind-config bind --stage STAGE -- COMMAND`, or set SST_APP=orders and SST_STAGE=STAGE to see what else is missing"
    );
}

#[tokio::test]
async fn a_report_names_everything_at_once_in_its_order() {
    let error = failed(&[
        ("SST_STAGE", Some("prod")),
        ("SST_Secret_value_KEY", Some("pk_hunter2")),
        ("SST_Parameter_value_LEVEL", None),
        ("SST_Parameter_LEVEL", Some("info")),
        ("SST_Parameter_value_MAX", Some("many")),
        ("BIND_FINGERPRINT", Some("ffffffffffffffffffffffffffffffff")),
        ("AWS_REGION", Some("eu-west-1")),
        ("AWS_LAMBDA_FUNCTION_NAME", Some("orders-prod-api")),
    ])
    .await;

    assert_eq!(
        format!("{error:?}"),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `prod`, region `eu-west-1`)

the deployed bindings are not those this program was built with (BIND_FINGERPRINT is ffffffffffffffffffffffffffffffff, the program has 0123456789abcdef0123456789abcdef)
  run `bind-config synth`, build and deploy

Config.LEVEL has not been set for this function.
  the environment has no SST_Parameter_value_LEVEL (but SST_Parameter_LEVEL)
Config.SENTRY_DSN has not been set for this function.
  the environment has no SST_Secret_value_SENTRY_DSN
  deploy `api` with what it binds, or run under `bind-config bind --stage prod -- COMMAND`
  (`cargo lambda deploy --env-var` without `--merge-env` removes every other variable)

KEY: the value must start with `sk_`
  it is in SST_Secret_value_KEY: change it where that is set, in the deployment or in this shell
MAX: the value must be a whole number from 0 to 18446744073709551615 (u64)
  it is in SST_Parameter_value_MAX: change it where that is set, in the deployment or in this shell"
    );
    assert_eq!(error.to_string(), format!("{error:?}"));
    assert!(!error.is_retryable());
    // For a metric or a log line per problem.
    let words: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| (problem.name(), problem.binding_kind(), problem.kind().as_str()))
        .collect();
    assert_eq!(
        words,
        [
            (None, None, "other_bindings"),
            (Some("KEY"), Some(BindingKind::Secret), "wrong_shape"),
            (Some("LEVEL"), Some(BindingKind::Parameter), "not_set_for_function"),
            (Some("MAX"), Some(BindingKind::Parameter), "wrong_type"),
            (Some("SENTRY_DSN"), Some(BindingKind::Secret), "not_set_for_function"),
        ]
    );
}

#[tokio::test]
async fn another_apps_environment_says_so_first() {
    let error = failed(&[("SST_APP", Some("billing")), ("SST_Parameter_value_MAX", None)]).await;

    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `dev`)

this is the environment of another app: SST_APP is `billing`, this program was built for `orders`
  run under `bind-config bind --stage dev -- COMMAND` in the folder of `orders`

Config.MAX has not been set for this function.
  the environment has no SST_Parameter_value_MAX
  deploy `api` with what it binds, or run under `bind-config bind --stage dev -- COMMAND`"
    );
}

#[tokio::test]
async fn an_empty_app_or_stage_is_an_absent_one() {
    assert_eq!(kinds(&failed(&[("SST_STAGE", Some(""))]).await), [(None, ProblemKind::NoStage)]);
    assert_eq!(kinds(&failed(&[("SST_APP", Some(""))]).await), [(None, ProblemKind::NoApp)]);
    // Where there is a stage, somebody has begun to make an environment: what else is missing is said as well, sorted.
    let begun = [("SST_APP", None), ("SST_Parameter_value_MAX", None), ("SST_Parameter_value_LEVEL", None)];
    assert_eq!(
        kinds(&failed(&begun).await),
        [
            (None, ProblemKind::NoApp),
            (Some("LEVEL"), ProblemKind::NotSetForFunction),
            (Some("MAX"), ProblemKind::NotSetForFunction)
        ]
    );
}

#[tokio::test]
async fn an_empty_secret_variable_is_an_absent_one_and_an_empty_parameter_is_a_value() {
    for empty in ["", "__LITERAL__:"] {
        let error = failed(&[("SST_Secret_value_KEY", Some(empty))]).await;
        assert_eq!(kinds(&error), [(Some("KEY"), ProblemKind::NotSetForFunction)]);
        assert!(
            error.to_string().contains(
                "\n\nConfig.KEY has not been set for this function.\n  SST_Secret_value_KEY is empty, and a secret never is\n"
            ),
            "{error}"
        );
        assert_eq!(error.problems()[0].to_string(), "KEY: SST_Secret_value_KEY is empty, and a secret never is");
    }

    let expected = "one of `debug`, `info`".into();
    let error = failed(&[("SST_Parameter_value_LEVEL", Some(""))]).await;
    assert_eq!(kinds(&error), [(Some("LEVEL"), ProblemKind::WrongType { expected })]);
}

#[tokio::test]
async fn a_reference_takes_the_value_of_a_secret_that_is_bound_in_the_code_or_not() {
    let changes = [
        ("SST_Secret_value_KEY", Some("__FETCH_FROM_SECRET__:SHARED")),
        ("SST_Secret_value_SHARED", Some("sk_shared")),
    ];
    let config = load_from::<Config>(&environment(&changes)).await.unwrap();

    assert_eq!(config.key.expose_secret(), "sk_shared");
    assert_eq!(config.sources().field("KEY").unwrap().origin.place(), Some("SST_Secret_value_SHARED"));
}

#[tokio::test]
async fn the_name_in_a_reference_is_folded_as_every_name_is() {
    let changes = [
        ("SST_Secret_value_KEY", Some("__FETCH_FROM_SECRET__:shared-key")),
        ("SST_Secret_value_shared_key", Some("sk_shared")),
    ];
    let config = load_from::<Config>(&environment(&changes)).await.unwrap();

    assert_eq!(config.key.expose_secret(), "sk_shared");
}

#[tokio::test]
async fn a_reference_to_an_empty_secret_dangles_and_to_a_later_marker_is_unknown() {
    let dangling = ProblemKind::DanglingReference { target: "SHARED".to_owned() };
    for (shared, expected) in
        [("", dangling.clone()), ("__LITERAL__:", dangling), ("__SEALED__:hunter2", ProblemKind::UnknownMarker)]
    {
        let changes =
            [("SST_Secret_value_KEY", Some("__FETCH_FROM_SECRET__:SHARED")), ("SST_Secret_value_SHARED", Some(shared))];
        assert_eq!(kinds(&failed(&changes).await), [(Some("KEY"), expected)], "{shared}");
    }
}

#[tokio::test]
async fn references_do_not_dangle_and_do_not_chain() {
    let error = failed(&[("SST_Secret_value_KEY", Some("__FETCH_FROM_SECRET__:SHARED"))]).await;
    assert_eq!(kinds(&error), [(Some("KEY"), ProblemKind::DanglingReference { target: "SHARED".to_owned() })]);
    assert!(error.to_string().ends_with(
        "\n\nKEY: SST_Secret_value_KEY refers to the secret `SHARED`, which has not been set for this function\n  bind `SHARED` to the function as well"
    ));

    let chain = [
        ("SST_Secret_value_KEY", Some("__FETCH_FROM_SECRET__:SHARED")),
        ("SST_Secret_value_SHARED", Some("__FETCH_FROM_SECRET__:OTHER")),
        ("SST_Secret_value_OTHER", Some("sk_other")),
    ];
    let error = failed(&chain).await;
    assert_eq!(kinds(&error), [(Some("KEY"), ProblemKind::ChainedReference { target: "SHARED".to_owned() })]);
}

#[tokio::test]
async fn a_marker_of_a_later_version_is_refused_and_not_shown() {
    let error = failed(&[("SST_Secret_value_KEY", Some("__SEALED__:hunter2"))]).await;

    assert_eq!(kinds(&error), [(Some("KEY"), ProblemKind::UnknownMarker)]);
    assert!(!error.to_string().contains("SEALED") && !error.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_literal_is_the_value_behind_it() {
    let config =
        load_from::<Config>(&environment(&[("SST_Secret_value_KEY", Some("__LITERAL__:sk___FETCH_FROM_SSM__"))]))
            .await
            .unwrap();

    assert_eq!(config.key.expose_secret(), "sk___FETCH_FROM_SSM__");
}

#[tokio::test]
async fn another_fingerprint_is_an_error_where_the_program_is_strict_and_an_absent_one_is_nothing() {
    assert!(
        load_from::<Config>(&environment(&[("BIND_FINGERPRINT", Some("0123456789abcdef0123456789abcdef"))]))
            .await
            .is_ok()
    );
    let error = failed(&[("BIND_FINGERPRINT", Some("x"))]).await;

    let built = "0123456789abcdef0123456789abcdef";
    assert_eq!(kinds(&error), [(None, ProblemKind::OtherBindings { deployed: "x".to_owned(), built })]);
}

/// `cargo test -p bind-config-runtime --no-default-features --test report`
#[cfg(not(feature = "ssm"))]
#[tokio::test]
async fn without_the_feature_ssm_a_placeholder_is_a_problem_of_its_name() {
    let error = failed(&[("SST_Parameter_value_MAX", Some("__FETCH_FROM_SSM__"))]).await;

    assert_eq!(kinds(&error), [(Some("MAX"), ProblemKind::WithoutSsm)]);
    assert!(error.to_string().ends_with(
        "\n\nMAX: the value must be fetched, and this program was built without the feature `ssm` of bind-config\n  add the feature, or run under `bind-config bind`, which hands over values"
    ));
}

#[tokio::test]
async fn loading_before_a_snapshot_is_refused() {
    let error = failed(&[("AWS_LAMBDA_INITIALIZATION_TYPE", Some("snap-start"))]).await;

    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `dev`)

loading now would freeze the values into the SnapStart snapshot
  call `load_after_restore` of the static in the hook after restore"
    );
}

#[tokio::test]
async fn no_report_shows_a_value() {
    let canary = "hunter2-canary";
    for value in [
        canary.to_owned(),
        format!("__SEALED__:{canary}"),
        format!("\n{canary}"),
        format!("__FETCH_FROM_SSM__#{canary}"),
    ] {
        let changes =
            [("SST_Secret_value_KEY", Some(value.as_str())), ("SST_Parameter_value_MAX", Some(value.as_str()))];
        let error = failed(&changes).await;
        assert!(!format!("{error} {error:?} {:?}", error.problems()).contains(canary));
    }
}

#[test]
fn an_error_can_be_sent_shared_and_returned() {
    fn takes(_: impl std::error::Error + Clone + Send + Sync + 'static) {}
    fn of(error: LoadError) {
        takes(error);
    }
    let _ = of;
    let _: fn(&Problem) -> bool = Problem::is_retryable;
}
