//! What is refused and what is kept: names, types, shapes, tiers, keys and permissions.

use bind_config_local::{Fault, NewParameter, Operation, Tier};

use super::{done, is_refused, set_with};
use crate::app::{App, ORDERS, said};
use crate::kit::{body, dev, expected, fallback_path, is_silent_about, json, path, plain, ssm, tier_and_key, until};

#[test]
fn a_hyphen_and_an_underscore_are_the_same_name() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    assert_eq!(plain(&ssm, set_with(&app, "one", &["db_password"])), expected(0, "", &done("db-password", 1)));
    assert_eq!(plain(&ssm, set_with(&app, "two", &["db-password"])), expected(0, "", &done("db-password", 2)));
    assert_eq!(ssm.names(), [path("dev", "db_password")]);
    assert_eq!(dev(&ssm, "db_password").as_deref(), Some("two"));
}

#[test]
fn a_name_must_be_declared_and_the_likely_one_is_named() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with(&app, "hunter2", &["STRIP_KEY"]);
    let text = "error: `STRIP_KEY` is not declared in bind.toml: did you mean `STRIPE_KEY`? (`--declare` adds it there, `--undeclared` sets it all the same)\n";
    is_refused(&ssm, said, 1, text);
    let said = set_with(&app, "hunter2", &["ENTIRELY_OTHER"]);
    is_refused(
        &ssm,
        said,
        1,
        "error: `ENTIRELY_OTHER` is not declared in bind.toml (`--declare` adds it there, `--undeclared` sets it all the same)\n",
    );
}

#[test]
fn a_parameter_is_no_secret() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let text = "error: `MAX_ITEMS` is a parameter, no secret: its value is in bind.toml\n";

    is_refused(&ssm, set_with(&app, "5", &["MAX_ITEMS"]), 1, text);
    is_refused(&ssm, set_with(&app, "5", &["MAX_ITEMS", "--undeclared"]), 1, text);
}

#[test]
fn an_undeclared_name_is_set_where_that_is_asked_for_and_its_form_is_one_of_a_secret() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    assert_eq!(
        plain(&ssm, set_with(&app, "hunter2", &["NEW_KEY", "--undeclared"])),
        expected(0, "", &done("NEW_KEY", 1))
    );
    assert_eq!(ssm.names(), [path("dev", "NEW_KEY")]);
    for name in ["007", "MY KEY", "a/b", "APP", "STAGE", "a.b", "é", "../x", "", "_X"] {
        let said = set_with(&app, "hunter2", &["--undeclared", "--", name]);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
        // It may be a value.
        assert!(said.err.starts_with("error: the first argument cannot be the name of a secret: "), "{name}: {said:?}");
        is_silent_about(&said, &["hunter2"]);
    }
    assert_eq!(ssm.count(Operation::PutParameter), 1);
}

#[test]
fn a_name_that_is_declared_already_is_declared_as_it_was() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for name in ["db-password", "db_password", "STRIPE_KEY"] {
        let said = plain(&ssm, set_with(&app, "sk_live_hunter", &[name, "--declare=other words"]));

        assert!(said.code == 0 && !said.err.contains("declared"), "{said:?}");
        assert_eq!(app.read("bind.toml"), ORDERS);
    }
}

#[test]
fn what_says_what_a_secret_is_for_is_not_its_value() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with(&app, "hunter2", &["NEW_KEY", "--declare=sk_live_canary"]);

    let text = "error: `--declare=DOCS` says what the secret is for, and this looks like its value: nothing is set\n";
    assert_eq!(said, expected(2, "", text));
    let said = set_with(&app, "hunter2", &["NEW_KEY", "--declare", "canary docs"]);
    assert_eq!((said.code, said.err.contains("cannot be used with")), (2, true), "{said:?}");
    is_silent_about(&said, &["canary"]);
    assert_eq!((app.read("bind.toml").as_str(), ssm.count(Operation::PutParameter)), (ORDERS, 0));
}

#[test]
fn a_name_is_declared_only_once_it_is_set() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for (value, arguments) in [
        ("", &["NEW_KEY", "--declare=of a partner"][..]),
        ("hunter2", &["NEW_KEY", "--declare=of a partner", "--expect-version", "5"]),
        ("hunter2", &["2_NEW", "--declare"]),
    ] {
        assert_eq!(set_with(&app, value, arguments).code, 1, "{arguments:?}");
        assert_eq!(app.read("bind.toml"), ORDERS);
    }
    ssm.inject(Fault::deny().on(Operation::PutParameter).times(1));
    assert_eq!(set_with(&app, "hunter2", &["NEW_KEY", "--declare"]).code, 2);
    assert_eq!(app.read("bind.toml"), ORDERS);

    let said = set_with(&app, "hunter2", &["NEW_KEY", "--declare=of a partner", "--json"]);

    assert_eq!((said.code, json(&said)["added_to_bind_toml"].as_bool()), (0, Some(true)), "{said:?}");
    assert!(app.read("bind.toml").contains("NEW_KEY = \"of a partner\"\n"));
    assert_eq!(dev(&ssm, "NEW_KEY"), Some("hunter2".to_owned()));
}

#[test]
fn a_value_that_is_set_and_cannot_be_declared_is_said_to_be_both() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    // Somebody takes it away while the value is on its way.
    let held = ssm.inject(Fault::hold().on(Operation::PutParameter));
    let child =
        app.command(["secrets", "set", "NEW_KEY", "--generate", "--declare", "--stage", "dev"]).spawn().unwrap();
    until("the write", || ssm.hits(held) == 1);
    std::fs::remove_file(app.folder().join("bind.toml")).unwrap();
    ssm.remove_fault(held);

    let said = said(child);

    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("`NEW_KEY` is set (version 1) in stage `dev`"), "{said:?}");
    assert!(said.err.contains(" It is not declared: "), "{said:?}");
    assert!(dev(&ssm, "NEW_KEY").is_some());
}

#[test]
fn the_fallback_is_of_all_stages_and_not_for_a_secret_that_has_none() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = app.run_with(b"hunter2", ["secrets", "set", "PLAIN", "--fallback"]);
    let text = "`PLAIN` is set (version 1) in the fallback of `orders`, SSM at URL.\nno deployed function uses it in the fallback of `orders`\n";
    assert_eq!(plain(&ssm, said), expected(0, "", text));
    assert_eq!(ssm.value(&fallback_path("PLAIN")).as_deref(), Some("hunter2"));

    let said = app.run_with(b"hunter2", ["secrets", "set", "db-password", "--fallback"]);
    assert_eq!(said, expected(1, "", "error: `db-password` has no fallback: bind.toml says `fallback = false`\n"));
    let said = set_with(&app, "hunter2", &["PLAIN", "--fallback"]);
    assert_eq!(said, expected(2, "", "error: `--fallback` is of all stages: give either it or `--stage`\n"));
    assert_eq!(ssm.count(Operation::PutParameter), 1);
}

#[test]
fn type_and_shape_are_checked_before_anything_is_written() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    for (name, value, why) in [
        ("STRIPE_KEY", "pk_test_hunter2", "must start with `sk_`"),
        ("STRIPE_KEY", "sk_x", "must have at least 8 characters"),
        ("SENTRY_DSN", "hunter2 hunter2", "must be an absolute URL (url)"),
    ] {
        let said = set_with(&app, value, &[name]);
        is_silent_about(&said, &[value]);
        is_refused(&ssm, said, 1, &format!("error: `{name}` was not set: it {why}\n"));
    }
}

#[test]
fn the_tier_is_advanced_only_where_it_must_be_and_stays_so_and_nothing_is_deleted() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let tier = || tier_and_key(&app, "PLAIN").0;
    let costs =
        "more than 4,096 characters: `PLAIN` becomes an Advanced parameter, which AWS charges for by the month\n";

    assert_eq!(set_with(&app, "x".repeat(4096), &["PLAIN"]).code, 0);
    assert_eq!(tier(), "standard");
    let said = plain(&ssm, set_with(&app, "x".repeat(4097), &["PLAIN"]));
    assert_eq!((said.code, said.err.contains(costs)), (0, true), "{said:?}");
    assert_eq!(tier(), "advanced");
    assert_eq!(set_with(&app, "é".repeat(8192), &["PLAIN"]).code, 0);
    assert_eq!(dev(&ssm, "PLAIN"), Some("é".repeat(8192)));
    assert_eq!(plain(&ssm, set_with(&app, "short", &["PLAIN"])), expected(0, "", &done("PLAIN", 4)));
    assert_eq!(tier(), "advanced");
    let said = set_with(&app, "x".repeat(8193), &["PLAIN"]);
    assert_eq!(
        said,
        expected(1, "", "error: `PLAIN` was not set: it has 8193 characters; SSM takes at most 8,192 characters\n")
    );
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("short"));
    assert_eq!(ssm.count(Operation::DeleteParameter) + ssm.count(Operation::DeleteParameters), 0);
}

#[test]
fn four_thousand_characters_of_two_bytes_are_a_standard_parameter_where_the_store_counts_characters() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    assert_eq!(set_with(&app, "é".repeat(4096), &["PLAIN"]).code, 0);

    assert_eq!(tier_and_key(&app, "PLAIN").0, "standard");
}

#[test]
fn a_stream_without_an_end_is_refused_as_too_large() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with(&app, format!("x{}", "é".repeat(1 << 20)), &["PLAIN"]);

    is_refused(&ssm, said, 1, "error: the value is larger than 1 MB; SSM takes 8192 characters at most\n");
}

#[test]
fn a_new_secret_gets_the_key_of_its_stage_and_an_old_one_keeps_its_own() {
    let ssm = ssm();
    let keys = format!("kms_key = \"alias/all\"\n{ORDERS}\n[stages.dev]\nkms_key = \"alias/dev\"\n");
    let app = App::on(&ssm, &keys);
    ssm.put(NewParameter::secure(path("dev", "STRIPE_KEY"), "sk_live_1").key("alias/own").tier(Tier::Advanced))
        .unwrap();

    assert_eq!(set_with(&app, "hunter2", &["PLAIN"]).code, 0);
    assert_eq!(set_with(&app, "sk_live_2", &["STRIPE_KEY"]).code, 0);
    assert_eq!(app.run_with(b"hunter2", ["secrets", "set", "PLAIN", "--fallback"]).code, 0);

    assert_eq!(tier_and_key(&app, "PLAIN"), ("standard".to_owned(), "alias/dev".to_owned()));
    assert_eq!(tier_and_key(&app, "STRIPE_KEY"), ("advanced".to_owned(), "alias/own".to_owned()));
    let report = json(&app.run(["secrets", "history", "PLAIN", "--fallback", "--json"]));
    assert_eq!(report["versions"][0]["key"], "alias/all");
}

#[test]
fn key_and_tier_are_kept_also_where_listing_is_denied() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    // Those of now: it had others.
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "older").key("alias/earlier")).unwrap();
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "old").key("alias/own").tier(Tier::Advanced)).unwrap();
    ssm.inject(Fault::deny().on(Operation::DescribeParameters));

    assert_eq!(plain(&ssm, set_with(&app, "new", &["PLAIN"])), expected(0, "", &done("PLAIN", 3)));
    assert_eq!(tier_and_key(&app, "PLAIN"), ("advanced".to_owned(), "alias/own".to_owned()));
}

#[test]
fn a_denied_write_names_action_and_resource() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.inject(Fault::deny().on(Operation::PutParameter));

    let said = set_with(&app, "hunter2", &["PLAIN"]);

    let resource = "arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/dev/Secret/PLAIN/value";
    let text = format!(
        "error: `PLAIN` was not set: AWS denies ssm:PutParameter on {resource}: these credentials need that permission\n"
    );
    assert_eq!(said, expected(2, "", &text));
    assert_eq!(dev(&ssm, "PLAIN"), None);
}

#[test]
fn a_stage_that_no_tool_may_create_cannot_be_written() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    for stage in ["1st", "a_b", "a.b", "-x", "a/b", "..", "", ".fallback", "é"] {
        let said = app.run_with(b"hunter2", ["secrets", "set", "PLAIN", &format!("--stage={stage}")]);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains("a stage is a letter, then letters, digits and `-`") || stage.is_empty(), "{said:?}");
    }
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn a_plain_string_in_its_place_is_not_overwritten() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put(NewParameter::string(path("dev", "PLAIN"), "visible")).unwrap();

    for value in ["hunter2", "visible"] {
        let said = set_with(&app, value, &["PLAIN"]);
        let text = "error: `PLAIN` was not set: it is stored as a plain String, which SSM does not turn into a secret: remove it first\n";
        assert_eq!(said, expected(1, "", text));
    }
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("visible"));
}

#[test]
fn json_reports_without_the_value_and_quiet_says_only_what_may_be_wrong() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with(&app, "hunter2", &["PLAIN", "--json", "--quiet"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let report = serde_json::json!({ "name": "PLAIN", "version": 1, "changed": true, "added_to_bind_toml": false, "restarts": [], "error": null });
    assert_eq!(body(&said), report);
    let said = set_with(&app, "hunter2", &["PLAIN", "--json", "--quiet"]);
    assert_eq!(json(&said)["changed"], false);
    assert_eq!(set_with(&app, "hunter3", &["PLAIN", "--quiet"]), expected(0, "", ""));
    let warning = "warning: there is a blank, a line break or another character that nobody sees at the start or the end of `PLAIN` (`set --trim` removes a line break)\n";
    assert_eq!(set_with(&app, " hunter4", &["PLAIN", "--quiet"]), expected(0, "", warning));
}

#[test]
fn without_a_stage_and_without_a_terminal_nothing_is_asked() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = app.run_with(b"hunter2", ["secrets", "set", "PLAIN"]);

    let text =
        "error: no stage is meant: give `--stage NAME`, or keep a personal one with `bind-config stage use NAME`\n";
    assert_eq!(said, expected(2, "", text));
}

#[test]
fn a_value_in_the_place_of_the_name_is_not_printed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for (arguments, reason) in [
        (&["PLAIN=hunter2"][..], "the first argument cannot be the name of a secret: "),
        (&["hunter2 hunter2"], "the first argument cannot be the name of a secret: "),
        (
            &["hunter2", "PLAIN"],
            "the name comes first, then the value; better only the name: `bind-config secrets set PLAIN --stage dev` asks for the value",
        ),
    ] {
        for form in [&[][..], &["--json"]] {
            let said = app.run([&["secrets", "set", "--stage", "dev"], arguments, form].concat());
            assert_eq!(said.code, 1, "{said:?}");
            assert!(said.err.starts_with(&format!("error: {reason}")), "{said:?}");
            is_silent_about(&said, &["hunter2"]);
        }
    }
    let said = app.run(["secrets", "set", "PLAIN=hunter2", "--stage", "dev"]);
    assert!(said.err.ends_with(": `bind-config secrets set PLAIN` asks for the value\n"), "{said:?}");
}
