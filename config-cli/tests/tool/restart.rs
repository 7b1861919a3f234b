//! What follows a write: the functions that use a secret start anew, and nothing else of them changes.

mod answers;
mod denied;
mod interrupted;
mod lost;
mod races;
mod reach;
mod reported;
mod unwanted;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bind_config_local::{LocalSsm, NewFunction, Operation};

use crate::app::{App, ORDERS, Said};

const CANARY: &str = "sk_live_canary_4711";
const FETCH: &str = "__FETCH_FROM_SSM__";
const MARKER: &str = "SST_ADMIN_SECRET_UPDATED_AT";
const UPDATE: Operation = Operation::UpdateFunctionConfiguration;
const READ: Operation = Operation::GetFunctionConfiguration;

/// A function of a stage of an app that is bound to secrets.
fn bound(app: &str, stage: &str, name: &str, secrets: &[&str]) -> NewFunction {
    let function =
        NewFunction::new(format!("{app}-{stage}-{name}")).variable("SST_APP", app).variable("SST_STAGE", stage);
    secrets.iter().fold(function, |function, secret| function.variable(format!("SST_Secret_value_{secret}"), FETCH))
}

/// `orders-dev-NAME`, bound to `STRIPE_KEY`.
fn api(name: &str) -> NewFunction {
    bound("orders", "dev", name, &["STRIPE_KEY"])
}

fn lambda(functions: impl IntoIterator<Item = NewFunction>) -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    put(&ssm, functions);
    ssm
}

fn put(ssm: &LocalSsm, functions: impl IntoIterator<Item = NewFunction>) {
    for function in functions {
        ssm.put_function(function).unwrap();
    }
}

/// Sets `STRIPE_KEY` in `dev`.
fn set(app: &App) -> Said {
    set_with(app, &["--stage", "dev"])
}

fn set_with(app: &App, more: &[&str]) -> Said {
    let said = app.run_with(CANARY.as_bytes(), ["secrets", "set", "STRIPE_KEY"].iter().chain(more));
    assert!(!format!("{said:?}").contains("canary"), "{said:?}");
    said
}

/// What was said, with one name for every address.
fn plain(ssm: &LocalSsm, said: Said) -> (i32, String, String) {
    let text = |text: String| text.replace(&ssm.endpoint(), "ENDPOINT");
    (said.code, text(said.out), text(said.err))
}

/// A table of results, as it is printed.
fn table(rows: &[(&str, &str, &str)]) -> String {
    let all = [("FUNCTION", "STAGE", "RESULT")].iter().chain(rows);
    let width = |of: fn(&(&str, &str, &str)) -> usize| all.clone().map(of).max().unwrap() + 2;
    let (first, second) = (width(|row| row.0.len()), width(|row| row.1.len()));
    let lines = all.map(|(function, stage, result)| format!("{function:first$}{stage:second$}{result}\n"));
    lines.collect::<Vec<_>>().concat()
}

const SET: &str = "`STRIPE_KEY` is set (version 1) in stage `dev` of `orders`, SSM at ENDPOINT.";

/// Which functions were updated, and how often.
fn updates(ssm: &LocalSsm, names: &[&str]) -> Vec<usize> {
    names.iter().map(|name| ssm.function_updates(name)).collect()
}

fn milliseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

/// What stderr says where some were not.
fn not_restarted(failed: usize, all: usize) -> String {
    format!(
        "{SET}\nerror: {failed} of {all} functions were not restarted and may keep the old value. {SET} Again: bind-config \
         secrets restart STRIPE_KEY --stage dev\n"
    )
}

fn is_of_lambda(operation: &str) -> bool {
    !operation.contains("Parameter")
}

/// Tables that are too wide break their cells.
fn squeezed((code, out, err): (i32, String, String)) -> (i32, String, String) {
    let mut words: Vec<&str> = out.split_whitespace().collect();
    words.sort_unstable();
    (code, words.join(" "), err)
}

#[test]
fn exactly_the_functions_that_use_the_secret_are_restarted() {
    let other = |name: &str, variable: &str, value: &str| {
        let function = NewFunction::new(format!("orders-dev-{name}")).variable("SST_APP", "orders");
        function.variable("SST_STAGE", "dev").variable(variable, value)
    };
    let tagged = |name: &str, app: &str, stage: &str| {
        let function = NewFunction::new(name).variable("SST_Secret_value_STRIPE_KEY", FETCH);
        function.tag("sst:app", app).tag("sst:stage", stage)
    };
    let path = "__FETCH_FROM_SSM__:/sst/orders/dev/Secret/STRIPE_KEY/value";
    let arn =
        "__FETCH_FROM_SSM__:arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/dev/Secret/STRIPE_KEY/value#a";
    let far = "__FETCH_FROM_SSM__:/sst/orders/prod/Secret/STRIPE_KEY/value";
    // Two pages of others come first.
    let ssm = lambda((0..70).map(|at| NewFunction::new(format!("a-{at}")).variable("SST_APP", "else")));
    put(
        &ssm,
        [
            api("api"),
            tagged("orders-dev-tagged", "orders", "dev"),
            other("elsewhere", "SST_Secret_value_STRIPE_KEY", path),
            other("renamed", "SST_Secret_value_PAYMENT", arn),
            other("parameter", "SST_Parameter_value_PAYMENT", path),
            api("reference").variable("SST_Parameter_value_PAYMENT", "__FETCH_FROM_SECRET__:STRIPE_KEY"),
        ],
    );
    put(
        &ssm,
        [
            bound("orders", "prod", "api", &["STRIPE_KEY"]),
            bound("shop", "dev", "api", &["STRIPE_KEY"]),
            bound("orders", "dev", "worker", &["PLAIN", "STRIPE_KEY_2"]),
            api("prefixed").variable("SST_SSM_PREFIX", "/else/"),
            other("far", "SST_Secret_value_STRIPE_KEY", far),
            other("empty", "SST_Secret_value_STRIPE_KEY", ""),
            other("marker", "SST_Secret_value_STRIPE_KEY", "__FETCH_FROM_SECRET__:PLAIN"),
            other("unbound", "STRIPE_KEY", FETCH),
            tagged("tagged-else", "shop", "dev"),
            tagged("tagged-stage", "orders", "prod"),
            NewFunction::new("orders-dev-bare"),
            NewFunction::new("orders-dev-nobody").variable("SST_Secret_value_STRIPE_KEY", FETCH),
        ],
    );
    let restarted =
        ["api", "elsewhere", "parameter", "reference", "renamed", "tagged"].map(|name| format!("orders-dev-{name}"));
    let restarted = restarted.each_ref().map(String::as_str);

    let said = set(&App::on(&ssm, ORDERS));

    let rows = restarted.map(|name| (name, "dev", "restarted"));
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{SET}\n")));
    assert_eq!(ssm.value("/sst/orders/dev/Secret/STRIPE_KEY/value").as_deref(), Some(CANARY));
    assert_eq!(updates(&ssm, &restarted), [1; 6]);
    assert_eq!(ssm.count(UPDATE), 6);
    assert_eq!(ssm.count(Operation::ListFunctions), 2);
    // Only of those whose environment does not say whose they are.
    assert_eq!(ssm.count(Operation::ListTags), 4);
}

#[test]
fn whoever_fetches_this_very_path_is_restarted_whatever_its_app_and_stage() {
    let path = |stage: &str| format!("__FETCH_FROM_SSM__:/sst/orders/{stage}/Secret/STRIPE_KEY/value");
    let by_path = |app: &str, stage: &str, name: &str| {
        bound(app, stage, name, &[]).variable("SST_Secret_value_PAYMENT", path("dev"))
    };
    let fallback = bound("orders", "next", "fallback", &[]).variable("SST_Secret_value_PAYMENT", path(".fallback"));
    let ssm = lambda([
        by_path("orders", "prod", "api"),
        by_path("shop", "dev", "api"),
        // What it calls STRIPE_KEY is its own.
        by_path("shop", "qa", "api").variable("SST_Secret_value_STRIPE_KEY", "canary of the shop"),
        NewFunction::new("nobody-s").variable("SST_Secret_value_PAYMENT", path("dev")),
        bound("shop", "dev", "else", &["STRIPE_KEY"]),
        bound("orders", "prod", "else", &["STRIPE_KEY"]).variable("SST_Secret_value_PAYMENT", path("prod")),
        bound("orders", "prod", "unread", &[]).variable("PAYMENT", path("dev")),
        fallback,
        bound("shop", "dev", "fallback", &["STRIPE_KEY"]).variable("SST_Secret_value_PAYMENT", path(".fallback")),
    ]);
    let app = App::on(&ssm, ORDERS);

    let said = set(&app);
    let rows = [
        ("nobody-s", "?", "restarted"),
        ("shop-dev-api", "dev", "restarted"),
        ("orders-prod-api", "prod", "restarted"),
        ("shop-qa-api", "qa", "restarted"),
    ];
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{SET}\n")));

    let said = app.run(["secrets", "restart", "STRIPE_KEY", "--fallback"]);
    let rows = [
        ("shop-dev-fallback", "dev", "restarted"),
        ("orders-next-fallback", "next", "restarted"),
        ("orders-prod-else", "prod", "restarted"),
    ];
    assert_eq!(plain(&ssm, said), (0, table(&rows), String::new()));
}

#[test]
fn a_name_with_a_hyphen_reaches_the_functions_that_are_bound_to_it_however_it_is_written() {
    let ssm = lambda([bound("orders", "dev", "api", &["db_password"])]);
    let app = App::on(&ssm, ORDERS);

    for (at, name) in ["db-password", "db_password"].into_iter().enumerate() {
        let said = app.run_with(format!("value {at}").as_bytes(), ["secrets", "set", name, "--stage", "dev"]);

        assert_eq!((said.code, said.out), (0, table(&[("orders-dev-api", "dev", "restarted")])), "{name}");
        assert_eq!(updates(&ssm, &["orders-dev-api"]), [at + 1]);
    }
    assert_eq!(ssm.names(), ["/sst/orders/dev/Secret/db_password/value"]);
}

#[test]
fn all_other_variables_are_what_they_were_byte_for_byte() {
    let nasty = [
        ("QUOTES", "a'b\"c\\d`e$F${G}"),
        ("LINES", "one\ntwo\r\nthree\ttab\u{0}\u{1b}"),
        ("UNICODE", "grüße 😀 \u{2028}\u{feff} e\u{301}"),
        ("EMPTY", ""),
        ("BLANKS", "  a  "),
        ("NUMBER", "1e400"),
        ("JSON", "{\"a\": [null, \"\\u0000\"]}"),
        ("MARKER", "__FETCH_FROM_SSM__:/a"),
    ];
    let ssm = lambda([
        api("api").variables(nasty),
        api("later").variable(MARKER, "9999999999999"),
        api("odd").variable(MARKER, "yesterday"),
    ]);
    let all = ["orders-dev-api", "orders-dev-later", "orders-dev-odd"];
    let variables = |name: &str| ssm.function_variables(name).unwrap();
    let before: Vec<BTreeMap<String, String>> = all.iter().map(|name| variables(name)).collect();
    let begun = milliseconds();

    let said = set(&App::on(&ssm, ORDERS));

    assert_eq!(said.code, 0, "{said:?}");
    let ended = milliseconds();
    for (name, mut before) in all.into_iter().zip(before) {
        let mut after = variables(name);
        let (old, new) = (before.remove(MARKER), after.remove(MARKER).unwrap());
        assert_eq!(after, before);
        if old.as_deref() == Some("9999999999999") {
            assert_eq!(new, "10000000000000");
        } else {
            assert!((begun..=ended).contains(&new.parse().unwrap()), "{new}");
        }
    }
}

#[test]
fn a_value_in_plain_needs_a_deployment_and_is_named() {
    let ssm = lambda([
        bound("orders", "dev", "both", &["STRIPE_KEY"]).variable("SST_Secret_value_PLAIN", "prefetched canary"),
        bound("orders", "dev", "literal", &[]).variable("SST_Secret_value_STRIPE_KEY", "__LITERAL__:__canary__"),
        bound("orders", "dev", "plain", &[])
            .variable("SST_Secret_value_STRIPE_KEY", "prefetched canary")
            .variable("SST_Secret_value_PLAIN", "prefetched canary"),
    ]);
    let app = App::on(&ssm, ORDERS);
    let file = app.write("new.env", "STRIPE_KEY=sk_live_canary\nPLAIN=canary\n");

    let said = app.run(["secrets", "load", file.to_str().unwrap(), "--stage", "dev"]);

    let rows = table(&[
        ("orders-dev-both", "dev", "restarted; it has the value of `PLAIN` itself in its environment: deploy it again"),
        (
            "orders-dev-literal",
            "dev",
            "not restarted: it has the value of `STRIPE_KEY` itself in its environment: deploy it again",
        ),
        (
            "orders-dev-plain",
            "dev",
            "not restarted: it has the values of `PLAIN`, `STRIPE_KEY` itself in its environment: deploy it again",
        ),
    ]);
    let (code, out, err) = plain(&ssm, said);
    assert_eq!((code, out), (1, format!("NAME        CHANGE\nSTRIPE_KEY  new\nPLAIN       new\n{rows}")));
    assert_eq!(
        err,
        "2 secrets are set in stage `dev` of `orders`, SSM at ENDPOINT.\n\
         error: 2 of 3 functions were not restarted and may keep the old value. 2 secrets are set in stage `dev` of `orders`, \
         SSM at ENDPOINT. Again: bind-config secrets restart PLAIN STRIPE_KEY --stage dev\n"
    );
    assert_eq!(ssm.count(UPDATE), 1);
}

#[test]
fn a_load_of_many_names_restarts_each_function_once() {
    let ssm = lambda([
        bound("orders", "dev", "all", &["STRIPE_KEY", "SENTRY_DSN", "db_password", "PLAIN"]),
        bound("orders", "dev", "one", &["PLAIN"]),
        bound("orders", "dev", "same", &["SENTRY_DSN"]),
    ]);
    ssm.put_secret("orders", "dev", "SENTRY_DSN", "https://a.example").unwrap();
    let app = App::on(&ssm, ORDERS);
    app.write("new.env", "STRIPE_KEY=sk_live_canary\nPLAIN=canary\ndb-password=canary\nSENTRY_DSN=https://a.example\n");

    let said = app.run("secrets load new.env --stage dev".split(' '));

    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.ends_with(&table(&[("orders-dev-all", "dev", "restarted"), ("orders-dev-one", "dev", "restarted")]))
    );
    assert_eq!(updates(&ssm, &["orders-dev-all", "orders-dev-one", "orders-dev-same"]), [1, 1, 0]);
}

#[test]
fn nothing_is_restarted_where_nobody_wants_it_or_nobody_uses_it() {
    let ssm = lambda([api("api")]);
    let app = App::on(&ssm, ORDERS);

    let said = set_with(&app, &["--stage", "dev", "--no-restart"]);
    assert_eq!(plain(&ssm, said), (0, String::new(), format!("{SET}\n")));
    assert_eq!(ssm.count(Operation::ListFunctions), 0);

    let said = app.run_with(b"canary", ["secrets", "set", "PLAIN", "--stage", "dev"]);
    let note = "`PLAIN` is set (version 1) in stage `dev` of `orders`, SSM at ENDPOINT.\n\
                no deployed function uses it in stage `dev` of `orders`\n";
    assert_eq!(plain(&ssm, said), (0, String::new(), note.to_owned()));
    assert_eq!(updates(&ssm, &["orders-dev-api"]), [0]);
}

#[test]
fn restart_alone_sets_nothing() {
    let ssm = lambda([
        api("api"),
        bound("orders", "dev", "other", &["db_password"]),
        bound("orders", "dev", "worker", &["PLAIN"]),
    ]);
    let app = App::on(&ssm, ORDERS);

    let said = app.run("secrets restart STRIPE_KEY db-password --stage dev".split(' '));
    let rows = [("orders-dev-api", "dev", "restarted"), ("orders-dev-other", "dev", "restarted")];
    assert_eq!(plain(&ssm, said), (0, table(&rows), String::new()));
    assert_eq!(updates(&ssm, &["orders-dev-api", "orders-dev-other", "orders-dev-worker"]), [1, 1, 0]);
    assert_eq!(ssm.count(Operation::PutParameter), 0);

    let said = app.run("secrets restart STRIPE_KEY --stage dev --json".split(' '));
    let json = r#"{
  "app": "orders",
  "error": null,
  "fallback": false,
  "names": [
    "STRIPE_KEY"
  ],
  "restarts": [
    {
      "lambda": "orders-dev-api",
      "remarks": [],
      "result": "restarted",
      "stage": "dev",
      "why": null
    }
  ],
  "stage": "dev",
  "store": {
    "endpoint": "ENDPOINT",
    "kind": "ssm",
    "region": "us-east-1"
  }
}
"#;
    assert_eq!(plain(&ssm, said), (0, json.to_owned(), String::new()));
}
