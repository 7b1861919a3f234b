//! What became of each function, for programs.

use bind_config_local::Fault;
use serde_json::json;

use super::{UPDATE, api, lambda};
use crate::app::{App, ORDERS, said};
use crate::kit::{json, until};

#[test]
fn a_function_that_was_not_restarted_and_one_that_is_gone_are_told_as_json() {
    let ssm = lambda([api("broken").failing_updates("The image is not there any more"), api("gone")]);
    let held = ssm.inject(Fault::throttled().on(UPDATE).name("orders-dev-gone"));
    let app = App::on(&ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev --json".split(' ')).spawn().unwrap();
    until("the first request", || ssm.hits(held) >= 1);
    ssm.delete_function("orders-dev-gone").unwrap();
    ssm.remove_fault(held);

    let said = said(child);

    let message = "1 of 2 functions were not restarted and may keep the old value. Nothing was set. Again: bind-config secrets \
                   restart STRIPE_KEY --stage dev";
    let why = "Lambda could not update it: The image is not there any more";
    let expected = json!({
        "app": "orders",
        "stage": "dev",
        "fallback": false,
        "store": { "kind": "ssm", "region": "us-east-1", "endpoint": ssm.endpoint() },
        "names": ["STRIPE_KEY"],
        "restarts": [
            { "lambda": "orders-dev-broken", "stage": "dev", "result": "failed", "why": why, "remarks": [] },
            { "lambda": "orders-dev-gone", "stage": "dev", "result": "deleted", "why": null, "remarks": [] },
        ],
        "error": { "code": "not-restarted", "message": message },
    });
    assert_eq!((said.code, json(&said), said.err.as_str()), (1, expected, &*format!("error: {message}\n")));
}
