//! How far a restart reaches: versions, stages that inherit, removals, and which Lambda is asked.

use bind_config_local::LocalSsm;

use super::{CANARY, SET, UPDATE, api, bound, is_of_lambda, lambda, plain, put, set, set_with, table};
use crate::app::{App, ORDERS};

#[test]
fn what_was_published_is_named_with_what_to_do() {
    let ssm = lambda([
        api("alias").version("1").version("2").alias("live", "2").alias("next", "1").alias("head", "$LATEST"),
        api("latest").alias("head", "$LATEST"),
        api("old").version("1"),
        api("snap").version("1").snap_start(),
        api("snapless").snap_start(),
        api("warm").version("1").alias("live", "1").provisioned_concurrency("live", 2),
        api("warmer").version("7").provisioned_concurrency("7", 1),
    ]);
    // More than a page of aliases.
    put(&ssm, [(0..60).fold(api("many").version("1"), |function, at| function.alias(format!("a{at:02}"), "1"))]);

    let said = app_json(&ssm);

    let move_to = |aliases: &str| {
        format!("its published versions keep the old value: publish a new one and move {aliases} to it")
    };
    let warm = |of: &str| {
        format!(
            "the instances that provisioned concurrency keeps for `{of}` have the old value until a new version is published"
        )
    };
    let many: Vec<String> = (0..60).map(|at| format!("`a{at:02}` (version 1)")).collect();
    let expected: Vec<(&str, Vec<String>)> = vec![
        ("orders-dev-alias", vec![move_to("`live` (version 2), `next` (version 1)")]),
        ("orders-dev-latest", vec![]),
        ("orders-dev-many", vec![move_to(&many.join(", "))]),
        ("orders-dev-old", vec![]),
        (
            "orders-dev-snap",
            vec!["it uses SnapStart, which starts from a snapshot of a version: publish a new one".to_owned()],
        ),
        ("orders-dev-snapless", vec![]),
        ("orders-dev-warm", vec![move_to("`live` (version 1)"), warm("live")]),
        ("orders-dev-warmer", vec![warm("7")]),
    ];
    let found: Vec<(&str, Vec<String>)> = said["restarts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert_eq!(row["result"], "restarted");
            (row["function"].as_str().unwrap(), serde_json::from_value(row["remarks"].clone()).unwrap())
        })
        .collect();
    assert_eq!(found, expected);
}

fn app_json(ssm: &LocalSsm) -> serde_json::Value {
    let said = App::on(ssm, ORDERS).run("secrets restart STRIPE_KEY --stage dev --json".split(' '));
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn the_fallback_restarts_the_functions_of_every_stage_that_inherits_it_and_no_others() {
    let of = |stage: &str, secrets: &[&str]| bound("orders", stage, "api", secrets);
    let elsewhere = bound("orders", "own", "elsewhere", &[])
        .variable("SST_Secret_value_KEY", "__FETCH_FROM_SSM__:/sst/orders/.fallback/Secret/STRIPE_KEY/value");
    let ssm = lambda([
        of("alice", &["STRIPE_KEY"]),
        of("bob", &["STRIPE_KEY"]),
        of("own", &["STRIPE_KEY"]),
        of("unbound", &["PLAIN"]),
        elsewhere,
        bound("orders", "custom", "api", &["STRIPE_KEY"]).variable("SST_SSM_PREFIX", "/custom/"),
        bound("orders", "customised", "api", &["STRIPE_KEY"]).variable("SST_SSM_PREFIX", "/customised/"),
        bound("shop", "alice", "api", &["STRIPE_KEY"]),
    ]);
    ssm.put_secret("orders", "own", "STRIPE_KEY", "sk_own_value").unwrap();
    ssm.put(bind_config_local::NewParameter::secure("/customised/Secret/STRIPE_KEY/value", "sk_own_value")).unwrap();
    // Whether a stage has a value is all that is asked of it.
    ssm.put(bind_config_local::NewParameter::secure("/sst/orders/bob/Secret/PLAIN/value", "canary")).unwrap();

    let said = set_with(&App::on(&ssm, ORDERS), &["--fallback"]);

    let rows = [
        ("orders-alice-api", "alice", "restarted"),
        ("orders-bob-api", "bob", "restarted"),
        ("orders-custom-api", "custom", "restarted"),
        ("orders-own-elsewhere", "own", "restarted"),
    ];
    let note = "`STRIPE_KEY` is set (version 1) in the fallback of `orders`, SSM at ENDPOINT.\n";
    assert_eq!(plain(&ssm, said), (0, table(&rows), note.to_owned()));
    assert_eq!(ssm.count(UPDATE), 4);
}

#[test]
fn a_secret_without_a_fallback_has_none_to_set() {
    let ssm = lambda([bound("orders", "dev", "api", &["db_password"])]);
    let app = App::on(&ssm, ORDERS);

    for (stdin, arguments) in [(&b"canary"[..], "set"), (b"", "restart")] {
        let said = app.run_with(stdin, ["secrets", arguments, "db-password", "--fallback"]);
        let why = "error: `db-password` has no fallback: bind.toml says `fallback = false`\n";
        assert_eq!(plain(&ssm, said), (1, String::new(), why.to_owned()));
    }
    assert!(ssm.calls().is_empty());
}

#[test]
fn remove_names_who_would_fail_and_restarts_only_on_demand() {
    let ssm = lambda([
        api("api"),
        api("two"),
        bound("orders", "dev", "plain", &[]).variable("SST_Secret_value_STRIPE_KEY", "prefetched"),
        bound("orders", "prod", "api", &["STRIPE_KEY"]),
    ]);
    ssm.put_secret("orders", "dev", "STRIPE_KEY", CANARY).unwrap();
    let app = App::on(&ssm, ORDERS);

    let said = app.run("secrets remove STRIPE_KEY --stage dev --yes".split(' '));
    let err = "warning: without `STRIPE_KEY` these functions fail at their next start: `orders-dev-api`, `orders-dev-two`\n\
               `STRIPE_KEY` is removed from stage `dev` of `orders`, SSM at ENDPOINT.\n";
    assert_eq!(plain(&ssm, said), (0, String::new(), err.to_owned()));
    assert_eq!(ssm.count(UPDATE), 0);

    ssm.put_secret("orders", "dev", "STRIPE_KEY", CANARY).unwrap();
    ssm.put_fallback_secret("orders", "STRIPE_KEY", CANARY).unwrap();
    ssm.delete_function("orders-dev-plain").unwrap();
    let said = app.run("secrets remove STRIPE_KEY --stage dev --yes --restart".split(' '));
    let err = "`STRIPE_KEY` has a fallback: functions take that when they start anew\n\
               `STRIPE_KEY` is removed from stage `dev` of `orders`, SSM at ENDPOINT.\n";
    let rows = [("orders-dev-api", "dev", "restarted"), ("orders-dev-two", "dev", "restarted")];
    assert_eq!(plain(&ssm, said), (0, table(&rows), err.to_owned()));
}

#[test]
fn an_ssm_that_stands_in_for_aws_never_leads_to_aws_s_own_lambda() {
    let ssm = lambda([api("api")]);
    let mut endpoints = vec![ssm.endpoint(), ssm.endpoint().replace("127.0.0.1", "localhost")];
    endpoints.push(format!("{}/", ssm.endpoint()));
    for endpoint in endpoints {
        let app = App::on(&ssm, ORDERS)
            .with("AWS_ENDPOINT_URL_LAMBDA", "")
            .with("AWS_ENDPOINT_URL_SSM", &endpoint)
            // Whoever asked AWS all the same would not get there, and fail.
            .with("HTTPS_PROXY", "http://127.0.0.1:1");

        let said = set_with(&app, &["--stage", "dev"]);
        assert_eq!(said.code, 0, "{endpoint}: {said:?}");
        let note = "SSM is not AWS's, and nobody says where its Lambda is (AWS_ENDPOINT_URL_LAMBDA): no function is restarted\n";
        assert!(said.err.ends_with(note), "{said:?}");

        let said = app.run("secrets restart STRIPE_KEY --stage dev".split(' '));
        assert_eq!((said.code, said.err), (2, format!("error: {note}")));
    }
    assert!(ssm.calls().iter().all(|call| !is_of_lambda(&call.operation)));
}

#[test]
fn one_endpoint_for_all_services_is_lambda_s_too() {
    let ssm = lambda([api("api")]);
    let app = App::on(&ssm, ORDERS)
        .with("AWS_ENDPOINT_URL_LAMBDA", "")
        .with("AWS_ENDPOINT_URL_SSM", "")
        .with("AWS_ENDPOINT_URL", &ssm.endpoint());

    let said = set(&app);

    assert_eq!(plain(&ssm, said), (0, table(&[("orders-dev-api", "dev", "restarted")]), format!("{SET}\n")));
}

#[test]
fn the_local_store_restarts_nothing() {
    let ssm = lambda([api("api")]);
    let app = App::on(&ssm, &format!("{ORDERS}\n").replace("app = \"orders\"", "app = \"orders\"\nstore = \"local\""));

    let said = set(&app);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    assert!(
        said.err.starts_with("`STRIPE_KEY` is set (version 1) in stage `dev` of `orders`, the local store ("),
        "{said:?}"
    );

    let said = app.run("secrets restart STRIPE_KEY --stage dev".split(' '));
    let why = "error: no function starts from the local store: `--store ssm` means the deployed ones\n";
    assert_eq!((said.code, said.err.as_str()), (2, why));
    assert!(ssm.calls().is_empty());
}
