//! `secrets history`: which versions there are; no values.

use bind_config_local::{Fault, NewParameter, Operation, Tier};

use crate::app::{App, ORDERS};
use crate::kit::{expected, is_silent_about, json, path, plain, ssm};

#[test]
fn versions_are_listed_with_tier_and_key_newest_first_and_without_values() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "hunter1").key("alias/own")).unwrap();
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "hunter2").key("alias/own").tier(Tier::Advanced)).unwrap();

    let table = app.run(["secrets", "history", "PLAIN", "--stage", "dev"]);
    let said = app.run(["secrets", "history", "PLAIN", "--stage", "dev", "--json"]);

    is_silent_about(&table, &["hunter"]);
    is_silent_about(&said, &["hunter"]);
    assert_eq!(
        (table.code, plain(&ssm, table.clone()).err.as_str()),
        (0, "`PLAIN` in stage `dev` of `orders`, SSM at URL\n")
    );
    let lines: Vec<Vec<&str>> = table.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["VERSION", "SET", "BY", "TIER", "KEY", "LABELS"]);
    assert_eq!((lines[1][0], lines[1][1]), ("2", "(current)"));
    assert!(
        lines[1].ends_with(&["advanced", "alias/own"]) && lines[2].ends_with(&["standard", "alias/own"]),
        "{lines:?}"
    );
    let versions = json(&said)["versions"].clone();
    let numbers: Vec<_> =
        versions.as_array().unwrap().iter().map(|version| version["version"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [2, 1]);
}

#[test]
fn all_hundred_versions_that_are_kept_are_listed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for number in 1..=103 {
        ssm.put_secret("orders", "dev", "PLAIN", format!("hunter{number}")).unwrap();
    }

    let report = json(&app.run(["secrets", "history", "PLAIN", "--stage", "dev", "--json"]));

    let numbers: Vec<_> =
        report["versions"].as_array().unwrap().iter().map(|version| version["version"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (4..=103).rev().collect::<Vec<_>>());
}

#[test]
fn what_is_not_set_has_no_history_and_a_denial_is_another_answer() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let history = || app.run(["secrets", "history", "PLAIN", "--stage", "dev"]);

    assert_eq!(
        plain(&ssm, history()),
        expected(1, "", "error: `PLAIN` is not set in stage `dev` of `orders`, SSM at URL\n")
    );
    ssm.inject(Fault::deny().on(Operation::GetParameterHistory));
    let said = history();
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(
        said.err.starts_with("error: the history of `PLAIN` was not read: AWS denies ssm:GetParameterHistory on "),
        "{said:?}"
    );
}
