//! Every case in `cases/`: what compiles runs, and what does not compile says what is wrong.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests and their switches")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn every_case_compiles_or_says_what_is_wrong() {
    write_thousand_bindings();
    let cases = trybuild::TestCases::new();
    cases.pass("cases/pass/*.rs");
    cases.compile_fail("cases/fail/**/*.rs");
}

#[test]
fn a_frontend_takes_its_parameters_at_build() {
    if let Ok(folder) = std::env::var("CASES") {
        return frontend_cases(&folder);
    }
    frontend(
        "bound",
        &[
            ("SST_APP", "orders"),
            ("SST_STAGE", "dev"),
            ("SST_Parameter_value_API_URL", "https://example.com"),
            ("SST_Parameter_value_LEVEL", "info"),
            ("SST_Parameter_value_MAX", "9"),
            ("SST_Parameter_value_NAME", "__LITERAL__:__A__"),
        ],
    );
    frontend("unbound", &[]);
    frontend(
        "misfit",
        &[
            ("SST_APP", "other"),
            ("SST_STAGE", "prod"),
            ("SST_Parameter_value_API_URL", "https://[hunter2"),
            ("SST_Parameter_value_LEVEL", "__FETCH_FROM_SSM__"),
            ("SST_Parameter_value_MAX", "10"),
            ("SST_Parameter_value_NAME", "__FETCH_FROM_SECRET__:hunter2"),
        ],
    );
}

/// The cases in one folder, in a process of their own: the compiler's environment is that of the test.
fn frontend(folder: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_frontend_takes_its_parameters_at_build", "--nocapture"]).env("CASES", folder);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(|name| name.starts_with("SST_")))
    {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    // A name that no test has is a success too.
    assert!(output.status.success() && stdout.contains("ok. 1 passed"), "{folder}\n{stdout}");
}

/// The other process.
fn frontend_cases(folder: &str) {
    let cases = trybuild::TestCases::new();
    if Path::new(&format!("cases/frontend/{folder}/pass")).exists() {
        cases.pass(format!("cases/frontend/{folder}/pass/*.rs"));
    }
    cases.compile_fail(format!("cases/frontend/{folder}/fail/*.rs"));
}

/// In the package in which trybuild compiles the cases, which is where a path starts.
fn write_thousand_bindings() {
    let mut bindings = String::new();
    for at in 0..250 {
        let comma = if at == 0 { "" } else { "," };
        write!(
            bindings,
            r#"{comma}
            "SECRET_{at}": {{ "kind": "secret", "docs": "secret number {at}" }},
            "NUMBER_{at}": {{ "kind": "parameter", "type": "u32" }},
            "LEVEL_{at}": {{ "kind": "parameter", "type": {{ "enum": ["debug", "info"] }}, "default": "info" }},
            "OPTIONAL_{at}": {{ "kind": "parameter", "required": false }}"#
        )
        .unwrap();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tests/trybuild/bind-config-ui/manifests");
    fs::create_dir_all(&folder).unwrap();
    let manifest =
        format!(r#"{{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": {{{bindings}}} }}"#);
    fs::write(folder.join("thousand.json"), manifest).unwrap();
}
