//! `secrets get`: exact bytes and nothing else; not set, denied and unreachable are three answers.

use bind_config_local::{Fault, Operation};
use serde_json::json;

use crate::app::{App, ORDERS};
use crate::kit::{body, expected, fallback_path, path, plain, ssm};

#[test]
fn the_value_is_printed_byte_for_byte_and_nothing_else() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    for value in ["hunter2", "line\n", "\r\n", " a\tb ", "é\u{feff}\u{2028}", "-----BEGIN", "\u{1b}[31m"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
        assert_eq!(app.run(["secrets", "get", "PLAIN", "--stage", "dev"]), expected(0, value, ""));
    }
}

#[test]
fn an_earlier_version_is_printed_on_demand() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["one", "two", "three"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }

    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 2"), "two");
    assert_eq!(app.ok("secrets get PLAIN --stage dev"), "three");
    for version in ["4", "0", "-1", "99999999999999999"] {
        let said = app.run(["secrets", "get", "PLAIN", "--stage", "dev", &format!("--version={version}")]);
        let text = format!(
            "error: `PLAIN` has no version {version} in stage `dev` of `orders`: `bind-config secrets history PLAIN --stage dev`\n"
        );
        assert_eq!(said, expected(1, "", &text));
    }
}

#[test]
fn the_fallback_is_read_only_where_it_is_asked_for() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_fallback_secret("orders", "PLAIN", "common").unwrap();

    let said = app.run(["secrets", "get", "PLAIN", "--stage", "dev"]);
    let text =
        "error: `PLAIN` is not set in stage `dev` of `orders`, SSM at URL; its fallback is: `--fallback` prints that\n";
    assert_eq!(plain(&ssm, said), expected(1, "", text));
    assert_eq!(app.run(["secrets", "get", "PLAIN", "--fallback"]), expected(0, "common", ""));
}

#[test]
fn a_fallback_that_nobody_may_take_is_not_offered() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_fallback_secret("orders", "db-password", "common").unwrap();

    let said = app.run(["secrets", "get", "db-password", "--stage", "dev"]);
    assert_eq!(
        plain(&ssm, said),
        expected(1, "", "error: `db-password` is not set in stage `dev` of `orders`, SSM at URL\n")
    );
    let said = app.run(["secrets", "get", "db-password", "--fallback"]);
    assert_eq!(said, expected(1, "", "error: `db-password` has no fallback: bind.toml says `fallback = false`\n"));
}

#[test]
fn not_set_denied_and_unreachable_are_three_answers_none_of_them_on_stdout() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let get = || app.run(["secrets", "get", "PLAIN", "--stage", "dev"]);

    assert_eq!(
        plain(&ssm, get()),
        expected(1, "", "error: `PLAIN` is not set in stage `dev` of `orders`, SSM at URL\n")
    );
    ssm.inject(Fault::deny().on(Operation::GetParameter));
    let resource = "arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/dev/Secret/PLAIN/value";
    let denied = format!(
        "error: `PLAIN` was not read: AWS denies ssm:GetParameter on {resource}: these credentials need that permission\n"
    );
    assert_eq!(get(), expected(2, "", &denied));
    let address = ssm.address();
    drop(ssm);
    let said = get();
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(
        said.err.starts_with("error: `PLAIN` was not read: ") && said.err.contains("cannot be reached"),
        "{said:?}"
    );
    assert!(said.err.contains(&address.to_string()), "{said:?}");
}

#[test]
fn a_key_that_may_not_be_used_is_denied_and_not_missing() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put(bind_config_local::NewParameter::secure(path("dev", "PLAIN"), "hunter2").key("alias/own")).unwrap();
    ssm.inject(Fault::deny_key("alias/own"));

    let said = app.run(["secrets", "get", "PLAIN", "--stage", "dev"]);

    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.starts_with("error: `PLAIN` was not read: AWS denies "), "{said:?}");
}

#[test]
fn an_undeclared_name_is_read_and_a_likely_one_is_named_where_it_is_not_set() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "LEFT_OVER", "hunter2").unwrap();

    assert_eq!(app.ok("secrets get LEFT_OVER --stage dev"), "hunter2");
    let said = app.run(["secrets", "get", "PLAIM", "--stage", "dev"]);
    let text = "error: `PLAIM` is not set in stage `dev` of `orders`, SSM at URL; `PLAIM` is not declared in bind.toml: did you mean `PLAIN`?\n";
    assert_eq!(plain(&ssm, said), expected(1, "", text));
    let said = app.run(["secrets", "get", "MAX_ITEMS", "--stage", "dev"]);
    assert_eq!(said, expected(1, "", "error: `MAX_ITEMS` is a parameter, no secret: its value is in bind.toml\n"));
    let said = app.run(["secrets", "get", "a/b", "--stage", "dev"]);
    assert_eq!((said.code, said.err.starts_with("error: `a/b` cannot be a secret: ")), (1, true), "{said:?}");
}

#[test]
fn json_has_the_value_and_its_version() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["before", "a\nb"] {
        ssm.put_secret("orders", "dev", "db-password", value).unwrap();
    }
    let get = |more: &[&str]| {
        let said = app.run(["secrets", "get", "db_password", "--stage", "dev", "--json"].iter().chain(more));
        assert_eq!(said.err, "");
        body(&said)
    };

    let of =
        |value: &str, version: u64| json!({ "name": "db-password", "value": value, "version": version, "error": null });
    assert_eq!(get(&[]), of("a\nb", 2));
    assert_eq!(get(&["--version", "1"]), of("before", 1));
    assert_eq!(ssm.value(&fallback_path("db_password")), None);
}
