//! What follows a write: the functions that use a secret start anew, and nothing else of them changes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use std::sync::Mutex;

use bind_config_local::{Fault, LocalSsm, NewFunction, Operation};
use serde_json::{Value as Json, json};

use crate::app::{App, ORDERS, Said, said};
use crate::kit::{signal, until};
use crate::server::{Server, lambda as lambda_of};

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
  "names": [
    "STRIPE_KEY"
  ],
  "restarts": [
    {
      "deleted": false,
      "function": "orders-dev-api",
      "remarks": [],
      "restarted": true,
      "stage": "dev",
      "why": null
    }
  ]
}
"#;
    assert_eq!(plain(&ssm, said), (0, json.to_owned(), String::new()));
}

#[test]
fn somebody_else_s_change_is_kept_and_the_function_restarts() {
    let ssm = lambda([api("api").variable("KEEP", "old")]);
    let held = ssm.inject(Fault::delay(Duration::from_millis(300)).on(UPDATE).times(1));
    let app = App::on(&ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();

    // The delay is before the request is carried out, or after it: either way nothing may be lost.
    until("a request", || ssm.hits(held) == 1);
    ssm.set_function_variable("orders-dev-api", "KEEP", "new").unwrap();
    ssm.set_function_variable("orders-dev-api", "NEWVAR", "x").unwrap();
    let said = said(child);

    assert_eq!(plain(&ssm, said), (0, table(&[("orders-dev-api", "dev", "restarted")]), String::new()));
    let variables = ssm.function_variables("orders-dev-api").unwrap();
    assert_eq!((variables["KEEP"].as_str(), variables["NEWVAR"].as_str()), ("new", "x"));
    assert!(variables.contains_key(MARKER));
}

#[test]
fn a_change_between_listing_and_write_is_kept() {
    let ssm = lambda([api("api").variable("KEEP", "old")]);
    // The store is asked before Lambda; a listing that is held back shows that it was made.
    let held = ssm.inject(Fault::delay(Duration::from_millis(500)).on(Operation::ListFunctions).times(1));
    let app = App::on(&ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();

    until("a request", || ssm.hits(held) == 1);
    for at in 0..20 {
        ssm.set_function_variable("orders-dev-api", format!("NEW_{at}"), "x").unwrap();
        std::thread::sleep(Duration::from_millis(30));
    }
    let said = said(child);

    assert_eq!(said.code, 0, "{said:?}");
    let variables = ssm.function_variables("orders-dev-api").unwrap();
    assert!((0..20).all(|at| variables.contains_key(&format!("NEW_{at}"))), "{:?}", variables.keys());
    assert!(variables.contains_key(MARKER));
}

#[test]
fn a_function_that_changes_all_the_time_loses_no_variable() {
    let ssm = lambda([api("one"), api("two"), api("three")]);
    let names = ["orders-dev-one", "orders-dev-two", "orders-dev-three"];
    let app = App::on(&ssm, ORDERS);
    let is_over = AtomicBool::new(false);

    let (said, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !is_over.load(Ordering::Relaxed) && written < 150 {
                for name in names {
                    ssm.set_function_variable(name, format!("V_{written}"), "x").unwrap();
                }
                written += 1;
                std::thread::sleep(Duration::from_millis(7));
            }
            written
        });
        let said = app.run("secrets restart STRIPE_KEY --stage dev".split(' '));
        is_over.store(true, Ordering::Relaxed);
        (said, writer.join().unwrap())
    });

    assert_eq!(said.code, 0, "{said:?}");
    for name in names {
        let variables = ssm.function_variables(name).unwrap();
        let lost: Vec<_> = (0..written).filter(|at| !variables.contains_key(&format!("V_{at}"))).collect();
        assert!(lost.is_empty(), "{name} lost {lost:?}");
        assert!(variables.contains_key(MARKER));
    }
}

#[test]
fn an_update_of_somebody_else_is_waited_for() {
    let ssm = LocalSsm::builder().update_time(Duration::from_secs(4)).start().unwrap();
    put(&ssm, [api("api")]);
    let app = App::on(&ssm, ORDERS);
    let restart = || app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();

    let first = restart();
    until("the first update", || ssm.function_updates("orders-dev-api") == 1);
    let second = restart();

    for child in [first, second] {
        let rows = [("orders-dev-api", "dev", "restarted")];
        assert_eq!(plain(&ssm, said(child)), (0, table(&rows), String::new()));
    }
    assert_eq!(ssm.function_updates("orders-dev-api"), 2);
    let refused: Vec<_> = ssm.calls().into_iter().filter_map(|call| call.error).collect();
    assert!(refused.iter().any(|error| error == "ResourceConflictException"), "{refused:?}");
}

#[test]
fn a_change_after_ours_starts_it_anew_as_well() {
    let ssm = LocalSsm::builder().update_time(Duration::from_secs(2)).start().unwrap();
    put(&ssm, [api("later"), api("taken")]);
    let app = App::on(&ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();

    until("both updates", || updates(&ssm, &["orders-dev-later", "orders-dev-taken"]) == [1, 1]);
    // Somebody else's restart, and somebody who has written what was before ours.
    ssm.set_function_variable("orders-dev-later", MARKER, "9999999999999").unwrap();
    ssm.set_function_variable("orders-dev-taken", MARKER, "1").unwrap();
    let said = said(child);

    let rows = [("orders-dev-later", "dev", "restarted"), ("orders-dev-taken", "dev", "restarted")];
    assert_eq!(plain(&ssm, said), (0, table(&rows), String::new()));
    assert_eq!(updates(&ssm, &["orders-dev-later", "orders-dev-taken"]), [1, 1]);
}

#[test]
fn a_lost_answer_neither_fails_nor_restarts_twice() {
    let lost: [fn() -> Fault; 6] =
        [Fault::reset, Fault::reset_midway, Fault::close, Fault::truncate, Fault::malformed, Fault::fail_after_write];
    let names: Vec<String> = (0..lost.len()).map(|at| format!("orders-dev-{at}")).collect();
    let ssm = lambda((0..lost.len()).map(|at| api(&at.to_string())));
    for (fault, name) in lost.iter().zip(&names) {
        ssm.inject(fault().on(UPDATE).name(name).times(1));
        ssm.inject(fault().on(READ).name(name).times(1));
    }

    let said = set(&App::on(&ssm, ORDERS));

    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), "dev", "restarted")).collect();
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{SET}\n")));
    for name in &names {
        assert_eq!(ssm.function_updates(name), 1, "{name}");
    }
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for_for_ever() {
    let ssm = lambda([api("heard"), api("unheard")]);
    ssm.inject(Fault::never_answer().on(UPDATE).name("orders-dev-heard").times(1));
    ssm.inject(Fault::unheard().on(UPDATE).name("orders-dev-unheard").times(1));

    let said = set(&App::on(&ssm, ORDERS));

    let rows = [("orders-dev-heard", "dev", "restarted"), ("orders-dev-unheard", "dev", "restarted")];
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{SET}\n")));
    assert_eq!(updates(&ssm, &["orders-dev-heard", "orders-dev-unheard"]), [1, 1]);
}

#[test]
fn an_update_that_fails_is_told_with_its_reason() {
    let reason = "The image is not there any more";
    let ssm = lambda([api("api"), api("broken").failing_updates(reason)]);

    let said = set(&App::on(&ssm, ORDERS));

    let why = format!("not restarted: Lambda could not update it: {reason}");
    let rows = table(&[("orders-dev-api", "dev", "restarted"), ("orders-dev-broken", "dev", &why)]);
    assert_eq!(plain(&ssm, said), (1, rows, not_restarted(1, 2)));
    assert_eq!(updates(&ssm, &["orders-dev-broken"]), [1]);
}

/// What stderr says where some were not.
fn not_restarted(failed: usize, all: usize) -> String {
    format!(
        "{SET}\nerror: {failed} of {all} functions were not restarted and may keep the old value. {SET} Again: bind-config \
         secrets restart STRIPE_KEY --stage dev\n"
    )
}

#[test]
fn a_busy_lambda_is_asked_again_and_at_our_own_pace() {
    let names: Vec<String> = (0..12).map(|at| format!("orders-dev-{at:02}")).collect();
    let ssm = lambda((0..12).map(|at| api(&format!("{at:02}"))));
    let throttled = ssm.inject(Fault::throttled().on(UPDATE).on(READ).on(Operation::ListFunctions).sometimes(15, 7));
    let begun = Instant::now();

    let said = set(&App::on(&ssm, ORDERS));

    let wall = begun.elapsed();
    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), "dev", "restarted")).collect();
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{SET}\n")));
    assert!(names.iter().all(|name| ssm.function_updates(name) == 1));
    assert!(ssm.hits(throttled) > 0);
    // However slow the machine is: so many requests take so long where fewer than 15 go in a second.
    let asked = ssm.calls().iter().filter(|call| is_of_lambda(&call.operation)).count();
    assert!(wall >= Duration::from_millis(1000 / 15) * u32::try_from(asked - 1).unwrap(), "{asked} in {wall:?}");
}

fn is_of_lambda(operation: &str) -> bool {
    !operation.contains("Parameter")
}

#[test]
fn a_function_costs_three_requests() {
    let ssm = lambda(["one", "two", "three"].map(api));

    let said = set(&App::on(&ssm, ORDERS));

    assert_eq!(said.code, 0, "{said:?}");
    let asked = |operation| ssm.calls().iter().filter(|call| call.operation == operation).count();
    assert_eq!(
        (asked("ListFunctions"), asked("UpdateFunctionConfiguration"), asked("ListVersionsByFunction")),
        (1, 3, 3)
    );
    // As often as an update takes its time, which here it hardly does.
    assert!((3..12).contains(&asked("GetFunctionConfiguration")));
}

#[test]
fn an_environment_that_cannot_be_read_is_not_written() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234";
    let ssm = lambda([
        api("own").kms_key(key).undecryptable().tag("sst:app", "orders").tag("sst:stage", "dev"),
        api("aws").undecryptable().tag("sst:app", "orders").tag("sst:stage", "dev"),
        api("shop").undecryptable().tag("sst:app", "shop").tag("sst:stage", "dev"),
        api("prod").undecryptable().tag("sst:app", "orders").tag("sst:stage", "prod"),
    ]);

    let said = set(&App::on(&ssm, ORDERS));

    let unreadable = |key: &str| {
        format!(
            "not restarted: nothing was written, as its environment cannot be read: these credentials need kms:Decrypt on {key}"
        )
    };
    let rows = table(&[
        ("orders-dev-aws", "dev", &unreadable("the key of its environment, aws/lambda")),
        ("orders-dev-own", "dev", &unreadable(key)),
    ]);
    assert_eq!(squeezed(plain(&ssm, said)), squeezed((1, rows, not_restarted(2, 2))));
    assert_eq!(ssm.count(UPDATE), 0);
}

#[test]
fn a_function_of_which_nothing_can_be_read_is_named_with_what_would_tell() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234";
    let ssm = lambda([
        api("app").undecryptable().tag("sst:app", "orders"),
        api("else").undecryptable().tag("sst:app", "shop"),
        api("own").kms_key(key).undecryptable(),
        api("untagged").undecryptable(),
        bound("orders", "qa", "stage", &["STRIPE_KEY"]).undecryptable().tag("sst:stage", "qa"),
    ]);
    let app = App::on(&ssm, ORDERS);
    let unknown = |key: &str| {
        format!(
            "not restarted: whether it uses it is not known: its environment cannot be read: these credentials need \
             kms:Decrypt on {key}"
        )
    };
    let aws = unknown("the key of its environment, aws/lambda");
    let own = unknown(key);
    let of_dev = [("orders-dev-app", "?", &*aws), ("orders-dev-own", "?", &*own), ("orders-dev-untagged", "?", &*aws)];

    let said = set(&app);
    assert_eq!(squeezed(plain(&ssm, said)), squeezed((1, table(&of_dev), not_restarted(3, 3))));

    let said = set_with(&app, &["--fallback"]);
    let rows = [of_dev.as_slice(), &[("orders-qa-stage", "qa", &*aws)]].concat();
    let set = "`STRIPE_KEY` is set (version 1) in the fallback of `orders`, SSM at ENDPOINT.";
    let err = format!(
        "{set}\nerror: 4 of 4 functions were not restarted and may keep the old value. {set} Again: bind-config secrets \
         restart STRIPE_KEY --fallback\n"
    );
    assert_eq!(squeezed(plain(&ssm, said)), squeezed((1, table(&rows), err)));
    assert_eq!(ssm.count(UPDATE), 0);
}

/// Restarts what uses `STRIPE_KEY`, with a Lambda of its own.
fn restart_at(server: &Server, ssm: &LocalSsm, more: &[&str]) -> (i32, String, String) {
    let app = App::on(ssm, ORDERS).with("AWS_ENDPOINT_URL_LAMBDA", &server.endpoint());
    let arguments = ["secrets", "restart", "STRIPE_KEY", "--stage", "dev"].iter().chain(more);
    let said = app.run(arguments);
    (said.code, said.out, said.err)
}

/// The environment that a write had.
fn writes(server: &Server) -> Vec<Json> {
    let all = server.asked().into_iter().filter(|asked| asked.what.starts_with("PUT "));
    all.map(|asked| asked.json()["Environment"]["Variables"].clone()).collect()
}

fn without_marker(mut variables: Json) -> Json {
    variables.as_object_mut().unwrap().remove(MARKER).unwrap();
    variables
}

const AGAIN: &str = "error: 1 of 1 functions were not restarted and may keep the old value. Nothing was set. Again: bind-config \
                     secrets restart STRIPE_KEY --stage dev\n";

#[test]
fn an_answer_without_the_environment_is_never_written_back() {
    let variables =
        json!({ "SST_APP": "orders", "SST_STAGE": "dev", "SST_Secret_value_STRIPE_KEY": FETCH, "KEEP": "canary" });
    let ssm = LocalSsm::start().unwrap();
    for environment in [Json::Null, json!({}), json!({ "Variables": {} })] {
        let mut looked_at = json!({ "FunctionName": "api", "RevisionId": "2" });
        if !environment.is_null() {
            looked_at["Environment"] = environment;
        }
        let server = lambda_of("api", &variables, looked_at);

        let said = restart_at(&server, &ssm, &[]);

        let why = "not restarted: nothing was written, as its environment is not in Lambda's answer";
        assert_eq!(said, (1, table(&[("api", "dev", why)]), AGAIN.to_owned()));
        let written: Vec<_> = writes(&server).into_iter().map(without_marker).collect();
        assert_eq!(written, std::slice::from_ref(&variables), "what the listing said, and nothing after that");
    }
}

#[test]
fn a_function_that_no_longer_uses_the_secret_is_left_as_it_is() {
    let variables = json!({ "SST_APP": "orders", "SST_STAGE": "dev", "SST_Secret_value_STRIPE_KEY": FETCH });
    let looked_at = json!({ "FunctionName": "api", "RevisionId": "2", "Environment": { "Variables": { "NEW": "x" } } });
    let ssm = LocalSsm::start().unwrap();
    let server = lambda_of("api", &variables, looked_at);

    let said = restart_at(&server, &ssm, &[]);
    assert_eq!(said, (0, table(&[("api", "dev", "it does not use it any more")]), String::new()));
    assert_eq!(writes(&server).len(), 1);

    let (code, out, err) = restart_at(&server, &ssm, &["--json"]);
    let row = json!({
        "function": "api", "stage": "dev", "restarted": false, "deleted": false, "why": "it does not use it any more",
        "remarks": [],
    });
    let expected = json!({ "names": ["STRIPE_KEY"], "restarts": [row] });
    assert_eq!((code, serde_json::from_str::<Json>(&out).unwrap(), err.as_str()), (0, expected, ""));
}

#[test]
fn an_answer_to_a_write_that_names_no_function_is_looked_at_again() {
    let variables = json!({ "SST_APP": "orders", "SST_STAGE": "dev", "SST_Secret_value_STRIPE_KEY": FETCH });
    let of = |variables: &Json| json!({ "FunctionName": "api", "RevisionId": "1", "Environment": { "Variables": variables } });
    let ssm = LocalSsm::start().unwrap();
    for is_done in [true, false] {
        for answer in ["", "{}", r#"{"FunctionName":"another"}"#] {
            let now = Mutex::new(of(&variables));
            let server = Server::start(move |asked| match asked.what.split(['/', '?']).next_back() {
                _ if asked.what.starts_with("PUT ") => {
                    if is_done {
                        *now.lock().unwrap() = of(&asked.json()["Environment"]["Variables"]);
                    }
                    (200, answer.to_owned())
                }
                Some("configuration") => (200, now.lock().unwrap().to_string()),
                Some("MaxItems=2") => (200, json!({ "Versions": [] }).to_string()),
                _ => (200, json!({ "Functions": [&*now.lock().unwrap()] }).to_string()),
            });

            let said = restart_at(&server, &ssm, &[]);

            if is_done {
                assert_eq!(said, (0, table(&[("api", "dev", "restarted")]), String::new()), "{answer}");
                assert_eq!(writes(&server).len(), 1, "{answer}");
            } else {
                let why = "not restarted: what answered is not AWS: check the network (a login page, a proxy) and the endpoint, \
                           where a variable says one";
                assert_eq!(squeezed(said), squeezed((1, table(&[("api", "dev", why)]), AGAIN.to_owned())), "{answer}");
                assert_eq!(writes(&server).len(), 3, "{answer}");
            }
        }
    }
}

#[test]
fn an_answer_without_its_list_is_not_a_lambda_without_functions() {
    let ssm = LocalSsm::start().unwrap();
    for body in ["", "{}", r#"{"Functions":[{}]}"#] {
        let said = restart_at(&Server::always(200, body), &ssm, &[]);

        let err = "error: the functions that use it could not be found: what answered is not AWS: check the network (a login \
                   page, a proxy) and the endpoint, where a variable says one\nNothing was set. Functions keep the old value \
                   until they start anew: bind-config secrets restart STRIPE_KEY --stage dev\n";
        assert_eq!(said, (1, String::new(), err.to_owned()), "{body}");
    }
}

/// Tables that are too wide break their cells.
fn squeezed((code, out, err): (i32, String, String)) -> (i32, String, String) {
    let mut words: Vec<&str> = out.split_whitespace().collect();
    words.sort_unstable();
    (code, words.join(" "), err)
}

#[test]
fn an_environment_that_becomes_unreadable_is_not_written() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234";
    let ssm = lambda([api("api").kms_key(key).variable("KEEP", "x")]);
    // The listing can still be read; the write meets somebody else's change, and what is read then is sealed.
    ssm.inject(Fault::deny_key(key).on(READ));
    let held = ssm.inject(Fault::throttled().on(UPDATE));
    let app = App::on(&ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();
    until("the first write", || ssm.hits(held) == 1);
    ssm.set_function_variable("orders-dev-api", "KEEP", "y").unwrap();
    ssm.remove_fault(held);

    let said = said(child);

    let why = format!(
        "not restarted: nothing was written, as its environment cannot be read: these credentials need kms:Decrypt on {key}"
    );
    let again = "error: 1 of 1 functions were not restarted and may keep the old value. Nothing was set. Again: bind-config \
                 secrets restart STRIPE_KEY --stage dev\n";
    let rows = table(&[("orders-dev-api", "dev", &why)]);
    assert_eq!(squeezed(plain(&ssm, said)), squeezed((1, rows, again.to_owned())));
    let variables = ssm.function_variables("orders-dev-api").unwrap();
    assert_eq!((variables.len(), variables["KEEP"].as_str()), (4, "y"));
}

#[test]
fn what_can_no_longer_be_looked_at_is_not_said_to_be_as_it_was() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234";
    let ssm = lambda([api("api").kms_key(key)]);
    ssm.inject(Fault::deny_key(key).on(READ));

    let said = set(&App::on(&ssm, ORDERS));

    let why = format!(
        "not restarted: whether it was is not known: its environment cannot be read: these credentials need kms:Decrypt on {key}"
    );
    let expected = (1, table(&[("orders-dev-api", "dev", &why)]), not_restarted(1, 1));
    assert_eq!(squeezed(plain(&ssm, said)), squeezed(expected));
    assert_eq!(updates(&ssm, &["orders-dev-api"]), [1]);
}

#[test]
fn what_is_denied_is_named_and_the_value_is_stored() {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:orders-dev-api";
    let denied =
        |action: &str, on: &str| format!("AWS denies lambda:{action} on {on}: these credentials need that permission");
    let unfound = |action: &str, on: &str| {
        format!(
            "{SET}\nerror: the functions that use it could not be found: {}\n{SET} Functions keep the old value until they start \
             anew: bind-config secrets restart STRIPE_KEY --stage dev\n",
            denied(action, on)
        )
    };
    let cases: [(Operation, String, String); 3] = [
        (Operation::ListFunctions, String::new(), unfound("ListFunctions", "*")),
        (UPDATE, format!("not restarted: {}", denied("UpdateFunctionConfiguration", arn)), not_restarted(1, 1)),
        (
            READ,
            format!("not restarted: whether it was is not known: {}", denied("GetFunctionConfiguration", arn)),
            not_restarted(1, 1),
        ),
    ];
    for (operation, result, err) in cases {
        let ssm = lambda([api("api")]);
        ssm.inject(Fault::deny().on(operation));

        let said = set(&App::on(&ssm, ORDERS));

        let out = if result.is_empty() { String::new() } else { table(&[("orders-dev-api", "dev", &result)]) };
        assert_eq!(squeezed(plain(&ssm, said)), squeezed((1, out, err)), "{operation:?}");
        assert_eq!(ssm.value("/sst/orders/dev/Secret/STRIPE_KEY/value").as_deref(), Some(CANARY));
    }
}

#[test]
fn what_of_the_versions_is_denied_is_named_too() {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:orders-dev-api";
    let operations =
        [Operation::ListVersionsByFunction, Operation::ListAliases, Operation::ListProvisionedConcurrencyConfigs];
    for operation in operations {
        let ssm = lambda([api("api").version("1").alias("live", "1")]);
        ssm.inject(Fault::deny().on(operation));

        let said = set(&App::on(&ssm, ORDERS));

        let result = format!(
            "restarted; whether published versions keep the old value is not known: AWS denies lambda:{} on {arn}: these \
             credentials need that permission",
            operation.as_str()
        );
        let expected = (0, table(&[("orders-dev-api", "dev", &result)]), format!("{SET}\n"));
        assert_eq!(squeezed(plain(&ssm, said)), squeezed(expected), "{operation:?}");
    }
}

#[test]
fn a_function_whose_tags_are_denied_does_not_keep_others_from_restarting() {
    let bare = NewFunction::new("a-bare").variable("SST_Secret_value_STRIPE_KEY", FETCH);
    let ssm = lambda([bare, api("api")]);
    ssm.inject(Fault::deny().on(Operation::ListTags));

    let said = set(&App::on(&ssm, ORDERS));

    let why = "not restarted: whether it is a function of `orders` is not known: AWS denies lambda:ListTags on \
               arn:aws:lambda:us-east-1:123456789012:function:a-bare: these credentials need that permission";
    let rows = table(&[("a-bare", "?", why), ("orders-dev-api", "dev", "restarted")]);
    assert_eq!(squeezed(plain(&ssm, said)), squeezed((1, rows, not_restarted(1, 2))));
    assert_eq!(updates(&ssm, &["a-bare", "orders-dev-api"]), [0, 1]);
}

#[test]
fn a_function_that_is_deleted_meanwhile_is_no_failure() {
    let ssm = lambda([api("api"), api("gone")]);
    let held = ssm.inject(Fault::throttled().on(UPDATE).name("orders-dev-gone"));
    let app = App::on(&ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();

    until("the first write", || ssm.hits(held) == 1);
    ssm.delete_function("orders-dev-gone").unwrap();
    ssm.remove_fault(held);
    let said = said(child);

    let rows = [("orders-dev-api", "dev", "restarted"), ("orders-dev-gone", "dev", "deleted meanwhile")];
    assert_eq!(plain(&ssm, said), (0, table(&rows), String::new()));
}

#[test]
fn an_environment_without_room_for_the_marker_is_told_without_its_values() {
    let ssm = lambda([api("full").variable("FILL", "x".repeat(3960))]);

    let said = set(&App::on(&ssm, ORDERS));

    let before = serde_json::to_string(&ssm.function_variables("orders-dev-full").unwrap()).unwrap().len();
    // `,"SST_ADMIN_SECRET_UPDATED_AT":"1700000000000"`
    let size = before + 1 + 29 + 1 + 15;
    let why = format!(
        "not restarted: with SST_ADMIN_SECRET_UPDATED_AT its environment would have {size} bytes of the 4096 that Lambda takes"
    );
    let rows = table(&[("orders-dev-full", "dev", &why)]);
    assert_eq!(plain(&ssm, said), (1, rows, not_restarted(1, 1)));
}

#[test]
fn a_lambda_that_cannot_be_reached_leaves_the_value_stored_and_says_so() {
    let ssm = lambda([api("api")]);
    let app = App::on(&ssm, ORDERS).with("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1");

    let said = set(&app);

    let err = format!(
        "{SET}\nerror: the functions that use it could not be found: Lambda at http://127.0.0.1:1 cannot be reached: \
         AWS_ENDPOINT_URL_LAMBDA says that it is there; does it run?\n{SET} Functions keep the old value until they start anew: \
         bind-config secrets restart STRIPE_KEY --stage dev\n"
    );
    assert_eq!(plain(&ssm, said), (1, String::new(), err));
    assert_eq!(ssm.value("/sst/orders/dev/Secret/STRIPE_KEY/value").as_deref(), Some(CANARY));
}

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
            assert_eq!(row["restarted"], true);
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

#[cfg(unix)]
#[test]
fn ctrl_c_tells_what_is_done_and_what_is_not_and_the_value_is_stored() {
    // Updates that do not end while this runs; more functions than are under way at once.
    let ssm = LocalSsm::builder().update_time(Duration::from_hours(1)).start().unwrap();
    put(&ssm, (0..60).map(|at| api(&format!("{at:02}"))));
    let app = App::on(&ssm, ORDERS);
    let child = app.command(["secrets", "set", "STRIPE_KEY", CANARY, "--stage", "dev"]).spawn().unwrap();
    until("a request", || ssm.count(UPDATE) >= 5);

    signal("INT", child.id().into());
    let said = said(child);

    let (code, out, err) = plain(&ssm, said);
    assert_eq!(code, 1, "{out} {err}");
    let mut rows = out.lines().skip(1);
    for at in 0..60 {
        let name = format!("orders-dev-{at:02}");
        let result = match ssm.function_updates(&name) {
            0 => "interrupted before it was",
            _ => "interrupted while Lambda is still updating it, which ends by itself",
        };
        assert_eq!(rows.next().unwrap(), format!("{name}  dev    not restarted: {result}"));
    }
    assert!(err.ends_with(not_restarted(60, 60).trim_start_matches(&format!("{SET}\n"))), "{err}");
    assert!(!format!("{out}{err}").contains("canary"));
    assert_eq!(ssm.value("/sst/orders/dev/Secret/STRIPE_KEY/value").as_deref(), Some(CANARY));
    assert!(ssm.count(UPDATE) < 60);
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_functions_are_looked_for_says_that_the_value_is_stored() {
    let ssm = lambda([api("api")]);
    let held = ssm.inject(Fault::unheard().on(Operation::ListFunctions));
    let app = App::on(&ssm, ORDERS);
    let child = app.command(["secrets", "set", "STRIPE_KEY", CANARY, "--stage", "dev"]).spawn().unwrap();
    until("a request", || ssm.hits(held) == 1);

    signal("TERM", child.id().into());
    let (code, out, err) = plain(&ssm, said(child));

    assert_eq!((code, out.as_str()), (1, ""));
    let expected = format!(
        "{SET}\nerror: interrupted while the functions that use it were looked for\n{SET} Functions keep the old value until \
         they start anew: bind-config secrets restart STRIPE_KEY --stage dev\n"
    );
    assert!(err.ends_with(&expected), "{err}");
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
