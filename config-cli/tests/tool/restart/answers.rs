//! What cannot be read is never written back.

use std::sync::Mutex;

use bind_config_local::{Fault, LocalSsm};
use serde_json::{Value as Json, json};

use super::{
    FETCH, MARKER, READ, UPDATE, api, bound, lambda, not_restarted, plain, set, set_with, squeezed, table, updates,
};
use crate::app::{App, ORDERS, said};
use crate::kit::until;
use crate::server::{Server, lambda as lambda_of};

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
pub(super) fn restart_at(server: &Server, ssm: &LocalSsm, more: &[&str]) -> (i32, String, String) {
    let app = App::on(ssm, ORDERS).with("AWS_ENDPOINT_URL_LAMBDA", &server.endpoint());
    let arguments = ["secrets", "restart", "STRIPE_KEY", "--stage", "dev"].iter().chain(more);
    let said = app.run(arguments);
    (said.code, said.out, said.err)
}

/// The environment that a write had.
pub(super) fn writes(server: &Server) -> Vec<Json> {
    let all = server.asked().into_iter().filter(|asked| asked.what.starts_with("PUT "));
    all.map(|asked| asked.json()["Environment"]["Variables"].clone()).collect()
}

fn without_marker(mut variables: Json) -> Json {
    variables.as_object_mut().unwrap().remove(MARKER).unwrap();
    variables
}

pub(super) const AGAIN: &str = "error: 1 of 1 functions were not restarted and may keep the old value. Nothing was set. Again: bind-config secrets \
     restart STRIPE_KEY --stage dev\n";

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
fn the_environment_of_another_function_is_never_written_into_this_one() {
    let variables = json!({ "SST_APP": "orders", "SST_STAGE": "dev", "SST_Secret_value_STRIPE_KEY": FETCH });
    let mut of_another = variables.clone();
    of_another["OF_ANOTHER"] = "canary".into();
    let ssm = LocalSsm::start().unwrap();
    for whose in [
        json!({ "FunctionName": "another" }),
        json!({ "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:another" }),
        json!({}),
    ] {
        let mut looked_at = whose.clone();
        looked_at["RevisionId"] = "2".into();
        looked_at["Environment"] = json!({ "Variables": of_another });
        let server = lambda_of("api", &variables, looked_at);

        let said = restart_at(&server, &ssm, &[]);

        let why = "not restarted: what answered is not AWS: check the network (a login page, a proxy) and the endpoint, where a \
                   variable says one";
        assert_eq!(squeezed(said), squeezed((1, table(&[("api", "dev", why)]), AGAIN.to_owned())), "{whose}");
        let written: Vec<_> = writes(&server).into_iter().map(without_marker).collect();
        assert_eq!(written, std::slice::from_ref(&variables), "{whose}");
    }
}

#[test]
fn what_is_published_is_found_on_a_later_page() {
    let variables = json!({ "SST_APP": "orders", "SST_STAGE": "dev", "SST_Secret_value_STRIPE_KEY": FETCH });
    let function = json!({ "FunctionName": "api", "RevisionId": "1", "Environment": { "Variables": variables } });
    let server = Server::start(move |asked| {
        let (path, query) = asked.what.split_once('?').unwrap_or((&asked.what, ""));
        let answer = match path.rsplit('/').next() {
            _ if path.starts_with("PUT ") => function.clone(),
            // A page may have less than it could.
            Some("versions") => json!({ "Versions": [{ "Version": "$LATEST" }], "NextMarker": "more" }),
            Some("aliases") if query.contains("Marker=more") => {
                json!({ "Aliases": [{ "Name": "live", "FunctionVersion": "1" }] })
            }
            Some("aliases") => json!({ "Aliases": [], "NextMarker": "more" }),
            Some("provisioned-concurrency") if query.contains("Marker=more") => {
                json!({ "ProvisionedConcurrencyConfigs": [{ "FunctionArn": "arn:aws:lambda:us-east-1:1:function:api:live" }] })
            }
            Some("provisioned-concurrency") => json!({ "ProvisionedConcurrencyConfigs": [], "NextMarker": "more" }),
            _ => json!({ "Functions": [function] }),
        };
        (200, answer.to_string())
    });
    let ssm = LocalSsm::start().unwrap();

    let (code, out, err) = restart_at(&server, &ssm, &["--json"]);

    let report: Json = serde_json::from_str(&out).unwrap();
    let remarks = [
        "its published versions keep the old value: publish a new one and move `live` (version 1) to it",
        "the instances that provisioned concurrency keeps for `live` have the old value until a new version is published",
    ];
    assert_eq!((code, &report["restarts"][0]["remarks"], err.as_str()), (0, &json!(remarks), ""));
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
        "lambda": "api", "stage": "dev", "result": "unused", "why": null, "remarks": [],
    });
    let report: Json = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["restarts"], &report["error"], err.as_str()), (0, &json!([row]), &Json::Null, ""));
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
