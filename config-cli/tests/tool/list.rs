//! `secrets list`: what is set, where and since when; values only where they are asked for.

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation, Tier};

use crate::app::{App, ORDERS, Said};
use crate::kit::{expected, fallback_path, is_quiet_about, is_silent_about, json, path, plain, ssm};

const LIST: [&str; 4] = ["secrets", "list", "--stage", "dev"];
/// In every value that is stored here.
const CANARY: &str = "hunter2";

fn list(app: &App, arguments: &[&str]) -> Said {
    app.run(LIST.iter().chain(arguments))
}

/// A table as words, without how long ago something was set.
fn words(table: &str) -> Vec<String> {
    table.lines().map(|line| line.replace("just now", "now").split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Of every state one secret, in `dev`.
fn filled() -> (LocalSsm, App) {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "db-password", "hunter2 one").unwrap();
    ssm.put(NewParameter::secure(path("dev", "db_password"), "hunter2 two").tier(Tier::Advanced)).unwrap();
    ssm.put_fallback_secret("orders", "PLAIN", "hunter2 common").unwrap();
    ssm.put_secret("orders", "dev", "LEFT_OVER", "hunter2 left").unwrap();
    (ssm, app)
}

#[test]
fn a_table_shows_every_state_and_no_value() {
    let (ssm, app) = filled();

    let said = list(&app, &[]);

    is_silent_about(&said, &[CANARY]);
    assert_eq!((said.code, plain(&ssm, said.clone()).err.as_str()), (0, "stage `dev` of `orders`, SSM at URL\n"));
    let table = [
        "SECRET STATE VERSION SET TIER",
        "PLAIN fallback 1 now standard",
        "SENTRY_DSN not set",
        "STRIPE_KEY missing",
        "db-password set 2 now advanced",
        "LEFT_OVER undeclared 1 now standard",
    ];
    assert_eq!(words(&said.out), table);
}

#[test]
fn what_a_stage_must_have_is_missing_there_and_only_there() {
    let (_ssm, app) = filled();

    let report = json(&app.run(["secrets", "list", "--stage", "prod", "--json"]));

    let states: Vec<_> = report["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        states,
        [("PLAIN", "fallback"), ("SENTRY_DSN", "missing"), ("STRIPE_KEY", "missing"), ("db-password", "missing")]
    );
}

#[test]
fn json_has_the_same_and_no_value_unless_revealed() {
    let (ssm, app) = filled();

    let said = list(&app, &["--json"]);
    is_silent_about(&said, &[CANARY]);
    let mut report = json(&plain(&ssm, said));
    for row in report["secrets"].as_array_mut().unwrap() {
        let set = row.as_object_mut().unwrap().remove("set_at").unwrap();
        assert_eq!(set.is_string(), row["version"].is_number(), "{row}");
    }
    assert_eq!(
        report,
        serde_json::json!({
            "app": "orders",
            "stage": "dev",
            "error": null,
            "fallback": false,
            "store": { "kind": "ssm", "region": "us-east-1", "endpoint": "URL" },
            "complete": true,
            "secrets": [
                { "name": "PLAIN", "state": "fallback", "version": 1, "tier": "standard" },
                { "name": "SENTRY_DSN", "state": "unset", "version": null, "tier": null },
                { "name": "STRIPE_KEY", "state": "missing", "version": null, "tier": null },
                { "name": "db-password", "state": "set", "version": 2, "tier": "advanced" },
                { "name": "LEFT_OVER", "state": "undeclared", "version": 1, "tier": "standard" },
            ]
        })
    );
    let said = list(&app, &["--json", "--reveal"]);
    is_quiet_about(&said, &[CANARY]);
    let values: Vec<_> = json(&said)["secrets"].as_array().unwrap().iter().map(|row| row["value"].clone()).collect();
    assert_eq!(
        values,
        [
            serde_json::json!("hunter2 common"),
            serde_json::Value::Null,
            serde_json::Value::Null,
            serde_json::json!("hunter2 two"),
            serde_json::json!("hunter2 left")
        ]
    );
    assert_eq!(json(&list(&app, &["--format", "json"])), json(&list(&app, &["--json"])));
}

#[test]
fn no_output_has_a_value_unless_revealed() {
    let (_ssm, app) = filled();

    for arguments in
        [&[][..], &["--json"], &["--format", "table"], &["--format", "json"], &["--format", "env"], &["--quiet"]]
    {
        is_silent_about(&list(&app, arguments), &[CANARY]);
    }
    for arguments in [
        "--all-stages",
        "--all-stages --json",
        "--fallback",
        "--fallback --json",
        "--all-stages --reveal",
        "--all-stages --format env --reveal",
    ] {
        is_silent_about(&app.run(["secrets", "list"].into_iter().chain(arguments.split(' '))), &[CANARY]);
    }
    for command in [
        "history db-password --stage dev",
        "history db-password --stage dev --json",
        "copy --from dev --to next --plan",
        "copy --from dev --to next --plan --json",
    ] {
        is_silent_about(&app.run(["secrets"].into_iter().chain(command.split(' '))), &[CANARY]);
    }
}

#[test]
fn without_reveal_no_value_is_even_asked_for() {
    let (ssm, app) = filled();

    list(&app, &[]);
    app.run(["secrets", "list", "--all-stages"]);

    assert!(ssm.calls().iter().all(|call| !call.with_decryption), "{:?}", ssm.calls());
}

#[test]
fn env_lines_are_printed_only_where_values_are_asked_for() {
    let (_ssm, app) = filled();

    assert_eq!(
        list(&app, &["--format", "env"]),
        expected(2, "", "error: `--format env` prints values: say so with `--reveal`\n")
    );
    let said = list(&app, &["--format", "env", "--reveal"]);
    assert_eq!(said, expected(0, "PLAIN='hunter2 common'\ndb_password='hunter2 two'\nLEFT_OVER='hunter2 left'\n", ""));
}

#[test]
fn a_secret_of_the_fallback_is_its_value_and_not_the_word_undefined() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_fallback_secret("orders", "PLAIN", "common").unwrap();

    assert_eq!(list(&app, &["--format", "env", "--reveal"]), expected(0, "PLAIN=common\n", ""));
}

#[test]
fn with_nothing_set_every_format_is_still_its_format() {
    let ssm = ssm();
    let app = App::on(&ssm, "app = \"orders\"\n");

    assert_eq!(list(&app, &["--format", "env", "--reveal"]), expected(0, "", ""));
    assert_eq!(json(&list(&app, &["--json"]))["secrets"], serde_json::json!([]));
    let said = plain(&ssm, list(&app, &[]));
    assert_eq!(said, expected(0, "", "stage `dev` of `orders`, SSM at URL\nno secret is declared, and none is set\n"));
}

#[test]
fn a_line_break_in_a_value_breaks_no_table() {
    let ssm = ssm();
    let app = App::on(&ssm, "app = \"orders\"\n[secrets]\nPLAIN = \"x\"\n");
    ssm.put_secret("orders", "dev", "PLAIN", "one\ntwo\u{1b}[31m\ttab").unwrap();

    let said = list(&app, &["--reveal"]);

    assert_eq!(
        words(&said.out),
        ["SECRET STATE VERSION SET TIER VALUE", "PLAIN set 1 now standard one\u{fffd}two\u{fffd}[31m\u{fffd}tab"]
    );
}

#[test]
fn a_deeper_path_hides_no_secret() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    for deeper in ["PLAIN/b", "a/PLAIN", "PLAIN/value"] {
        ssm.put(NewParameter::secure(path("dev", deeper), "other")).unwrap();
    }

    let said = list(&app, &["--format", "env", "--reveal"]);

    assert_eq!(said, expected(0, "PLAIN=hunter2\n", ""));
    assert_eq!(json(&list(&app, &["--json"]))["secrets"].as_array().unwrap().len(), 4);
}

#[test]
fn pages_that_are_short_or_empty_lose_nothing() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.set_page_sizes([3, 0, 1]);
    for number in 0..23 {
        ssm.put_secret("orders", "dev", &format!("KEY_{number}"), "hunter2").unwrap();
    }

    let report = json(&list(&app, &["--json"]));

    let undeclared = report["secrets"].as_array().unwrap().iter().filter(|row| row["state"] == "undeclared").count();
    assert_eq!(undeclared, 23);
}

#[test]
fn the_fallback_is_listed_alone_on_demand() {
    let (ssm, app) = filled();
    ssm.put_fallback_secret("orders", "db-password", "hunter2 nobody").unwrap();
    ssm.put_fallback_secret("orders", "OLD", "hunter2 old").unwrap();

    let said = app.run(["secrets", "list", "--fallback"]);

    is_silent_about(&said, &[CANARY]);
    assert_eq!(plain(&ssm, said.clone()).err, "the fallback of `orders`, SSM at URL\n");
    let table = [
        "SECRET STATE VERSION SET TIER",
        "PLAIN set 1 now standard",
        "SENTRY_DSN not set",
        "STRIPE_KEY not set",
        "db-password undeclared 1 now standard",
        "OLD undeclared 1 now standard",
    ];
    assert_eq!(words(&said.out), table);
}

#[test]
fn all_stages_are_a_matrix_of_states_and_versions() {
    let (ssm, app) = filled();
    ssm.put_secret("orders", "next", "STRIPE_KEY", "sk_hunter2").unwrap();
    ssm.put_secret("other", "theirs", "STRIPE_KEY", "sk_hunter2").unwrap();

    let said = app.run(["secrets", "list", "--all-stages"]);

    is_silent_about(&said, &[CANARY]);
    assert_eq!(
        (said.code, plain(&ssm, said.clone()).err.as_str()),
        (0, "`orders`, SSM at URL; versions in brackets\n")
    );
    let table = "\
SECRET       dev             next          prod          FALLBACK
PLAIN        fallback (1)    fallback (1)  fallback (1)  set (1)
SENTRY_DSN   not set         not set       missing       not set
STRIPE_KEY   missing         set (1)       missing       not set
db-password  set (2)         missing       missing       not set
LEFT_OVER    undeclared (1)
";
    assert_eq!(said.out, table);
}

#[test]
fn the_matrix_as_json_has_states_and_versions_apart() {
    let (ssm, app) = filled();

    let report = json(&plain(&ssm, app.run(["secrets", "list", "--all-stages", "--json"])));

    assert_eq!(
        (report["app"].as_str(), report["store"]["endpoint"].as_str(), report["complete"].as_bool()),
        (Some("orders"), Some("URL"), Some(true))
    );
    let stages: Vec<_> = report["stages"].as_array().unwrap().iter().map(|column| &column["stage"]).collect();
    assert_eq!(stages, [&serde_json::json!("dev"), &serde_json::json!("prod"), &serde_json::Value::Null]);
    let secret = |column: usize, name: &str| {
        let all = report["stages"][column]["secrets"].as_array().unwrap();
        let found = all.iter().find(|secret| secret["name"] == name).unwrap();
        (found["state"].as_str().unwrap().to_owned(), found["version"].as_i64())
    };
    assert_eq!(secret(0, "db-password"), ("set".to_owned(), Some(2)));
    assert_eq!(secret(1, "SENTRY_DSN"), ("missing".to_owned(), None));
    assert_eq!(secret(2, "PLAIN"), ("set".to_owned(), Some(1)));
    assert_eq!([0, 1, 2].map(|column: usize| report["stages"][column]["fallback"] == true), [false, false, true]);
}

#[test]
fn where_listing_is_denied_what_is_declared_is_looked_at_and_that_is_said() {
    let (ssm, app) = filled();
    ssm.inject(Fault::deny().on(Operation::GetParametersByPath));
    let note = "these credentials may not list (ssm:GetParametersByPath): only what is declared was looked at\n";

    let said = list(&app, &[]);
    assert_eq!(
        plain(&ssm, said.clone()),
        expected(0, &said.out, &format!("stage `dev` of `orders`, SSM at URL\n{note}"))
    );
    assert_eq!(
        words(&said.out)[1..],
        ["PLAIN fallback 1 now standard", "SENTRY_DSN not set", "STRIPE_KEY missing", "db-password set 2 now advanced"]
    );
    assert_eq!(json(&list(&app, &["--json"]))["complete"], false);
    let said = app.run(["secrets", "list", "--all-stages"]);
    assert_eq!(
        plain(&ssm, said.clone()),
        expected(0, &said.out, &format!("`orders`, SSM at URL; versions in brackets\n{note}"))
    );
    assert_eq!(words(&said.out)[0], "SECRET prod FALLBACK");
    assert_eq!(json(&app.run(["secrets", "list", "--all-stages", "--json"]))["complete"], false);
}

#[test]
fn where_listing_the_fallback_alone_is_denied_that_is_said_too() {
    let (ssm, app) = filled();
    ssm.inject(Fault::deny().on(Operation::GetParametersByPath).fallback_of("orders"));

    let said = plain(&ssm, list(&app, &[]));

    assert!(words(&said.out).contains(&"LEFT_OVER undeclared 1 now standard".to_owned()), "{said:?}");
    let note = "these credentials may not list (ssm:GetParametersByPath): only what is declared was looked at\n";
    assert_eq!((said.code, said.err), (0, format!("stage `dev` of `orders`, SSM at URL\n{note}")));
    assert_eq!(json(&list(&app, &["--json"]))["complete"], false);
}

#[test]
fn an_age_and_a_date_are_those_of_the_version() {
    let ssm = ssm();
    let app = App::on(&ssm, "app = \"orders\"\nstage = \"dev\"\n[secrets]\nPLAIN = \"\"\n");
    app.ok("synth");
    ssm.set_clock_offset(-3 * 86_400 - 60);
    ssm.put_secret("orders", "dev", "PLAIN", CANARY).unwrap();
    ssm.set_clock_offset(0);

    for command in ["secrets list", "secrets history PLAIN", "check"] {
        let shown = app.ok(command);
        assert!(shown.contains("3 days ago"), "{command}: {shown}");
        let report = json(&app.run(command.split(' ').chain(["--json"])));
        let row = [&report["secrets"][0], &report["versions"][0], &report["stages"][0]["bindings"][0]];
        let set = row.iter().find_map(|row| row["set_at"].as_str()).unwrap();
        let age = jiff::Timestamp::now().duration_since(set.parse().unwrap()).as_hours();
        assert_eq!(age, 72, "{command}: {report}");
    }
}

#[test]
fn where_nothing_may_be_read_the_list_is_no_empty_one() {
    let (ssm, app) = filled();
    ssm.inject(Fault::deny().on_reads());

    let said = list(&app, &[]);

    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.starts_with("error: the secrets were not read: AWS denies ssm:GetParameters on "), "{said:?}");
    assert!(ssm.names().contains(&fallback_path("PLAIN")));
}

#[test]
fn where_tiers_may_not_be_looked_at_they_are_left_out() {
    let (ssm, app) = filled();
    ssm.inject(Fault::deny().on(Operation::DescribeParameters));

    let said = list(&app, &[]);

    assert_eq!(said.code, 0);
    assert_eq!(words(&said.out)[4], "db-password set 2 now");
}

#[test]
fn other_prefixes_and_other_apps_are_not_mixed_up() {
    let ssm = ssm();
    let app =
        App::on(&ssm, &ORDERS.replace("app = \"orders\"", "app = \"orders\"\nssm_prefix = \"/team/{app}/{stage}/\""));
    ssm.put(NewParameter::secure("/team/orders/dev/Secret/PLAIN/value", "hunter2")).unwrap();
    ssm.put(NewParameter::secure("/team/orders/dev2/Secret/STRIPE_KEY/value", "sk_hunter2")).unwrap();
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_hunter2").unwrap();

    let report = json(&list(&app, &["--json"]));
    let states: Vec<_> =
        report["secrets"].as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["set", "unset", "missing", "missing"]);
    let report = json(&app.run(["secrets", "list", "--all-stages", "--json"]));
    let columns = report["stages"].as_array().unwrap();
    assert_eq!(
        columns.iter().filter_map(|column| column["stage"].as_str()).collect::<Vec<_>>(),
        ["dev", "dev2", "prod"]
    );
}
