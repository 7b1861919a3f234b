//! `secrets set`: where a value comes from, what is refused before anything is written, and what is kept of what was there.

use std::os::unix::ffi::OsStringExt as _;

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation, Tier};

use crate::app::{App, ORDERS, Said};
use crate::kit::{
    dev, expected, fallback_path, is_silent_about, json, path, plain, ssm, tier_and_key, until_it_happens,
};

const SET: [&str; 4] = ["secrets", "set", "--stage", "dev"];

fn set(app: &App, arguments: &[&str]) -> Said {
    app.run(SET.iter().chain(arguments))
}

fn set_with(app: &App, stdin: impl AsRef<[u8]>, arguments: &[&str]) -> Said {
    app.run_with(stdin.as_ref(), SET.iter().chain(arguments))
}

/// What is said of a value that is set, and used by nobody.
fn done(name: &str, version: u64) -> String {
    format!(
        "`{name}` is set (version {version}) in stage `dev` of `orders`, SSM at URL.\nno deployed function uses it in stage `dev` of `orders`\n"
    )
}

/// Nothing was written, and this was said.
fn is_refused(ssm: &LocalSsm, said: Said, code: i32, err: &str) {
    assert_eq!(plain(ssm, said), expected(code, "", err));
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn a_value_from_stdin_is_kept_byte_for_byte_and_never_printed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with(&app, "line one\nline two\n", &["PLAIN"]);

    is_silent_about(&said, &["line one", "line two"]);
    let edges = "warning: there is a blank, a line break or another character that nobody sees at the start or the end of `PLAIN`\n";
    assert_eq!(plain(&ssm, said), expected(0, "", &format!("{edges}{}", done("PLAIN", 1))));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("line one\nline two\n"));
}

#[test]
fn a_dash_means_stdin() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with(&app, "hunter2", &["PLAIN", "-"]);

    assert_eq!(plain(&ssm, said), expected(0, "", &done("PLAIN", 1)));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter2"));
}

#[test]
fn a_value_from_a_file_is_kept_byte_for_byte() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    app.write("key.pem", "-----BEGIN KEY-----\r\nabc\r\n-----END KEY-----");

    let said = set(&app, &["PLAIN", "--file", "key.pem"]);

    assert_eq!(plain(&ssm, said), expected(0, "", &done("PLAIN", 1)));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("-----BEGIN KEY-----\r\nabc\r\n-----END KEY-----"));
}

#[test]
fn a_file_that_is_not_there_is_named_and_nothing_is_set() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set(&app, &["PLAIN", "--file", "nowhere.pem"]);

    let path = app.folder().join("nowhere.pem");
    is_refused(&ssm, said, 2, &format!("error: {}: No such file or directory (os error 2)\n", path.display()));
}

#[test]
fn trim_takes_one_line_break_and_no_more() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    for (given, stored) in
        [("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), ("hunter2", "hunter2"), ("a\nb\n\n", "a\nb\n")]
    {
        assert_eq!(set_with(&app, given, &["PLAIN", "--trim"]).code, 0);
        assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some(stored), "{given:?}");
    }
}

#[test]
fn a_value_on_the_command_line_is_set_with_a_warning_that_names_the_better_way() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set(&app, &["PLAIN", "hunter2"]);

    is_silent_about(&said, &["hunter2"]);
    let warning = "warning: a value on the command line is seen by `ps` and kept by the shell's history: `bind-config secrets set PLAIN --stage dev` asks for it\n";
    assert_eq!(plain(&ssm, said), expected(0, "", &format!("{warning}{}", done("PLAIN", 1))));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter2"));
}

#[test]
fn a_value_may_begin_with_a_hyphen() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    for value in ["-----BEGIN RSA PRIVATE KEY-----\nabc", "-5", "-s3cret", "-h", "--s3cret=x", "-Vq", "--"] {
        let is_plain = value.starts_with("---") || value == "-5";
        let arguments: &[&str] = if is_plain { &["PLAIN", value] } else { &["PLAIN", "--", value] };
        let said = set(&app, arguments);
        assert_eq!(said.code, 0, "{value}: {said:?}");
        assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some(value));
        assert_eq!(set_with(&app, format!("{value}!"), &["PLAIN"]).code, 0);
        assert_eq!(dev(&ssm, "PLAIN"), Some(format!("{value}!")));
    }
    assert_eq!(set(&app, &["PLAIN", "--", "--stage"]).code, 0);
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("--stage"));
}

#[test]
fn a_flag_of_another_command_is_not_taken_for_the_value() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    for flag in ["--yes", "--force", "--plan", "--overwrite", "--version", "-y", "-q", "-s3cret", "--s3cret=x"] {
        let said = set_with(&app, "piped", &["PLAIN", flag]);
        let text = "error: the value looks like a flag, which `secrets set` does not have";
        assert!(said.code == 2 && said.err.starts_with(text), "{flag}: {said:?}");
        assert!(!said.err.contains("s3cret"), "{said:?}");
    }
    assert!(ssm.names().is_empty());
    let help = set(&app, &["PLAIN", "-h"]);
    assert!(help.code == 0 && help.out.starts_with("Sets a secret"), "{help:?}");
}

#[test]
fn a_mistyped_flag_is_not_taken_for_the_value() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    for (given, meant) in [
        ("--generat", "generate"),
        ("--generat=uuid", "generate"),
        ("--tirm", "trim"),
        ("--stag=prod", "stage"),
        ("--fall-back", "fallback"),
    ] {
        let said = set(&app, &["PLAIN", given]);
        let text = format!(
            "error: the value looks like a flag, which `secrets set` does not have (did you mean `--{meant}`?). If it is the value, put it behind `--`, or on stdin\n"
        );
        is_refused(&ssm, said, 2, &text);
    }
    assert_eq!(set_with(&app, "--tirm", &["PLAIN"]).code, 0);
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("--tirm"));
}

#[test]
fn a_value_without_quotes_is_refused_and_no_part_of_it_printed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set(&app, &["PLAIN", "correct", "horse", "battery"]);

    is_refused(
        &ssm,
        said,
        2,
        "error: more than one value: put one that has blanks in it in quotes, or better on stdin\n",
    );
}

#[test]
fn a_generated_value_is_random_fits_the_shape_and_is_never_shown() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let mut seen = Vec::new();

    for (form, length) in [("--generate", 32), ("--generate=64", 64), ("--generate=uuid", 36), ("--generate=hex", 64)] {
        let said = set(&app, &["STRIPE_KEY", form]);
        let value = dev(&ssm, "STRIPE_KEY").unwrap();
        assert_eq!(value.strip_prefix("sk_").map(str::len), Some(length), "{form}");
        is_silent_about(&said, &[&value[3..]]);
        seen.push(value);
        assert_eq!(plain(&ssm, said), expected(0, "", &done("STRIPE_KEY", seen.len() as u64)));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}

#[test]
fn a_generated_value_that_does_not_fit_is_refused() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set(&app, &["PLAIN", "--generate=4"]);
    is_refused(&ssm, said, 2, "error: `--generate` takes a length from 8 to 4096, `uuid` or `hex`\n");
    let said = set(&app, &["SENTRY_DSN", "--generate"]);
    is_refused(&ssm, said, 1, "error: `SENTRY_DSN` is not set: it must be an absolute URL (url)\n");
}

#[test]
fn only_one_source_of_the_value_is_taken() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    for arguments in [
        &["PLAIN", "hunter2", "--generate"][..],
        &["PLAIN", "hunter2", "--file", "x"],
        &["PLAIN", "--generate", "--file", "x"],
    ] {
        let said = set(&app, arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}");
        is_silent_about(&said, &["hunter2"]);
    }
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn what_is_no_text_is_refused() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let text = "error: the value is not UTF-8, and SSM keeps text only: encode it, as base64 for example\n";

    is_refused(&ssm, set_with(&app, [b'a', 0xff, 0xfe], &["PLAIN"]), 1, text);
    std::fs::write(app.folder().join("binary"), [0xc3, 0x28]).unwrap();
    is_refused(&ssm, set(&app, &["PLAIN", "--file", "binary"]), 1, text);
    let argument = std::ffi::OsString::from_vec(vec![b'a', 0xff]);
    let said = app.run(SET.iter().map(Into::into).chain(["PLAIN".into(), argument]));
    assert_eq!((said.code, said.err.ends_with(text)), (1, true), "{said:?}");
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn an_empty_value_is_refused_and_the_way_to_remove_named() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let text = "error: `PLAIN` is not set: it is empty, which a secret never is (`secrets remove` takes it away)\n";

    is_refused(&ssm, set_with(&app, "", &["PLAIN"]), 1, text);
    is_refused(&ssm, set_with(&app, "\n", &["PLAIN", "--trim"]), 1, text);
    let said = set(&app, &["PLAIN", ""]);
    assert_eq!((said.code, said.err.ends_with(text)), (1, true), "{said:?}");
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

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
    let text = "error: `STRIP_KEY` is not declared in bind.toml: did you mean `STRIPE_KEY`? (`--undeclared` sets it all the same)\n";
    is_refused(&ssm, said, 1, text);
    let said = set_with(&app, "hunter2", &["ENTIRELY_OTHER"]);
    is_refused(
        &ssm,
        said,
        1,
        "error: `ENTIRELY_OTHER` is not declared in bind.toml (`--undeclared` sets it all the same)\n",
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
        assert!(said.err.starts_with(&format!("error: `{name}` cannot be a secret: ")), "{said:?}");
        is_silent_about(&said, &["hunter2"]);
    }
    assert_eq!(ssm.count(Operation::PutParameter), 1);
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
        is_refused(&ssm, said, 1, &format!("error: `{name}` is not set: it {why}\n"));
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
        expected(1, "", "error: `PLAIN` is not set: it has 8193 characters; SSM takes at most 8,192 characters\n")
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
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "old").key("alias/own").tier(Tier::Advanced)).unwrap();
    ssm.inject(Fault::deny().on(Operation::DescribeParameters));

    assert_eq!(plain(&ssm, set_with(&app, "new", &["PLAIN"])), expected(0, "", &done("PLAIN", 2)));
    assert_eq!(tier_and_key(&app, "PLAIN"), ("advanced".to_owned(), "alias/own".to_owned()));
}

#[test]
fn an_expected_version_is_compared_before_anything_is_set() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let set = |value: &str, version: &str| plain(&ssm, set_with(&app, value, &["PLAIN", "--expect-version", version]));

    let text = "error: `PLAIN` is not set, not at version 1: nothing is set\n";
    assert_eq!(set("hunter2", "1"), expected(1, "", text));
    assert_eq!(set("hunter2", "0"), expected(0, "", &done("PLAIN", 1)));
    let text = "error: `PLAIN` is at version 1, not at version 0: nothing is set\n";
    assert_eq!(set("hunter3", "0"), expected(1, "", text));
    // Version 2 is the claim: the old value once more.
    assert_eq!(set("hunter3", "1"), expected(0, "", &done("PLAIN", 3)));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 2"), "hunter2");
    let text = "error: `PLAIN` is at version 3, not at version 1: nothing is set\n";
    assert_eq!(set("hunter4", "1"), expected(1, "", text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter3"));
    assert_eq!(ssm.version(&path("dev", "PLAIN")), Some(3));
}

/// Sets `PLAIN`, and has somebody else do something after the tool has read it and before it writes.
fn set_while(ssm: &LocalSsm, app: &App, arguments: &[&str], reads: Operation, theirs: impl FnOnce()) -> Said {
    let held = ssm.inject(Fault::hold().on(reads).times(1));
    std::thread::scope(|scope| {
        let tool = scope.spawn(|| set_with(app, "ours", arguments));
        until_it_happens(ssm, "hold", 1);
        theirs();
        ssm.remove_fault(held);
        plain(ssm, tool.join().unwrap())
    })
}

fn set_with_somebody_in_between(ssm: &LocalSsm, app: &App, arguments: &[&str], reads: Operation) -> Said {
    set_while(ssm, app, arguments, reads, || drop(ssm.put_secret("orders", "dev", "PLAIN", "theirs")))
}

#[test]
fn somebody_elses_change_in_between_is_told() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();

    let said = set_with_somebody_in_between(&ssm, &app, &["PLAIN"], Operation::DescribeParameters);

    let warning = "warning: somebody else set `PLAIN` at the same time (version 2): yours is the current value\n";
    assert_eq!(said, expected(0, "", &format!("{warning}{}", done("PLAIN", 3))));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 2"), "theirs");
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("ours"));
}

#[test]
fn somebody_elses_new_secret_is_not_overwritten_in_silence() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with_somebody_in_between(&ssm, &app, &["PLAIN"], Operation::GetParameters);

    let warning = "warning: somebody else set `PLAIN` at the same time (version 1): yours is the current value\n";
    assert_eq!(said, expected(0, "", &format!("{warning}{}", done("PLAIN", 2))));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 1"), "theirs");
}

#[test]
fn with_an_expected_version_somebody_elses_change_in_between_stays() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();

    let said =
        set_with_somebody_in_between(&ssm, &app, &["PLAIN", "--expect-version", "1"], Operation::DescribeParameters);

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    // Ours was never written: the claim came over theirs, which was put back.
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("theirs"));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 3"), "old");
    assert_eq!(ssm.version(&path("dev", "PLAIN")), Some(4));
}

#[test]
fn with_an_expected_version_what_somebody_else_removes_in_between_stays_removed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();

    let arguments = ["PLAIN", "--expect-version", "1"];
    let said = set_while(&ssm, &app, &arguments, Operation::DescribeParameters, || {
        ssm.delete(&path("dev", "PLAIN")).unwrap();
    });

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!(dev(&ssm, "PLAIN"), None);
}

#[test]
fn with_an_expected_version_what_somebody_else_removes_and_sets_anew_stays() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();

    let arguments = ["PLAIN", "--expect-version", "1"];
    let said = set_while(&ssm, &app, &arguments, Operation::DescribeParameters, || {
        ssm.delete(&path("dev", "PLAIN")).unwrap();
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
    });

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("theirs"));
}

#[test]
fn where_somebody_elses_value_cannot_be_put_back_it_is_told_how_to() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();

    let arguments = ["PLAIN", "--expect-version", "1"];
    let said = set_while(&ssm, &app, &arguments, Operation::DescribeParameters, || {
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
        // The claim passes, and nothing after it.
        ssm.inject(Fault::deny().on(Operation::PutParameter).after(1));
    });

    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.err.contains("theirs is version 2, the value from before that is current again (version 3)"),
        "{said:?}"
    );
    assert!(said.err.ends_with("\n  bind-config secrets rollback PLAIN --to 2\n"), "{said:?}");
}

#[test]
fn somebody_elses_removal_in_between_is_told() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["old", "older"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }

    let said = set_while(&ssm, &app, &["PLAIN"], Operation::DescribeParameters, || {
        ssm.delete(&path("dev", "PLAIN")).unwrap();
    });

    let warning = "warning: somebody else removed `PLAIN` at the same time: yours is the current value\n";
    assert_eq!(said, expected(0, "", &format!("{warning}{}", done("PLAIN", 1))));
}

#[test]
fn with_version_zero_expected_somebody_elses_new_secret_stays() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with_somebody_in_between(&ssm, &app, &["PLAIN", "--expect-version", "0"], Operation::GetParameters);

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!((dev(&ssm, "PLAIN").as_deref(), ssm.version(&path("dev", "PLAIN"))), (Some("theirs"), Some(1)));
}

#[test]
fn an_answer_that_was_lost_is_no_second_change() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));
    let said = plain(&ssm, set_with(&app, "one", &["PLAIN"]));
    assert_eq!(said, expected(0, "", &done("PLAIN", 1)));
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));
    assert_eq!(plain(&ssm, set_with(&app, "two", &["PLAIN"])), expected(0, "", &done("PLAIN", 3)));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("two"));
}

#[test]
fn a_write_that_happened_without_any_answer_is_found() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter));

    let said = plain(&ssm, set_with(&app, "new", &["PLAIN"]));

    assert_eq!((said.code, dev(&ssm, "PLAIN").as_deref()), (0, Some("new")), "{said:?}");
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
        let text = "error: `PLAIN` is not set: it is stored as a plain String, which SSM does not turn into a secret: remove it first\n";
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
    assert_eq!(json(&said), serde_json::json!({ "name": "PLAIN", "version": 1, "changed": true, "restarts": [] }));
    let said = set_with(&app, "hunter2", &["PLAIN", "--json", "--quiet"]);
    assert_eq!(json(&said)["changed"], false);
    assert_eq!(set_with(&app, "hunter3", &["PLAIN", "--quiet"]), expected(0, "", ""));
    let warning = "warning: there is a blank, a line break or another character that nobody sees at the start or the end of `PLAIN`\n";
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
