//! `secrets set`: where a value comes from, what is refused before anything is written, and what is kept of what was there.

mod claims;
mod rules;
mod together;

use std::os::unix::ffi::OsStringExt as _;

use bind_config_local::{LocalSsm, Operation};

use crate::app::{App, ORDERS, Said};
use crate::kit::{dev, expected, is_silent_about, plain, ssm};

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
    let edges = "warning: there is a blank, a line break or another character that nobody sees at the start or the end of `PLAIN` (`set --trim` removes a line break)\n";
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
    is_refused(&ssm, said, 1, "error: `SENTRY_DSN` was not set: it must be an absolute URL (url)\n");
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
    let text = "error: `PLAIN` was not set: it is empty, which a secret never is (`secrets remove` takes it away)\n";

    is_refused(&ssm, set_with(&app, "", &["PLAIN"]), 1, text);
    is_refused(&ssm, set_with(&app, "\n", &["PLAIN", "--trim"]), 1, text);
    let said = set(&app, &["PLAIN", ""]);
    assert_eq!((said.code, said.err.ends_with(text)), (1, true), "{said:?}");
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}
