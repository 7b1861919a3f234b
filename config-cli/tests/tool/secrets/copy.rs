//! `secrets copy`: the secrets of one stage, in another.

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation, Tier};

use crate::app::{App, ORDERS, Said};
use crate::kit::{body, expected, is_silent_about, path, plain, ssm, until_it_happens};

fn copy(ssm: &LocalSsm, app: &App, arguments: &[&str]) -> Said {
    let said = app.run(["secrets", "copy", "--from", "dev", "--to", "next"].iter().chain(arguments));
    is_silent_about(&said, &["hunter", "sk_live"]);
    plain(ssm, said)
}

/// `STRIPE_KEY`, `db-password` and `PLAIN` are set in `dev`.
fn filled() -> (LocalSsm, App) {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for (name, value) in
        [("STRIPE_KEY", "sk_live_1"), ("db-password", "hunter1"), ("PLAIN", "hunter2\n"), ("LEFT_OVER", "hunter3")]
    {
        ssm.put_secret("orders", "dev", name, value).unwrap();
    }
    (ssm, app)
}

fn next(ssm: &LocalSsm, name: &str) -> Option<String> {
    ssm.value(&path("next", name))
}

#[test]
fn what_is_declared_and_set_is_copied_byte_for_byte() {
    let (ssm, app) = filled();

    let said = copy(&ssm, &app, &[]);

    let table = "NAME         CHANGE\nPLAIN        new\nSTRIPE_KEY   new\ndb-password  new\n";
    let text = "not set in stage `dev`, so not copied: SENTRY_DSN\nwarning: there is a blank, a line break or another character that nobody sees at the start or the end of `PLAIN` (`set --trim` removes a line break)\n3 secrets are set in stage `next` of `orders`, SSM at URL.\nno deployed function uses them in stage `next` of `orders`\n";
    assert_eq!(said, expected(0, table, text));
    assert_eq!(next(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_1"));
    assert_eq!(next(&ssm, "db_password").as_deref(), Some("hunter1"));
    assert_eq!(next(&ssm, "PLAIN").as_deref(), Some("hunter2\n"));
    assert_eq!(next(&ssm, "LEFT_OVER"), None);
}

#[test]
fn a_plan_writes_nothing() {
    let (ssm, app) = filled();

    let said = copy(&ssm, &app, &["--plan", "PLAIN"]);

    let note = "a plan: nothing is set in stage `next` of `orders`, SSM at URL\n";
    assert_eq!(said, expected(0, "NAME   CHANGE\nPLAIN  new\n", note));
    assert_eq!(ssm.count(Operation::PutParameter), 0);
    let report = body(&copy(&ssm, &app, &["--plan", "PLAIN", "--json"]));
    assert_eq!(
        report,
        serde_json::json!({
            "plan": [{ "name": "PLAIN", "change": "new", "why": null, "from_version": null }],
            "stored": [],
            "restarts": [],
            "error": null,
        })
    );
}

#[test]
fn another_value_is_overwritten_only_on_demand() {
    let (ssm, app) = filled();
    ssm.put_secret("orders", "next", "PLAIN", "theirs").unwrap();
    ssm.put_secret("orders", "next", "db-password", "hunter1").unwrap();

    let said = copy(&ssm, &app, &[]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    let text = "error: nothing is set: in stage `next` of `orders` `PLAIN` has another value already (`--overwrite` sets it all the same)\n";
    assert!(said.err.ends_with(text), "{said:?}");
    assert_eq!((next(&ssm, "PLAIN").as_deref(), next(&ssm, "STRIPE_KEY")), (Some("theirs"), None));

    let said = copy(&ssm, &app, &["--overwrite"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        said.out,
        "NAME         CHANGE\nPLAIN        changed, from version 1\nSTRIPE_KEY   new\ndb-password  same\n"
    );
    assert_eq!(next(&ssm, "PLAIN").as_deref(), Some("hunter2\n"));
    assert_eq!(ssm.version(&path("next", "db_password")), Some(1));
}

#[test]
fn only_the_names_that_are_given_are_copied_and_all_of_them_must_be_there() {
    let (ssm, app) = filled();

    assert_eq!(copy(&ssm, &app, &["db_password"]).code, 0);
    assert_eq!((next(&ssm, "db_password").as_deref(), next(&ssm, "PLAIN")), (Some("hunter1"), None));
    let said = copy(&ssm, &app, &["PLAIN", "SENTRY_DSN"]);
    assert_eq!(said, expected(1, "", "error: nothing is set: `SENTRY_DSN` is not set in stage `dev`\n"));
    let said = copy(&ssm, &app, &["PLAIN", "PLAIM"]);
    assert_eq!(said, expected(1, "", "error: `PLAIM` is not declared in bind.toml: did you mean `PLAIN`?\n"));
    let said = copy(&ssm, &app, &["MAX_ITEMS"]);
    assert_eq!(said, expected(1, "", "error: `MAX_ITEMS` is a parameter, no secret: its value is in bind.toml\n"));
    assert_eq!(next(&ssm, "PLAIN"), None);
}

#[test]
fn a_name_that_is_given_twice_is_copied_once() {
    let (ssm, app) = filled();

    let said = copy(&ssm, &app, &["PLAIN", "PLAIN"]);

    assert_eq!((said.code, said.out.as_str()), (0, "NAME   CHANGE\nPLAIN  new\n"), "{said:?}");
}

#[test]
fn a_value_that_does_not_fit_stops_all_of_it() {
    let (ssm, app) = filled();
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "pk_hunter").unwrap();

    let said = copy(&ssm, &app, &[]);

    assert_eq!(said.code, 1);
    assert!(said.out.contains("STRIPE_KEY   wrong: it must start with `sk_`\n"), "{said:?}");
    assert!(
        said.err.ends_with("error: nothing is set in stage `next` of `orders`, SSM at URL: 1 of 3 cannot be\n"),
        "{said:?}"
    );
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn a_plan_with_a_value_that_does_not_fit_fails_as_the_copy_would() {
    let (ssm, app) = filled();
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "pk_hunter").unwrap();

    let said = copy(&ssm, &app, &["--plan", "STRIPE_KEY"]);

    let table = "NAME        CHANGE\nSTRIPE_KEY  wrong: it must start with `sk_`\n";
    assert_eq!(
        said,
        expected(1, table, "error: nothing is set in stage `next` of `orders`, SSM at URL: 1 of 1 cannot be\n")
    );
    let said = copy(&ssm, &app, &["--plan", "STRIPE_KEY", "--json"]);
    let report = body(&said);
    assert_eq!((said.code, &report["plan"][0]["change"]), (1, &serde_json::json!("misfit")), "{report}");
}

#[test]
fn a_large_value_is_large_there_too() {
    let (ssm, app) = filled();
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "x".repeat(8192)).tier(Tier::Advanced)).unwrap();

    assert_eq!(copy(&ssm, &app, &["PLAIN"]).code, 0);
    assert_eq!(next(&ssm, "PLAIN"), Some("x".repeat(8192)));
}

#[test]
fn stages_that_are_none_are_refused() {
    let (ssm, app) = filled();
    let copy = |arguments: &[&str]| app.run(["secrets", "copy"].iter().chain(arguments));

    let said = copy(&["--from", "dev", "--to", "dev"]);
    assert_eq!(said, expected(2, "", "error: `--from` and `--to` are the same stage\n"));
    let said = copy(&["--from", "dev", "--to", "next", "--stage", "dev"]);
    assert_eq!(said, expected(2, "", "error: `--from` and `--to` say the stages: `--stage` means nothing here\n"));
    let said = copy(&["--from", "dev", "--to", "a.b"]);
    assert_eq!(said, expected(2, "", "error: `--to`: a stage is a letter, then letters, digits and `-`\n"));
    let said = copy(&["--from", "../x", "--to", "next"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    let said = plain(&ssm, copy(&["--from", "nobody", "--to", "next"]));
    assert_eq!(said, expected(1, "", "error: nothing is set: stage `nobody` has no secret of its own\n"));
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn what_somebody_else_sets_meanwhile_is_not_overwritten_unless_that_is_asked_for() {
    for (flags, code, value) in [(&[][..], 2, "theirs"), (&["--overwrite"], 0, "hunter2")] {
        let ssm = ssm();
        let app = App::on(&ssm, ORDERS);
        ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
        // The plan has seen that there is nothing.
        let held = ssm.inject(Fault::hold().on(Operation::GetParameters).times(1).after(1));
        let said = std::thread::scope(|scope| {
            let tool = scope.spawn(|| copy(&ssm, &app, &[&["PLAIN"], flags].concat()));
            until_it_happens(&ssm, "hold", 1);
            ssm.put_secret("orders", "next", "PLAIN", "theirs").unwrap();
            ssm.remove_fault(held);
            tool.join().unwrap()
        });
        assert_eq!((said.code, ssm.value(&path("next", "PLAIN")).as_deref()), (code, Some(value)), "{said:?}");
    }
}
