//! Where values are: stage, fallback, elsewhere, nowhere; and that every value arrives as it was stored.

use bind_config_local::{NewParameter, Operation};
use bind_config_runtime::__private::{Binding, Required, Scalar, Shape, Type};
use bind_config_runtime::{Origin, ProblemKind};

use crate::bindings::{bind, bind_without_fallback, optional, parameter, secret};
use crate::{APP, STAGE, kinds, load, store, variables};

fn name(at: usize) -> String {
    format!("S{at:03}")
}

#[tokio::test]
async fn any_number_of_secrets_arrives_each_with_its_own_value() {
    for (count, requests) in [(0, 0), (1, 1), (5, 1), (10, 1), (11, 2), (23, 3), (200, 20)] {
        let ssm = store();
        bind((0..count).map(|at| secret(&name(at))).collect());
        for at in 0..count {
            ssm.put_secret(APP, STAGE, &name(at), format!("value {at}")).unwrap();
        }

        let config = load(variables(&ssm)).await.unwrap();

        for at in 0..count {
            assert_eq!(config.value(&name(at)), Some(format!("value {at}").as_str()));
        }
        assert_eq!(ssm.count(Operation::GetParameters), requests, "{count} secrets");
    }
}

#[tokio::test]
async fn what_the_stage_lacks_comes_from_the_fallback() {
    for (count, requests) in [(1, 1), (5, 1), (10, 2), (23, 5), (200, 30)] {
        let ssm = store();
        bind((0..count).map(|at| secret(&name(at))).collect());
        for at in 0..count {
            ssm.put_fallback_secret(APP, &name(at), format!("fallback {at}")).unwrap();
            if at % 2 == 1 {
                ssm.put_secret(APP, STAGE, &name(at), format!("stage {at}")).unwrap();
            }
        }

        let config = load(variables(&ssm)).await.unwrap();

        for at in 0..count {
            let expected = if at % 2 == 1 { format!("stage {at}") } else { format!("fallback {at}") };
            assert_eq!(config.value(&name(at)), Some(expected.as_str()));
            let origin = &config.sources().field(&name(at)).unwrap().origin;
            assert_eq!(origin.as_str(), if at % 2 == 1 { "stage" } else { "fallback" });
        }
        let half_up = |n: usize| n.div_ceil(2).div_ceil(10);
        let expected = if count <= 5 { 1 } else { count.div_ceil(10) + half_up(count) };
        assert_eq!((ssm.count(Operation::GetParameters), expected), (requests, requests), "{count} secrets");
    }
}

#[tokio::test]
async fn what_is_stored_nowhere_is_reported_with_what_was_tried_and_what_to_type() {
    let ssm = store();
    bind_without_fallback(
        vec![secret("STRIPE_KEY"), secret("DB_PASSWORD"), parameter("BIG"), secret("THERE")],
        vec!["DB_PASSWORD"],
    );
    ssm.put_secret(APP, STAGE, "THERE", "x").unwrap();

    let error = load(variables(&ssm)).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `dev`, region `us-east-1`)

The following secrets were not found: DB_PASSWORD, STRIPE_KEY
  DB_PASSWORD: nothing is stored at
    /sst/orders/dev/Secret/DB_PASSWORD/value
    bind-config secrets set DB_PASSWORD --stage dev
  STRIPE_KEY: nothing is stored at
    /sst/orders/dev/Secret/STRIPE_KEY/value
    /sst/orders/.fallback/Secret/STRIPE_KEY/value  (the fallback, of this account and region)
    bind-config secrets set STRIPE_KEY --stage dev

The following parameters were not found: BIG
  BIG: nothing is stored at
    /sst/orders/dev/Parameter/BIG/value
    bind-config synth --stage dev --out DIR, and deploy"
    );
    let stripe = &error.problems()[2];
    assert_eq!((stripe.name(), stripe.kind()), (Some("STRIPE_KEY"), &ProblemKind::NotFound));
    assert_eq!(
        stripe.paths(),
        ["/sst/orders/dev/Secret/STRIPE_KEY/value", "/sst/orders/.fallback/Secret/STRIPE_KEY/value"]
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_optional_binding_without_a_value_is_none() {
    let ssm = store();
    bind(vec![optional(secret("A")), optional(secret("B")), optional(parameter("C"))]);

    let config = load(ssm.variables(APP, STAGE).with("SST_Secret_value_A", "__FETCH_FROM_SSM__")).await.unwrap();

    assert_eq!(config.0, [None, None, None]);
    assert!(config.sources().fields().iter().all(|field| field.origin == Origin::NotSet));
}

#[tokio::test]
async fn a_binding_is_required_in_the_stages_that_the_manifest_lists() {
    let ssm = store();
    bind(vec![Binding { required: Required::In(&["prod", "staging"]), ..secret("DSN") }]);

    assert_eq!(load(variables(&ssm)).await.unwrap().0, [None]);
    let error = load(variables(&ssm).with("SST_STAGE", "prod")).await.unwrap_err();

    assert_eq!(kinds(&error), [(Some("DSN"), ProblemKind::NotFound)]);
}

#[tokio::test]
async fn a_value_that_lives_elsewhere_is_taken_from_there_without_a_fallback() {
    let ssm = store();
    bind(vec![
        secret("BY_NAME"),
        secret("BY_ARN"),
        secret("MANAGED"),
        secret("ONE_KEY"),
        secret("VERSIONED"),
        parameter("SHARED"),
    ]);
    ssm.put(NewParameter::secure("/team/key", "by name")).unwrap();
    ssm.put(NewParameter::secure("/team/other", "by arn")).unwrap();
    ssm.put(NewParameter::string("plain", "without a slash")).unwrap();
    ssm.put(NewParameter::secure("/team/v", "one")).unwrap();
    ssm.put(NewParameter::secure("/team/v", "two")).unwrap();
    ssm.put_managed_secret("db", r#"{"username":"u","password":"p#w"}"#).unwrap();
    let from = |place: &str| format!("__FETCH_FROM_SSM__:{place}");

    let variables = variables(&ssm)
        .with("SST_Secret_value_BY_NAME", from("/team/key"))
        .with("SST_Secret_value_BY_ARN", from("arn:aws:ssm:us-east-1:123456789012:parameter/team/other"))
        .with("SST_Secret_value_MANAGED", from("/aws/reference/secretsmanager/db"))
        .with("SST_Secret_value_ONE_KEY", from("/aws/reference/secretsmanager/db#password"))
        .with("SST_Secret_value_VERSIONED", from("/team/v:1"))
        .with("SST_Parameter_value_SHARED", from("plain"));
    let config = load(variables).await.unwrap();

    assert_eq!(config.value("BY_NAME"), Some("by name"));
    assert_eq!(config.value("BY_ARN"), Some("by arn"));
    assert_eq!(config.value("MANAGED"), Some(r#"{"username":"u","password":"p#w"}"#));
    assert_eq!(config.value("ONE_KEY"), Some("p#w"));
    assert_eq!(config.value("VERSIONED"), Some("one"));
    assert_eq!(config.value("SHARED"), Some("without a slash"));
    let origin = &config.sources().field("BY_NAME").unwrap().origin;
    assert_eq!(origin, &Origin::Elsewhere { path: "/team/key".to_owned(), version: 1 });
    let rows: serde_json::Value = serde_json::from_str(&config.sources().to_json()).unwrap();
    let row = rows.as_array().unwrap().iter().find(|row| row["name"] == "BY_NAME").unwrap();
    assert_eq!((&row["place"], &row["version"]), (&"/team/key".into(), &1.into()));
}

#[tokio::test]
async fn what_is_not_elsewhere_is_reported_with_the_place() {
    let ssm = store();
    bind(vec![secret("A"), secret("EMPTY"), secret("KEY"), secret("TEXT")]);
    ssm.put_managed_secret("db", r#"{"username":"u","port":1,"password":""}"#).unwrap();
    ssm.put(NewParameter::secure("/text", "hunter2")).unwrap();
    ssm.put_fallback_secret(APP, "A", "never taken").unwrap();

    let variables = variables(&ssm)
        .with("SST_Secret_value_A", "__FETCH_FROM_SSM__:/nowhere")
        .with("SST_Secret_value_EMPTY", "__FETCH_FROM_SSM__:/aws/reference/secretsmanager/db#password")
        .with("SST_Secret_value_KEY", "__FETCH_FROM_SSM__:/aws/reference/secretsmanager/db#port")
        .with("SST_Secret_value_TEXT", "__FETCH_FROM_SSM__:/text#key");
    let error = load(variables).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `dev`, region `us-east-1`)

The following secrets were not found: A
  A: nothing is stored at
    /nowhere
    store it there, or have SST_Secret_value_A name another place

EMPTY: the value is empty, and a secret never is
  it is version 0 of /aws/reference/secretsmanager/db
KEY: the value is not a JSON object with a string under `port`
  it is version 0 of /aws/reference/secretsmanager/db
TEXT: the value is not a JSON object with a string under `key`
  it is version 1 of /text"
    );
}

#[tokio::test]
async fn a_reference_takes_what_the_store_has_for_its_secret() {
    let ssm = store();
    bind(vec![secret("A"), parameter("B")]);
    ssm.put_fallback_secret(APP, "SHARED", "shared value").unwrap();

    let variables = ssm
        .variables(APP, STAGE)
        .with("SST_Secret_value_A", "__FETCH_FROM_SECRET__:SHARED")
        .with("SST_Parameter_value_B", "__FETCH_FROM_SECRET__:SHARED");
    let config = load(variables).await.unwrap();

    assert_eq!((config.value("A"), config.value("B")), (Some("shared value"), Some("shared value")));
    assert_eq!(ssm.count(Operation::GetParameters), 1);
}

#[tokio::test]
async fn a_reference_to_what_is_stored_nowhere_says_which_secret_to_set() {
    let ssm = store();
    bind(vec![secret("A"), parameter("B")]);

    let variables = variables(&ssm)
        .with("SST_Secret_value_A", "__FETCH_FROM_SECRET__:SHARED")
        .with("SST_Parameter_value_B", "__FETCH_FROM_SECRET__:SHARED")
        .with("SST_Secret_value_SHARED", "__FETCH_FROM_SSM__");
    let error = load(variables).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `dev`, region `us-east-1`)

The following secrets were not found: A
  A: nothing is stored at
    /sst/orders/dev/Secret/SHARED/value
    /sst/orders/.fallback/Secret/SHARED/value  (the fallback, of this account and region)
    bind-config secrets set SHARED --stage dev

The following parameters were not found: B
  B: nothing is stored at
    /sst/orders/dev/Secret/SHARED/value
    /sst/orders/.fallback/Secret/SHARED/value  (the fallback, of this account and region)
    bind-config secrets set SHARED --stage dev"
    );
}

#[tokio::test]
async fn every_text_arrives_as_it_was_stored() {
    let large = "é".repeat(2_048);
    let texts = [
        "ünïcödé 🦀",
        "two\nlines",
        "crlf\r\n",
        " blank edges ",
        "tab\t",
        "\u{feff}bom",
        "a\u{0}b",
        "quote\"'`$HOME\\n",
        "__FETCH_FROM_SSM__",
        "__FETCH_FROM_SECRET__:A",
        "__LITERAL__:x",
        "__SEALED__",
        "null",
        "{\"a\":1}",
        large.as_str(),
    ];
    for text in texts {
        let ssm = store();
        bind(vec![secret("A")]);
        ssm.put_secret(APP, STAGE, "A", text).unwrap();

        let config = load(variables(&ssm)).await.unwrap();

        assert_eq!(config.value("A"), Some(text));
    }
}

#[tokio::test]
async fn a_custom_prefix_is_taken_verbatim_and_the_fallback_stays_where_it_is() {
    let ssm = store();
    bind(vec![secret("A"), secret("B")]);
    ssm.put(NewParameter::secure("/custom/preSecret/A/value", "a")).unwrap();
    ssm.put_fallback_secret(APP, "B", "b").unwrap();

    let config = load(variables(&ssm).with("SST_SSM_PREFIX", "/custom/pre")).await.unwrap();

    assert_eq!((config.value("A"), config.value("B")), (Some("a"), Some("b")));
}

#[tokio::test]
async fn a_stored_value_that_does_not_fit_names_its_place_and_version() {
    let ssm = store();
    bind(vec![
        Binding { ty: Type::Scalar(Scalar::U16), ..secret("PORT") },
        Binding { shape: Shape { starts_with: Some("sk_"), ..Shape::ANY }, ..secret("STRIPE_KEY") },
    ]);
    ssm.put_fallback_secret(APP, "PORT", "hunter2").unwrap();
    ssm.put_secret(APP, STAGE, "STRIPE_KEY", "sk_old").unwrap();
    ssm.put(NewParameter::secure("/sst/orders/dev/Secret/STRIPE_KEY/value", "hunter2")).unwrap();

    let error = load(variables(&ssm)).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `dev`, region `us-east-1`)

PORT: the value must be a whole number from 0 to 65535 (u16)
  it is version 1 of /sst/orders/.fallback/Secret/PORT/value: bind-config secrets set PORT --fallback
STRIPE_KEY: the value must start with `sk_`
  it is version 2 of /sst/orders/dev/Secret/STRIPE_KEY/value: bind-config secrets set STRIPE_KEY --stage dev"
    );
}

#[tokio::test]
async fn a_reference_takes_no_fallback_that_its_secret_does_not_have() {
    let ssm = store();
    bind(vec![parameter("URL")]);
    ssm.put_fallback_secret(APP, crate::bindings::APART, "of every stage").unwrap();

    let variables = variables(&ssm)
        .with("SST_Secret_value_APART", "__FETCH_FROM_SSM__")
        .with("SST_Parameter_value_URL", "__FETCH_FROM_SECRET__:APART");
    let error = load(variables).await.unwrap_err();

    assert_eq!(kinds(&error), [(Some("URL"), ProblemKind::NotFound)]);
    assert_eq!(error.problems()[0].paths(), ["/sst/orders/dev/Secret/APART/value"]);
}

#[tokio::test]
async fn a_name_of_one_level_is_found_with_and_without_its_slash() {
    let ssm = store();
    bind(vec![secret("A"), secret("B")]);
    ssm.put(NewParameter::secure("/ONE", "one")).unwrap();
    ssm.put(NewParameter::secure("TWO", "two")).unwrap();

    let variables = variables(&ssm)
        .with("SST_Secret_value_A", "__FETCH_FROM_SSM__:ONE")
        .with("SST_Secret_value_B", "__FETCH_FROM_SSM__:/TWO");
    let config = load(variables).await.unwrap();

    assert_eq!((config.value("A"), config.value("B")), (Some("one"), Some("two")));
}

#[tokio::test]
async fn nothing_is_asked_in_the_environment_of_another_app() {
    let ssm = store();
    bind(vec![secret("A")]);

    let error = load(variables(&ssm).with("SST_APP", "billing")).await.unwrap_err();

    let other = ProblemKind::OtherApp { found: "billing".to_owned(), built: APP };
    assert_eq!(kinds(&error), [(None, other)]);
    assert_eq!(ssm.count(Operation::GetParameters), 0);
}

#[tokio::test]
async fn an_empty_parameter_under_a_key_is_a_value() {
    let ssm = store();
    bind(vec![parameter("P")]);
    ssm.put(NewParameter::string("/json", r#"{"empty":""}"#)).unwrap();

    let variables = variables(&ssm).with("SST_Parameter_value_P", "__FETCH_FROM_SSM__:/json#empty");
    assert_eq!(load(variables).await.unwrap().value("P"), Some(""));
}

#[tokio::test]
async fn the_value_of_a_referenced_secret_is_changed_at_that_secret() {
    let ssm = store();
    bind(vec![Binding { ty: Type::Scalar(Scalar::U16), ..secret("PORT") }]);
    ssm.put_fallback_secret(APP, "SHARED", "hunter2").unwrap();

    let variables = variables(&ssm)
        .with("SST_Secret_value_PORT", "__FETCH_FROM_SECRET__:SHARED")
        .with("SST_Secret_value_SHARED", "__FETCH_FROM_SSM__");
    let error = load(variables).await.unwrap_err();

    let expected =
        "\n  it is version 1 of /sst/orders/.fallback/Secret/SHARED/value: bind-config secrets set SHARED --fallback";
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[tokio::test]
async fn problems_are_sorted_by_name_wherever_they_are_found() {
    let ssm = store();
    bind(vec![secret("A"), secret("B"), secret("C")]);

    let variables = variables(&ssm).with("SST_Secret_value_B", "").with("SST_Secret_value_C", "__SEALED__:x");
    let error = load(variables).await.unwrap_err();

    let names: Vec<_> = error.problems().iter().map(|problem| problem.name().unwrap()).collect();
    assert_eq!(names, ["A", "B", "C"]);
}

#[tokio::test]
async fn a_reference_to_what_is_fetched_is_folded_too() {
    let ssm = store();
    bind(vec![parameter("URL")]);
    ssm.put_secret(APP, STAGE, "shared_key", "value").unwrap();

    let variables = variables(&ssm)
        .with("SST_Parameter_value_URL", "__FETCH_FROM_SECRET__:shared-key")
        .with("SST_Secret_value_shared_key", "__FETCH_FROM_SSM__");
    assert_eq!(load(variables).await.unwrap().value("URL"), Some("value"));
}
