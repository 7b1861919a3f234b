//! `bind`: what the command gets, and that it is the command and nothing else that runs.

mod command;
mod surroundings;

use std::collections::BTreeMap;

use bind_config_local::{Fault, LocalSsm, Operation};

use crate::app::{App, ORDERS, Said};

/// The variables of bindings, and those of the app, that a command gets.
fn bound(app: &App, options: &str) -> BTreeMap<String, String> {
    let said = app.run(options.split_whitespace().chain(["--", "env", "-0"]));
    // Of a `bind` in a `bind`.
    let notes = said.err.lines().filter(|line| !line.starts_with(INSIDE)).count();
    assert_eq!((said.code, notes), (0, 0), "{options}: {said:?}");
    variables(&said.out)
}

const INSIDE: &str = "from the environment instead of the stage: ";

fn variables(out: &str) -> BTreeMap<String, String> {
    let pairs = out.split('\0').filter_map(|line| line.split_once('='));
    pairs
        .filter(|(name, _)| name.starts_with("SST_"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The app on an SSM where everything is set for `dev`, and a few things that are nobody's business.
fn orders() -> (LocalSsm, App) {
    let secrets =
        [("STRIPE_KEY", "sk_12345678"), ("db_password", "hunter2"), ("PLAIN", "a b"), ("FORGOTTEN", "canary")];
    let ssm = LocalSsm::with_secrets("orders", "dev", secrets).unwrap();
    ssm.put_fallback_secret("orders", "OLD", "canary").unwrap();
    ssm.put_secret("orders", "prod", "STRIPE_KEY", "sk_of_prod").unwrap();
    let app = App::on(&ssm, ORDERS);
    (ssm, app)
}

/// A shell, with this script.
fn sh(script: &str) -> [&str; 6] {
    ["bind", "--stage=dev", "--", "sh", "-c", script]
}

const PARAMETERS: &str = r#"app = "orders"

[parameters]
MAX_ITEMS = { value = 25, type = "u64" }
RCU = { value = { env = "READ_CAPACITY" }, type = "u32" }
WCU = { value = { env = "WRITE_CAPACITY" }, type = "u32", default = "9", required = false }
TOPIC = { deploy = true }
"queue-url" = { deploy = true }
BIG = { deploy = true, fetch = true }
NOBODYS = { deploy = true, required = false }
FORMAT = { deploy = true, default = "json" }

[stages.prod.parameters]
MAX_ITEMS = 250
"#;

fn nothing() -> App {
    App::new("app = \"a\"\nstage = \"dev\"\n")
}

#[test]
fn a_function_gets_what_it_is_bound_to_and_no_other_secret_of_the_stage() {
    let (ssm, app) = orders();
    let expected = [
        ("SST_APP", "orders"),
        ("SST_Parameter_value_VERSION", "1.2.0"),
        ("SST_SSM_PREFIX", "/sst/orders/dev/"),
        ("SST_STAGE", "dev"),
        ("SST_Secret_value_STRIPE_KEY", "sk_12345678"),
    ];
    assert_eq!(bound(&app, "bind --stage dev --function api"), map(&expected));
    let asked: Vec<String> = ssm.calls().into_iter().flat_map(|call| call.names).collect();
    assert_eq!(asked, ["/sst/orders/dev/Secret/STRIPE_KEY/value", "/sst/orders/.fallback/Secret/STRIPE_KEY/value"]);
}

#[test]
fn without_a_function_everything_that_is_declared_is_there_and_nothing_else() {
    let (_ssm, app) = orders();
    let expected = [
        ("SST_APP", "orders"),
        ("SST_Parameter_value_MAX_ITEMS", "25"),
        ("SST_Parameter_value_VERSION", "1.2.0"),
        ("SST_SSM_PREFIX", "/sst/orders/dev/"),
        ("SST_STAGE", "dev"),
        ("SST_Secret_value_PLAIN", "a b"),
        ("SST_Secret_value_STRIPE_KEY", "sk_12345678"),
        ("SST_Secret_value_db_password", "hunter2"),
    ];
    assert_eq!(bound(&app, "bind --stage dev"), map(&expected));
    assert_eq!(bound(&app, "bind --stage dev --function worker"), map(&expected));
}

#[test]
fn the_store_is_asked_once() {
    let (ssm, app) = orders();
    ssm.clear_calls();
    bound(&app, "bind --stage dev");
    assert_eq!((ssm.calls().len(), ssm.count(Operation::GetParameters)), (1, 1));
}

#[test]
fn the_fallback_is_taken_where_the_stage_has_none_and_where_there_is_one() {
    let (ssm, app) = orders();
    ssm.put_fallback_secret("orders", "STRIPE_KEY", "sk_fallback").unwrap();
    ssm.put_fallback_secret("orders", "PLAIN", "plain_fallback").unwrap();
    ssm.put_fallback_secret("orders", "db_password", "canary").unwrap();
    ssm.delete("/sst/orders/dev/Secret/PLAIN/value").unwrap();
    let dev = bound(&app, "bind --stage dev");
    assert_eq!(
        (dev["SST_Secret_value_PLAIN"].as_str(), dev["SST_Secret_value_STRIPE_KEY"].as_str()),
        ("plain_fallback", "sk_12345678")
    );
    ssm.delete("/sst/orders/dev/Secret/db_password/value").unwrap();
    let said = app.run(["bind", "--stage=dev", "--", "env"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("The following secrets were not found: db_password\n"), "{}", said.err);
}

#[test]
fn parameters_come_from_the_declaration_from_the_environment_and_from_their_copies() {
    let ssm = LocalSsm::start().unwrap();
    for (path, value) in [
        ("/sst/orders/dev/parameters/TOPIC", "documented"),
        ("/sst/orders/dev/Parameter/queue_url/value", "sst-v2"),
        ("/sst/orders/dev/Parameter/BIG/value", "where functions look"),
        ("/sst/orders/dev/parameters/BIG", "another"),
        ("/sst/orders/dev/parameters/MAX_ITEMS", "7"),
    ] {
        ssm.put(bind_config_local::NewParameter::string(path, value)).unwrap();
    }
    let app = App::on(&ssm, PARAMETERS).with("READ_CAPACITY", "5");
    let mut expected = map(&[
        ("SST_APP", "orders"),
        ("SST_Parameter_value_BIG", "where functions look"),
        ("SST_Parameter_value_FORMAT", "json"),
        ("SST_Parameter_value_MAX_ITEMS", "25"),
        ("SST_Parameter_value_RCU", "5"),
        ("SST_Parameter_value_TOPIC", "documented"),
        ("SST_Parameter_value_WCU", "9"),
        ("SST_Parameter_value_queue_url", "sst-v2"),
        ("SST_SSM_PREFIX", "/sst/orders/dev/"),
        ("SST_STAGE", "dev"),
    ]);
    ssm.clear_calls();
    assert_eq!(bound(&app, "bind --stage dev"), expected);
    assert_eq!(ssm.calls().len(), 1);
    // Both layouts: the one that is declared first.
    ssm.put(bind_config_local::NewParameter::string("/sst/orders/dev/Parameter/TOPIC/value", "sst-v2")).unwrap();
    assert_eq!(bound(&app, "bind --stage dev"), expected);
    app.write("bind.toml", &PARAMETERS.replacen('\n', "\nparameter_layout = \"sst-v2\"\n", 1));
    expected.insert("SST_Parameter_value_TOPIC".to_owned(), "sst-v2".to_owned());
    assert_eq!(bound(&app, "bind --stage dev"), expected);
}

#[test]
fn a_stage_has_its_own_parameters() {
    let app = App::new("app = \"a\"\nstage = \"dev\"\n[parameters]\nN = 1\n[stages.prod.parameters]\nN = 2\n");
    assert_eq!(bound(&app, "bind")["SST_Parameter_value_N"], "1");
    assert_eq!(bound(&app, "bind --stage prod")["SST_Parameter_value_N"], "2");
}

#[test]
fn everything_that_is_missing_is_told_at_once_and_nothing_runs() {
    let ssm = LocalSsm::start().unwrap();
    let app = App::on(&ssm, &format!("{PARAMETERS}\n[secrets]\nKEY = \"\"\n"));
    let said = app.run(sh("touch ran"));
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_eq!(
        said.err,
        format!(
            "error: the configuration could not be loaded (app `orders`, stage `dev`, region `us-east-1`)

The following secrets were not found: KEY
  KEY: nothing is stored at
    /sst/orders/dev/Secret/KEY/value
    /sst/orders/.fallback/Secret/KEY/value  (the fallback, of this account and region)
    bind-config secrets set KEY --stage dev
`RCU` has no value: `READ_CAPACITY` is neither in the environment nor in an .env file of stage `dev` (bind.toml:5:25)
The following parameters have no value in stage `dev`: BIG, TOPIC, queue-url
  a deployment gives it, and there is no copy below /sst/orders/dev/ in SSM at {}; a `default` in bind.toml serves until then, and so does the variable SST_Parameter_value_BIG of the environment or of an .env file
",
            ssm.endpoint()
        )
    );
    assert!(!app.folder().join("ran").exists());
}

#[test]
fn a_value_that_does_not_fit_stops_it_and_is_not_shown() {
    let (ssm, app) = orders();
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "canary").unwrap();
    ssm.put_secret("orders", "dev", "SENTRY_DSN", "canary").unwrap();
    let said = app.with("SST_Parameter_value_MAX_ITEMS", "canary").run(sh("touch ran"));
    assert_eq!(
        said,
        Said {
            code: 1,
            out: String::new(),
            err: "error: the configuration could not be loaded (app `orders`, stage `dev`, region `us-east-1`)

MAX_ITEMS: the value must be a whole number from 0 to 18446744073709551615 (u64)
  it is in SST_Parameter_value_MAX_ITEMS: change it where that is set, in the deployment or in this shell
SENTRY_DSN: the value must be an absolute URL (url)
  it is version 1 of /sst/orders/dev/Secret/SENTRY_DSN/value: bind-config secrets set SENTRY_DSN --stage dev
STRIPE_KEY: the value must start with `sk_`
  it is version 2 of /sst/orders/dev/Secret/STRIPE_KEY/value: bind-config secrets set STRIPE_KEY --stage dev
"
            .to_owned()
        }
    );
}

#[test]
fn a_parameter_that_does_not_fit_is_told_with_its_place() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(bind_config_local::NewParameter::string("/sst/a/dev/Parameter/COUNT/value", "canary")).unwrap();
    let declared = "app = \"a\"\nstage = \"dev\"\n[parameters]\nCOUNT = { deploy = true, type = \"u8\" }\nP = { value = { env = \"CAP\" }, type = \"bool\" }\n";
    let app = App::on(&ssm, declared);
    app.write(".env", "CAP=canary\n");
    let err = "error: `P`: the value of `CAP` must be `true` or `false` (bool) (bind.toml:5:23)
`COUNT`: the value at /sst/a/dev/Parameter/COUNT/value must be a whole number from 0 to 255 (u8): deploy it again
";
    assert_eq!(app.run(sh("touch ran")), Said { code: 1, out: String::new(), err: err.to_owned() });
}

#[test]
fn a_store_that_does_not_answer_is_no_missing_secret() {
    let (ssm, app) = orders();
    ssm.inject(Fault::deny().on(Operation::GetParameters));
    let said = app.run(sh("touch ran"));
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("ssm:GetParameters") && !said.err.contains("not found"), "{}", said.err);
    assert!(!app.folder().join("ran").exists());
}

#[test]
fn a_value_that_looks_like_a_marker_is_the_value_for_the_runtime_in_the_child() {
    for value in ["__FETCH_FROM_SSM__", "__FETCH_FROM_SECRET__:STRIPE_KEY", "__LITERAL__:x", "__SEALED__:y"] {
        let (ssm, app) = orders();
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
        let once = bound(&app, "bind --stage dev");
        assert_eq!(once["SST_Secret_value_PLAIN"], format!("__LITERAL__:{value}"));
        // A `bind` in it reads that with the code of the runtime, and hands on what it read.
        let inner = env!("CARGO_BIN_EXE_bind-config");
        assert_eq!(bound(&app, &format!("bind --stage dev -- {inner} bind")), once);
    }
}

#[test]
fn a_parameter_that_looks_like_a_marker_is_the_value_too() {
    let app = App::new(
        "app = \"a\"\nstage = \"dev\"\n[parameters]\nP = \"__FETCH_FROM_SSM__\"\nQ = { value = { env = \"Q\" } }\n",
    );
    let values = bound(&app.with("Q", "__SEALED__"), "bind");
    assert_eq!(values["SST_Parameter_value_P"], "__LITERAL__:__FETCH_FROM_SSM__");
    assert_eq!(values["SST_Parameter_value_Q"], "__LITERAL__:__SEALED__");
}
