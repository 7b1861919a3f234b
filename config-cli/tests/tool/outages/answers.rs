//! Answers that are not whole, are about something else or never end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bind_config_local::Fault;
use serde_json::json;

use super::{COMMANDS, NOT_AWS, at, orders, run, stored};
use crate::app::{App, ORDERS};
use crate::kit::{expected, path, until};
use crate::server::Server;

/// What a server answers to one operation, and to all others that nothing is stored.
pub(super) fn server_with(operation: &'static str, status: u16, body: impl Into<String>) -> Server {
    let body = body.into();
    Server::start(move |asked| match asked.what.as_str() {
        what if what == operation => (status, body.clone()),
        "GetParameter" => (400, json!({ "__type": "ParameterNotFound" }).to_string()),
        "GetParameters" => (200, json!({ "Parameters": [], "InvalidParameters": asked.json()["Names"] }).to_string()),
        _ => (200, json!({ "Parameters": [] }).to_string()),
    })
}

#[test]
fn an_answer_with_nothing_in_it_is_neither_not_set_nor_done() {
    for body in ["", "{}", "{\"Parameters\": null}"] {
        let app = at(&Server::always(200, body));
        for (command, what) in COMMANDS {
            assert_eq!(
                run(&app, command),
                expected(2, "", &format!("error: {what}: {NOT_AWS}\n")),
                "{command}: {body}"
            );
        }
    }
}

#[test]
fn a_list_that_is_not_in_the_answer_is_not_an_empty_one() {
    let stored = json!({ "Name": path("dev", "PLAIN"), "Type": "SecureString", "Version": 1 });
    for (operation, command, what) in [
        ("GetParametersByPath", "secrets list --stage dev", "the secrets were not read"),
        ("DescribeParameters", "secrets list --stage dev", "the tiers were not read"),
        ("GetParameterHistory", "secrets history PLAIN --stage dev", "the history of `PLAIN` was not read"),
    ] {
        for body in ["{}", "{\"Parameters\": [{}]}"] {
            let stored = stored.clone();
            let server = Server::start(move |asked| match asked.what.as_str() {
                what if what == operation => (200, body.to_owned()),
                _ => (200, json!({ "Parameters": [stored] }).to_string()),
            });
            let said = run(&at(&server), command);
            // The versions of a history have no need of a name.
            if operation == "GetParameterHistory" && body != "{}" {
                assert_eq!(said.code, 0, "{said:?}");
                continue;
            }
            assert_eq!(said, expected(2, "", &format!("error: {what}: {NOT_AWS}\n")), "{operation}: {body}");
            assert!(server.count(operation) > 0);
        }
    }
}

#[test]
fn a_version_without_its_value_is_not_an_empty_one_to_go_back_to() {
    let version = |number: u32| json!({ "Name": path("dev", "PLAIN"), "Type": "SecureString", "Version": number });
    let server = server_with("GetParameterHistory", 200, json!({ "Parameters": [version(1), version(2)] }).to_string());

    let said = run(&at(&server), "secrets rollback PLAIN --stage dev");

    assert_eq!(said, expected(2, "", &format!("error: the history of `PLAIN` was not read: {NOT_AWS}\n")));
    assert_eq!(server.count("PutParameter"), 0);
}

#[test]
fn what_aws_says_is_not_taken_for_the_words_of_a_store_in_a_file() {
    let body = json!({
        "__type": "InternalServerError",
        "message": "An error occurred. (The store's file was not written: canary)",
    });
    let server = server_with("PutParameter", 500, body.to_string());

    let said = run(&at(&server), COMMANDS[0].0);

    let reason = "AWS failed (InternalServerError), several times: try again";
    assert_eq!(said, expected(2, "", &format!("error: `STRIPE_KEY` was not set: {reason}\n")));
}

#[test]
fn a_write_whose_answer_has_no_version_is_not_known_to_be_one() {
    for body in ["", "{}", "{\"Version\": 0}"] {
        let server = server_with("PutParameter", 200, body);

        let said = run(&at(&server), COMMANDS[0].0);

        assert_eq!(
            said,
            expected(2, "", &format!("error: whether `STRIPE_KEY` is set is not known: {NOT_AWS}\n")),
            "{body}"
        );
    }
}

#[test]
fn a_removal_that_nobody_of_aws_answers_is_looked_at_again() {
    let stored = json!({ "Name": path("dev", "STRIPE_KEY"), "Value": "canary", "Type": "SecureString", "Version": 1 });
    for (stays, body) in [(true, ""), (true, "{}"), (true, "<html>"), (false, ""), (false, "{}"), (false, "<html>")] {
        let (stored, is_gone) = (stored.clone(), AtomicBool::new(false));
        let server = Server::start(move |asked| {
            let is_here = stays || !is_gone.load(Ordering::Relaxed);
            match asked.what.as_str() {
                "DeleteParameter" => {
                    is_gone.store(true, Ordering::Relaxed);
                    (200, body.to_owned())
                }
                "GetParameters" if is_here => (200, json!({ "Parameters": [stored] }).to_string()),
                "GetParameters" => {
                    (200, json!({ "Parameters": [], "InvalidParameters": asked.json()["Names"] }).to_string())
                }
                "GetParameter" if is_here && asked.json()["Name"] == stored["Name"] => {
                    (200, json!({ "Parameter": stored }).to_string())
                }
                "GetParameter" => (400, json!({ "__type": "ParameterNotFound" }).to_string()),
                _ => (200, json!({ "Parameters": [stored] }).to_string()),
            }
        });

        let app = at(&server).with("AWS_ENDPOINT_URL_LAMBDA", &Server::always(200, "{\"Functions\": []}").endpoint());
        let said = run(&app, "secrets remove STRIPE_KEY --stage dev --yes");

        let place = format!("SSM at {}", server.endpoint());
        let removed = format!("`STRIPE_KEY` is removed from stage `dev` of `orders`, {place}.\n");
        let failed = format!("error: `STRIPE_KEY` was not removed: {NOT_AWS}\n");
        let is = if stays { expected(2, "", &failed) } else { expected(0, "", &removed) };
        assert_eq!(said, is, "{body}");
    }
}

#[test]
fn an_answer_about_something_else_is_no_answer() {
    let own = path("dev", "STRIPE_KEY");
    let parameter = |name: &str| json!({ "Name": name, "Value": "canary", "Type": "SecureString", "Version": 1 });
    let mut without_value = parameter(&own);
    without_value.as_object_mut().unwrap().remove("Value");
    let mut without_name = parameter(&own);
    without_name.as_object_mut().unwrap().remove("Name");
    for one in [parameter("/sst/orders/prod/Secret/STRIPE_KEY/value"), without_value.clone(), without_name.clone()] {
        let server = server_with("GetParameter", 200, json!({ "Parameter": one }).to_string());
        let said = run(&at(&server), COMMANDS[1].0);
        assert_eq!(said, expected(2, "", &format!("error: `STRIPE_KEY` was not read: {NOT_AWS}\n")));
    }
    let other = parameter("/sst/orders/prod/Secret/STRIPE_KEY/value");
    for all in [vec![parameter(&own), other], vec![without_value], vec![without_name], vec![]] {
        let server = server_with("GetParameters", 200, json!({ "Parameters": all }).to_string());
        let said = run(&at(&server), COMMANDS[0].0);
        assert_eq!(said, expected(2, "", &format!("error: `STRIPE_KEY` was not set: {NOT_AWS}\n")));
        assert_eq!(server.count("PutParameter"), 0);
    }
    // What was not answered is asked for again.
    let ssm = stored();
    let left_out = ssm.inject(Fault::leave_out().name(&own).times(1));
    assert_eq!(run(&App::on(&ssm, ORDERS), COMMANDS[0].0).code, 0);
    assert_eq!(ssm.hits(left_out), 1);
}

#[test]
fn a_version_comes_under_the_name_alone_and_under_its_own() {
    let own = path("dev", "STRIPE_KEY");
    for name in [own.clone(), format!("{own}:1")] {
        let parameter = json!({ "Name": name, "Value": "an old one", "Type": "SecureString", "Version": 1 });
        let server = server_with("GetParameter", 200, json!({ "Parameter": parameter }).to_string());
        let said = run(&at(&server), "secrets get STRIPE_KEY --version 1 --stage dev");
        assert_eq!(said, expected(0, "an old one", ""));
    }
}

#[test]
fn a_failure_that_says_not_found_is_a_failure() {
    for status in [500, 503] {
        let server = Server::always(status, r#"{"__type":"ParameterNotFound"}"#);
        let said = run(&at(&server), COMMANDS[1].0);
        let reason = "AWS failed (ParameterNotFound), several times: try again";
        assert_eq!(said, expected(2, "", &format!("error: `STRIPE_KEY` was not read: {reason}\n")));
    }
}

#[test]
fn pages_that_lead_in_a_circle_are_not_followed_for_ever() {
    let server = Server::start(|asked| {
        let next = if asked.json()["NextToken"] == "a" { "b" } else { "a" };
        (200, json!({ "Parameters": [], "NextToken": next }).to_string())
    });

    let said = run(&at(&server), COMMANDS[2].0);

    assert_eq!(said, expected(2, "", &format!("error: the secrets were not read: {NOT_AWS}\n")));
    assert!((3..=8).contains(&server.count("GetParametersByPath")), "{}", server.count("GetParametersByPath"));
}

#[test]
fn an_answer_that_never_ends_is_not_read_for_ever() {
    let ssm = stored();
    let app = orders(&ssm);
    let endless = ssm.inject(Fault::endless());

    let child = app.command(COMMANDS[1].0.split(' ')).spawn().unwrap();
    until("an endless answer", || ssm.hits(endless) == 1);
    let said = crate::app::said(child);

    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.starts_with("error: `STRIPE_KEY` was not read: "), "{said:?}");
}

#[test]
fn a_slow_answer_is_an_answer() {
    let ssm = stored();
    ssm.inject(Fault::delay(Duration::from_millis(700)));

    assert_eq!(App::on(&ssm, ORDERS).ok("secrets get STRIPE_KEY --stage dev"), "sk_live_canary_before");
}
