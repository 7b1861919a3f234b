//! How far a restart reaches: versions, stages that inherit, removals, and which Lambda is asked.

use bind_config_local::{Fault, LocalSsm, NewFunction, NewParameter};

use super::{CANARY, FETCH, SET, UPDATE, api, bound, is_of_lambda, lambda, plain, put, set, set_with, table};
use crate::app::{App, ORDERS};
use crate::kit::{fallback_path, path};

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
            (row["lambda"].as_str().unwrap(), serde_json::from_value(row["remarks"].clone()).unwrap())
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
    // Whether a stage has a value is all that is asked of it: its key is nobody's here.
    ssm.put(NewParameter::secure(path("own", "STRIPE_KEY"), "sk_own_value").key("alias/own")).unwrap();
    ssm.inject(Fault::deny_key("alias/own"));
    ssm.put_secret("orders", "bob", "PLAIN", "canary").unwrap();
    ssm.put(NewParameter::secure("/customised/Secret/STRIPE_KEY/value", "sk_own_value")).unwrap();

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
    let of_others = ssm.calls().into_iter().filter(|call| !call.names.contains(&fallback_path("STRIPE_KEY")));
    assert!(of_others.clone().any(|call| call.names.contains(&path("own", "STRIPE_KEY"))));
    assert!(of_others.into_iter().all(|call| !call.with_decryption));
}

#[test]
fn a_change_in_a_place_that_stages_share_restarts_the_functions_of_all_of_them() {
    let of = |stage: &str| bound("orders", stage, "api", &["STRIPE_KEY"]);
    let ssm = lambda([
        of("dev"),
        of("next"),
        of("told").variable("SST_SSM_PREFIX", "/shared/"),
        of("other").variable("SST_SSM_PREFIX", "/other/"),
        bound("shop", "dev", "api", &["STRIPE_KEY"]).variable("SST_SSM_PREFIX", "/shared/"),
    ]);
    let app = App::on(&ssm, &ORDERS.replacen('\n', "\nssm_prefix = \"/shared/\"\n", 1));

    let said = set(&app);

    let rows = [
        ("orders-dev-api", "dev", "restarted"),
        ("shop-dev-api", "dev", "restarted"),
        ("orders-next-api", "next", "restarted"),
        ("orders-told-api", "told", "restarted"),
    ];
    let warning = "warning: `ssm_prefix` has no `{stage}` in it: every stage has the same secrets\n\
                   warning: `ssm_prefix` has no `{app}` in it: every app with that prefix has the same secrets\n";
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{warning}{SET}\n")));
    assert_eq!(ssm.count(UPDATE), 4);
}

#[test]
fn a_function_that_cannot_be_read_fails_no_fallback_that_its_stage_does_not_take() {
    let sealed = |stage: &str| {
        let function = bound("orders", stage, "sealed", &["STRIPE_KEY"]).undecryptable();
        function.tag("sst:app", "orders").tag("sst:stage", stage)
    };
    let ssm = lambda([sealed("own"), bound("orders", "next", "api", &["STRIPE_KEY"])]);
    ssm.put_secret("orders", "own", "STRIPE_KEY", "sk_own_value").unwrap();
    let app = App::on(&ssm, ORDERS);

    let said = app.run("secrets restart STRIPE_KEY --fallback".split(' '));
    assert_eq!(plain(&ssm, said), (0, table(&[("orders-next-api", "next", "restarted")]), String::new()));

    // One whose stage takes it may have the old value.
    put(&ssm, [sealed("dev")]);
    let (code, out, _) = plain(&ssm, app.run("secrets restart STRIPE_KEY --fallback".split(' ')));
    assert_eq!(code, 1);
    assert!(out.contains("orders-dev-sealed") && !out.contains("orders-own-sealed"), "{out}");
}

#[test]
fn a_fallback_that_no_stage_may_take_is_missed_by_nobody() {
    let ssm = lambda([bound("orders", "dev", "api", &["db_password"])]);
    // Left from before bind.toml said that there is none.
    ssm.put_fallback_secret("orders", "db-password", CANARY).unwrap();

    let said = App::on(&ssm, ORDERS).run("secrets remove db-password --fallback --yes --restart".split(' '));

    let err = "`db-password` is removed from the fallback of `orders`, SSM at ENDPOINT.\n\
               no deployed function uses it in the fallback of `orders`\n";
    assert_eq!(plain(&ssm, said), (0, String::new(), err.to_owned()));
    assert_eq!(ssm.count(UPDATE), 0);
}

#[test]
fn an_app_and_a_stage_that_are_empty_are_those_of_the_tags() {
    let of = |name: &str, app: &str| {
        NewFunction::new(name)
            .variables([("SST_APP", ""), ("SST_STAGE", ""), ("SST_Secret_value_STRIPE_KEY", FETCH)])
            .tag("sst:app", app)
            .tag("sst:stage", "dev")
    };
    let ssm = lambda([of("ours", "orders"), of("theirs", "shop")]);

    let said = set(&App::on(&ssm, ORDERS));

    assert_eq!(plain(&ssm, said), (0, table(&[("ours", "dev", "restarted")]), format!("{SET}\n")));
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
            // Whoever asked AWS all the same would do so over TLS, and fail without these.
            .with("AWS_CA_BUNDLE", "/nowhere/roots.pem");

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
