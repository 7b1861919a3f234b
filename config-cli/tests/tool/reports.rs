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
fn an_error_is_in_the_report_and_on_stderr() {
    let app = orders();
    for (command, code, word) in [
        ("secrets get PLAIN", 1, "no"),
        ("secrets set NAME --generate", 1, "no"),
        ("secrets load new.env --stage -", 2, "impossible"),
        ("show nothing", 2, "impossible"),
        ("bind -- no-such-command", 1, "no"),
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
        assert_eq!((said.code, &report["set"]), (1, &serde_json::json!([])), "{said:?}");
        assert_eq!(report["error"]["message"], "nothing is set: 1 of 2 cannot be");
        assert_eq!((&report["plan"][0]["change"], &report["plan"][1]["change"]), (&"new".into(), &"wrong".into()));
    }
}
