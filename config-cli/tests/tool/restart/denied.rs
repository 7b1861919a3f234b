//! What is denied, gone, full or out of reach is named; the value is stored.

use std::time::Duration;

use bind_config_local::{Fault, LocalSsm, NewFunction, Operation};
use serde_json::json;

use super::answers::{AGAIN, restart_at};
use super::{CANARY, FETCH, READ, SET, UPDATE, api, lambda, not_restarted, plain, put, set, squeezed, table, updates};
use crate::app::{App, ORDERS, said};
use crate::kit::until;
use crate::server::Server;

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
    let tagged = NewFunction::new("orders-dev-gone").variable("SST_Secret_value_STRIPE_KEY", FETCH);
    let tagged = tagged.tag("sst:app", "orders").tag("sst:stage", "dev");
    // Before it is asked whose it is, before it is written, and before its versions are looked at.
    for (function, operation, result) in [
        (tagged, Operation::ListTags, None),
        (api("gone"), UPDATE, Some("deleted meanwhile")),
        (api("gone"), Operation::ListVersionsByFunction, Some("restarted")),
    ] {
        let ssm = lambda([api("api"), function]);
        let held = ssm.inject(Fault::throttled().on(operation).name("orders-dev-gone"));
        let app = App::on(&ssm, ORDERS);
        let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();

        until("the first request", || ssm.hits(held) == 1);
        ssm.delete_function("orders-dev-gone").unwrap();
        ssm.remove_fault(held);
        let said = said(child);

        let mut rows = vec![("orders-dev-api", "dev", "restarted")];
        rows.extend(result.map(|result| ("orders-dev-gone", "dev", result)));
        assert_eq!(plain(&ssm, said), (0, table(&rows), String::new()), "{operation:?}");
    }
}

#[test]
fn a_function_that_is_deleted_while_its_update_is_waited_for_is_no_failure() {
    let ssm = LocalSsm::builder().update_time(Duration::from_hours(1)).start().unwrap();
    put(&ssm, [api("gone")]);
    let app = App::on(&ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();
    until("the update", || ssm.function_updates("orders-dev-gone") == 1);
    ssm.delete_function("orders-dev-gone").unwrap();

    let rows = [("orders-dev-gone", "dev", "deleted meanwhile")];
    assert_eq!(plain(&ssm, said(child)), (0, table(&rows), String::new()));
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
fn a_write_that_is_refused_for_another_reason_is_not_said_to_have_no_room() {
    let variables = json!({ "SST_APP": "orders", "SST_STAGE": "dev", "SST_Secret_value_STRIPE_KEY": FETCH });
    let listed = json!({ "FunctionName": "api", "RevisionId": "1", "Environment": { "Variables": variables } });
    let server = Server::start(move |asked| {
        if asked.what.starts_with("PUT ") {
            return (400, json!({ "__type": "InvalidParameterValueException" }).to_string());
        }
        (200, json!({ "Functions": [listed] }).to_string())
    });

    let said = restart_at(&server, &LocalSsm::start().unwrap(), &[]);

    let why = "not restarted: AWS refuses it (InvalidParameterValueException)";
    assert_eq!(said, (1, table(&[("api", "dev", why)]), AGAIN.to_owned()));
}

#[test]
fn a_lambda_that_cannot_be_reached_leaves_the_value_stored_and_says_so() {
    let ssm = lambda([api("api")]);
    let app = App::on(&ssm, ORDERS).with("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1");

    let said = set(&app);

    let err = format!(
        "{SET}\nerror: the functions that use it could not be found: Lambda at http://127.0.0.1:1 cannot be reached: \
         AWS_ENDPOINT_URL_LAMBDA says that it is there; does it run and answer?\n{SET} Functions keep the old value until they start anew: \
         bind-config secrets restart STRIPE_KEY --stage dev\n"
    );
    assert_eq!(plain(&ssm, said), (1, String::new(), err));
    assert_eq!(ssm.value("/sst/orders/dev/Secret/STRIPE_KEY/value").as_deref(), Some(CANARY));
}
