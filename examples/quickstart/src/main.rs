//! `cargo run -p quickstart`: a typed configuration, filled from SSM, without an AWS account.
//!
//! This file is what a deployment does: it starts a parameter store on a loopback port, stores what operators would have
//! stored, and runs the program with the variables that its function would have. The program is in `app.rs`.
//!
//! `cargo run -p quickstart -- --missing` leaves something out, and shows what a failed start looks like.

#![expect(clippy::print_stderr, reason = "a program for people at a terminal")]

mod app;

use std::error::Error;
use std::io::Write as _;
use std::process::{Command, ExitCode};

use bind_config_local::{LocalSsm, Variables};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => deploy(&[]),
        ["--help" | "-h"] => say(USAGE).map(|()| ExitCode::SUCCESS).map_err(Into::into),
        ["--missing"] => deploy(&["STRIPE_KEY", "API_TOKENS", "MAX_ITEMS"]),
        // What `deploy` runs.
        ["app"] => return app::main(),
        _ => Err(USAGE.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Stores everything but `missing`, and runs the program.
fn deploy(missing: &[&str]) -> Result<ExitCode, Box<dyn Error>> {
    let ssm = LocalSsm::start()?;
    for (name, value) in SECRETS.iter().filter(|(name, _)| !missing.contains(name)) {
        ssm.put_secret(APP, STAGE, name, *value)?;
    }
    ssm.put_fallback_secret(APP, "db-password", "the same on every laptop")?;
    ssm.put_managed_secret("partner", r#"{ "user": "orders", "key": "pk_from_secrets_manager" }"#)?;
    // Too large for Lambda's 4 KB of environment: the function fetches it.
    ssm.put_parameter(APP, STAGE, "FEATURES", r#"{ "checkout": { "new": true, "percent": 5 } }"#)?;

    let variables = PARAMETERS
        .iter()
        .filter(|(name, _)| !missing.contains(name))
        .fold(ssm.variables(APP, STAGE), |variables, (name, value)| {
            variables.with(format!("SST_Parameter_value_{name}"), *value)
        })
        .with("SST_Secret_value_PARTNER_KEY", "__FETCH_FROM_SSM__:/aws/reference/secretsmanager/partner#key");
    run(with_placeholders(variables, missing))
}

/// A function has the variable of every secret that is bound to it, stored or not.
fn with_placeholders(variables: Variables, names: &[&str]) -> Variables {
    let is_secret = |name: &&&str| SECRETS.iter().any(|(secret, _)| secret == *name);
    names
        .iter()
        .filter(is_secret)
        .fold(variables, |variables, name| variables.with(format!("SST_Secret_value_{name}"), "__FETCH_FROM_SSM__"))
}

fn run(variables: Variables) -> Result<ExitCode, Box<dyn Error>> {
    // Nothing of this shell's AWS set-up gets in the way.
    let status = Command::new(std::env::current_exe()?).arg("app").env_clear().envs(variables).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints; a reader that has seen enough (`| head`) is no failure.
fn say(text: &str) -> std::io::Result<()> {
    match std::io::stdout().write_all(format!("{text}\n").as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

const USAGE: &str = "usage: cargo run -p quickstart [-- --missing]";
const APP: &str = "orders";
const STAGE: &str = "dev";

const SECRETS: [(&str, &str); 2] =
    [("STRIPE_KEY", "sk_test_a_secret_of_stripe"), ("API_TOKENS", r#"["first partner", "second partner"]"#)];

const PARAMETERS: [(&str, &str); 15] = [
    ("BASE_URL", "https://shop.example/"),
    ("BETA_CHECKOUT", "true"),
    ("CACHE_SHARDS", "16"),
    ("CENTS_OFFSET", "-9000000000"),
    ("DELIVERY_ZONES", "[10, 20, 4711]"),
    ("LATITUDE", "-33"),
    ("LOG_LEVEL", "info"),
    ("MAX_BODY", "1048576"),
    ("MAX_ITEMS", "250"),
    ("PORT", "8080"),
    ("SAMPLE_RATE", "0.25"),
    ("TIMEOUT", "1s 500ms"),
    ("TIMEZONE_OFFSET", "-3"),
    ("VERSION", "1.2.0"),
    ("WAREHOUSE", "-12"),
];
