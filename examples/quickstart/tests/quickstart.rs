//! What the quickstart prints, and that its manifest has one of everything.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Output};

use bind_config_manifest::name::Kind;
use bind_config_manifest::value::Scalar;
use bind_config_manifest::{Binding, Manifest, Required, ValueType};

fn quickstart(arguments: &[&str]) -> (Output, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    (output, stdout, stderr)
}

#[test]
fn it_prints_every_name_with_its_kind_type_source_and_value() {
    let (output, stdout, stderr) = quickstart(&[]);

    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr, "");
    assert_eq!(stdout, include_str!("quickstart.txt"));
}

#[test]
fn it_shows_what_a_failed_start_looks_like() {
    let (output, stdout, stderr) = quickstart(&["--missing"]);

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout, "");
    assert_eq!(stderr, include_str!("missing.txt"));
}

#[test]
fn it_names_its_usage() {
    let (output, _, stderr) = quickstart(&["--mising"]);

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr, "error: usage: cargo run -p quickstart [-- --missing]\n");
}

#[test]
fn no_secret_is_in_what_it_prints() {
    for arguments in [&[][..], &["--missing"]] {
        let (_, stdout, stderr) = quickstart(arguments);
        for secret in
            ["sk_test_a_secret_of_stripe", "first partner", "the same on every laptop", "pk_from_secrets_manager"]
        {
            assert!(!stdout.contains(secret) && !stderr.contains(secret), "{secret}");
        }
    }
}

#[test]
fn its_manifest_has_every_type_and_every_kind() {
    let manifest = Manifest::parse(include_bytes!("../bindings.json")).unwrap();
    let has = |is: &dyn Fn(&Binding) -> bool| manifest.bindings.values().any(is);

    for scalar in Scalar::ALL {
        assert!(has(&|binding| binding.ty == ValueType::Scalar(scalar)), "{scalar}");
    }
    assert!(has(&|binding| matches!(binding.ty, ValueType::List(_))));
    assert!(has(&|binding| matches!(binding.ty, ValueType::Enum(_))));
    for kind in [Kind::Secret, Kind::Parameter] {
        assert!(has(&|binding| binding.kind == kind));
    }
    assert!(has(&|binding| binding.required == Required::Never || matches!(binding.required, Required::In(_))));
}
