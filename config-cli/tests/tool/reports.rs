//! Reports as JSON: one document of each command, with the same head, and errors in it.

use bind_config_local::Fault;

use crate::app::{App, ORDERS};
use crate::kit::{is_silent_about, json, ssm};

/// An app with a secret, on the local store.
fn orders() -> App {
    let app = App::new(&format!("stage = \"dev\"\nstore = \"local\"\n{ORDERS}"));
    app.run_with(b"sk_12345678", ["secrets", "set", "STRIPE_KEY"]);
    app.write("new.env", "PLAIN=canary\n");
    app
}

#[test]
fn every_report_says_first_which_app_stage_and_store_it_is_about() {
    let app = orders();
    for (command, stage) in [
        ("stage", Some("dev")),
        ("stage use mine", Some("dev")),
        ("show", Some("dev")),
        ("synth", None),
        ("synth --check", None),
        ("synth --out build", Some("dev")),
        ("check", Some("dev")),
        ("check --stage prod", Some("prod")),
        ("check --all-stages", None),
        ("check --offline", None),
        ("secrets list", Some("dev")),
        ("secrets list --fallback", None),
        ("secrets list --all-stages", None),
        ("secrets history STRIPE_KEY", Some("dev")),
        ("secrets get STRIPE_KEY", Some("dev")),
        ("secrets load new.env --plan", Some("dev")),
        ("secrets load new.env", Some("dev")),
        ("secrets set PLAIN --generate", Some("dev")),
        ("secrets rollback PLAIN --plan", Some("dev")),
        ("secrets rollback PLAIN", Some("dev")),
        ("secrets copy --from dev --to next", Some("next")),
        ("secrets remove PLAIN --yes", Some("dev")),
        ("parameters list", Some("dev")),
        ("local path", None),
        ("local reset --yes", None),
        ("local reset --yes", None),
    ] {
        let said = app.run(command.split(' ').chain(["--json"]));
        assert!(said.code < 2, "{command}: {said:?}");
        is_silent_about(&said, &["canary"]);
        let report = json(&said);
        assert_eq!((&report["app"], report["stage"].as_str()), (&"orders".into(), stage), "{command}: {report}");
        assert_eq!(report.get("error").map(serde_json::Value::is_null), Some(said.code == 0), "{command}: {report}");
        let is_asked = !["synth", "check --off"].iter().any(|start| command.starts_with(start));
        let kind = if is_asked && command != "stage use mine" && !command.ends_with("check --all-stages") {
            report["store"]["kind"].as_str()
        } else {
            assert!(report.as_object().unwrap().contains_key("store"), "{command}: {report}");
            continue;
        };
        assert_eq!(kind, Some("local"), "{command}: {report}");
    }
}

#[test]
fn an_answer_that_is_no_is_an_error_of_the_report() {
    let app = orders();
    app.ok("synth");
    let manifest = app.read("bindings.json");
    app.write("bind.toml", &app.read("bind.toml").replace("PLAIN", "OTHER"));
    app.write("old.json", &manifest);

    for (command, word, begin) in [
        ("check", "not-ready", "not ready: "),
        ("synth --check", "drift", "not as bind.toml says: bindings.json"),
        ("diff old.json now.json", "breaking", "1 of "),
    ] {
        if command.starts_with("diff") {
            app.ok("synth");
            app.write("now.json", &app.read("bindings.json"));
        }
        let said = app.run(command.split(' ').chain(["--json"]));
        let error = &json(&said)["error"];
        assert_eq!((said.code, &error["code"]), (1, &word.into()), "{command}: {said:?}");
        assert!(error["message"].as_str().unwrap().starts_with(begin), "{command}: {error}");
    }
}

#[test]
fn mistakes_of_a_declaration_are_told_one_by_one_with_their_places() {
    let app = App::new("app = \"orders\"\nstagee = \"dev\"\n[secrets]\nKEY = 7\n");

    let said = app.run(["check", "--offline", "--json"]);

    let error = &json(&said)["error"];
    assert_eq!((said.code, &error["code"]), (2, &"invalid".into()), "{said:?}");
    let problems: Vec<(u64, u64, &str)> = error["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert_eq!(one["file"], "bind.toml");
            (one["line"].as_u64().unwrap(), one["column"].as_u64().unwrap(), one["message"].as_str().unwrap())
        })
        .collect();
    assert!(
        matches!(problems.as_slice(), [(2, 1, first), (4, 7, second)] if first.contains("`stagee`") && second.contains("`KEY`")),
        "{problems:?}"
    );
}

#[test]
fn a_list_in_the_form_of_json_is_such_a_report_too() {
    let app = orders();
    assert_eq!(app.ok("secrets list --format json"), app.ok("secrets list --json"));
    assert_eq!(app.ok("secrets list --format json --json"), app.ok("secrets list --json"));
    for arguments in [
        "secrets list --format json --fallback --stage dev",
        "secrets list --format=json --nothing",
        "secrets list --format env --reveal --json",
        "secrets list --no-expand --json",
    ] {
        let said = app.run(arguments.split(' '));
        assert_eq!((said.code, json(&said)["error"]["code"].is_string()), (2, true), "{said:?}");
    }
}

#[test]
fn an_error_is_in_the_report_and_on_stderr() {
    let app = orders();
    for (command, code, word) in [
        ("secrets get PLAIN", 1, "not-set"),
        ("secrets history PLAIN", 1, "not-set"),
        ("secrets get OTHER", 1, "not-set"),
        ("secrets set NAME --generate", 1, "undeclared"),
        ("secrets set STRIPE_KEY value", 1, "misfit"),
        ("secrets set PLAIN --generate --expect-version 7", 1, "conflict"),
        ("init", 1, "exists"),
        ("secrets load new.env --stage -", 2, "impossible"),
        ("show nothing", 2, "impossible"),
        ("bind -- no-such-command", 1, "not-ready"),
        ("secrets list --store ssm", 2, "no-region"),
        ("secrets list --store ssm --region eu-west-1", 2, "no-credentials"),
    ] {
        let said = app.run(
            command
                .split(' ')
                .take_while(|word| *word != "--")
                .chain(["--json"])
                .chain(command.split(' ').skip_while(|word| *word != "--")),
        );
        assert_eq!(said.code, code, "{command}: {said:?}");
        let error = &json(&said)["error"];
        assert_eq!(error["code"], word, "{command}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && said.err.ends_with(&format!("error: {message}\n")), "{command}: {said:?}");
    }
}

#[test]
fn arguments_that_cannot_be_read_are_an_error_in_a_report_too() {
    let app = orders();
    for command in ["secrets lst --json", "check --json --nothing", "--json"] {
        let said = app.run(command.split(' '));
        let error = &json(&said)["error"];
        assert_eq!((said.code, &error["code"]), (2, &"usage".into()), "{command}: {said:?}");
        assert!(!error["message"].as_str().unwrap().is_empty(), "{command}");
    }
    let said = app.run("bind --nothing -- env --json".split(' '));
    assert_eq!((said.code, said.out.as_str()), (2, ""), "it is the command's own");
}

#[test]
fn what_aws_says_has_a_word() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1");
    for (fault, word) in [
        (Fault::deny(), "denied"),
        (Fault::throttled(), "throttled"),
        (Fault::token_expired(), "expired-credentials"),
        (Fault::server_error(), "unavailable"),
        (Fault::reset(), "unreachable"),
        (Fault::malformed(), "no-aws"),
    ] {
        let id = ssm.inject(fault);
        let said = app.run("secrets list --stage dev --json".split(' '));
        ssm.remove_fault(id);
        assert_eq!((said.code, &json(&said)["error"]["code"]), (2, &word.into()), "{said:?}");
    }
}

#[test]
fn a_plan_with_something_wrong_in_it_is_one_document() {
    let app = orders();
    app.write("wrong.env", "PLAIN=canary\nSTRIPE_KEY=canary\n");
    for arguments in [&[][..], &["--plan"]] {
        let said = app.run(["secrets", "load", "wrong.env", "--json"].iter().chain(arguments));
        let report = json(&said);
        assert_eq!((said.code, &report["stored"]), (1, &serde_json::json!([])), "{said:?}");
        assert_eq!(
            report["error"]["message"],
            "nothing is set in stage `dev` of `orders`, the local store (.bind-config/store): 1 of 2 cannot be"
        );
        let plan = serde_json::json!([
            { "name": "PLAIN", "change": "new", "why": null, "from_version": null },
            { "name": "STRIPE_KEY", "change": "misfit", "why": "it must start with `sk_`", "from_version": null },
        ]);
        assert_eq!(report["plan"], plan);
    }
}

#[test]
fn the_files_that_synth_removes_are_in_its_report() {
    let app = App::new("app = \"orders\"\nstage = \"dev\"\n[functions]\napi = {}\nworker = {}\n");
    app.ok("synth --out build");
    app.write("bind.toml", &app.read("bind.toml").replace("worker = {}\n", ""));

    let said = app.run("synth --out build --json".split(' '));

    let expected = serde_json::json!({
        "app": "orders",
        "stage": "dev",
        "store": null,
        "notes": [],
        "removed": ["build/dev/worker.env", "build/dev/worker.environment.json"],
        "written": ["bindings.json", "build/dev/bindings.tf.json", "build/dev/template.json"],
        "unchanged": ["build/dev/api.env", "build/dev/api.environment.json"],
        "error": null,
    });
    assert_eq!((said.code, json(&said)), (0, expected));
}

#[test]
fn whether_there_was_a_local_store_to_delete_is_in_the_report() {
    let app = orders();
    let path = app.ok("local path").trim_end().to_owned();
    for is_deleted in [true, false] {
        let said = app.run("local reset --yes --json".split(' '));

        let expected = serde_json::json!({
            "app": "orders",
            "stage": null,
            "store": { "kind": "local", "path": path },
            "deleted": is_deleted,
            "error": null,
        });
        assert_eq!((said.code, json(&said)), (0, expected));
    }
}
