//! What is not ready, for programs.

use bind_config_local::{Fault, Operation};
use serde_json::{Value as Json, json};

use crate::app::{App, ORDERS};
use crate::kit::{json, ssm};

/// The times in it taken out, which are there where something is set.
fn without_times(mut report: Json) -> Json {
    for stage in report["stages"].as_array_mut().unwrap() {
        for binding in stage["bindings"].as_array_mut().unwrap() {
            let set = binding["set_at"].take();
            assert_eq!(set.is_string(), !binding["version"].is_null(), "{binding}");
        }
    }
    report
}

#[test]
fn what_is_not_ready_is_told_as_json_with_what_was_not_looked_at() {
    let ssm = ssm();
    let declared = "app = \"orders\"\n[secrets]\nKEY = { shape = { starts_with = \"sk_\" } }\nOTHER = \"\"\n";
    let app = App::on(&ssm, &format!("{declared}[stages]\ndev = {{ store = \"local\" }}\nnext = {{}}\nprod = {{}}\n"));
    app.ok("synth");
    for (stage, name, value) in [
        ("next", "KEY", "sk_canary"),
        ("next", "OTHER", "canary"),
        ("prod", "KEY", "canary"),
        ("prod", "LEFT", "canary"),
    ] {
        ssm.put_secret("orders", stage, name, value).unwrap();
    }
    let check = || app.run("check --all-stages --store ssm --json".split(' '));
    let store = json!({ "kind": "ssm", "region": "us-east-1", "endpoint": ssm.endpoint() });
    let row = |name: &str, state: &str, why: Option<&str>, version: Option<u64>| {
        json!({
            "name": name, "kind": "secret", "type": "string", "state": state, "why": why, "version": version, "set_at": null,
        })
    };
    let message = "not ready: 2 problems\n  bind-config secrets set KEY --stage prod --store ssm\n  bind-config secrets set \
                   OTHER --stage prod --store ssm";
    let mut expected = json!({
        "app": "orders",
        "stage": null,
        "store": null,
        "function": null,
        "ready": false,
        "manifest": [],
        "left_out": ["dev"],
        "complete": true,
        "error": { "code": "not-ready", "message": message },
        "stages": [
            {
                "stage": "next",
                "store": store,
                "ready": true,
                "complete": true,
                "undeclared": [],
                "bindings": [row("KEY", "set", None, Some(1)), row("OTHER", "set", None, Some(1))],
            },
            {
                "stage": "prod",
                "store": store,
                "ready": false,
                "complete": true,
                "undeclared": ["LEFT"],
                "bindings": [
                    row("KEY", "wrong", Some("it must start with `sk_`"), Some(1)),
                    row("OTHER", "missing", None, None),
                ],
            },
        ],
    });

    let said = check();
    assert_eq!((said.code, without_times(json(&said))), (1, expected.clone()));

    ssm.inject(Fault::deny().on(Operation::GetParametersByPath));
    let said = check();
    expected["complete"] = false.into();
    for stage in expected["stages"].as_array_mut().unwrap() {
        (stage["complete"], stage["undeclared"]) = (false.into(), json!([]));
    }
    assert_eq!((said.code, without_times(json(&said))), (1, expected));
}

#[test]
fn a_manifest_that_is_not_there_is_told_as_json() {
    let said = App::new(ORDERS).run(["check", "--offline", "--json"]);

    let expected = json!({
        "app": "orders",
        "stage": null,
        "store": null,
        "function": null,
        "ready": false,
        "manifest": ["bindings.json is not there: run `bind-config synth`"],
        "left_out": [],
        "complete": true,
        "error": { "code": "not-ready", "message": "not ready: 1 problem" },
        "stages": [],
    });
    assert_eq!((said.code, json(&said)), (1, expected));
}
