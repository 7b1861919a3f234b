//! `bind`: what the command gets, and that it is the command and nothing else that runs.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use bind_config_local::{Fault, LocalSsm, Operation};

use crate::app::{App, ORDERS, Said, said};
use crate::kit::signal;

/// The variables of bindings, and those of the app, that a command gets.
fn bound(app: &App, options: &str) -> BTreeMap<String, String> {
    let said = app.run(options.split_whitespace().chain(["--", "env", "-0"]));
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{options}: {said:?}");
    variables(&said.out)
}

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

/// The arguments that a command was given, told by itself.
fn arguments(app: &App, options: &[&str], arguments: &[&OsStr]) -> Vec<Vec<u8>> {
    let options = options.iter().map(OsStr::new);
    let print = ["sh", "-c", "printf '%s\\0' \"$@\"", "sh"].map(OsStr::new);
    let output = app.command(options.chain(print).chain(arguments.iter().copied())).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut all: Vec<Vec<u8>> = output.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    all.pop();
    all
}

fn nothing() -> App {
    App::new("app = \"a\"\nstage = \"dev\"\n")
}

#[test]
fn arguments_are_the_commands_as_they_are() {
    let all = [
        "--flag",
        "--watch=3",
        "-x",
        "y",
        "--stage",
        "prod",
        "--function",
        "f",
        "--json",
        "--help",
        "--version",
        "--",
        "-",
        "c;echo INJECTED",
        "$HOME",
        "$(id)",
        "`id`",
        "*",
        "?",
        "~",
        "1e3",
        "0x10",
        "007",
        "",
        " ",
        "a  b",
        "'",
        "\"",
        "\\",
        "\n",
        "é",
        "&&",
        "|",
        ">out",
        "#",
        "!",
        "{a,b}",
        "%PATH%",
        "--stage=x",
    ];
    let all: Vec<&OsStr> = all.map(OsStr::new).into();
    let bytes: Vec<Vec<u8>> = all.iter().map(|argument| argument.as_bytes().to_vec()).collect();
    let app = nothing();
    assert_eq!(arguments(&app, &["bind", "--"], &all), bytes);
    // The first word that is no option is the command, and everything behind it is the command's.
    assert_eq!(arguments(&app, &["bind"], &all), bytes);
    assert_eq!(arguments(&app, &["bind", "--stage", "dev"], &all), bytes);
}

#[test]
fn arguments_need_not_be_text() {
    let odd = OsString::from_vec(b"\xff\xfe=\x01".to_vec());
    assert_eq!(arguments(&nothing(), &["bind", "--"], &[&odd]), [odd.as_bytes()]);
}

#[test]
fn a_stage_behind_the_command_is_the_commands() {
    let app = nothing();
    assert_eq!(app.ok("bind --stage dev echo --stage prod --function f -- x"), "--stage prod --function f -- x\n");
    assert_eq!(app.ok("bind --stage dev -- echo -- --stage prod"), "-- --stage prod\n");
}

#[test]
fn an_option_that_is_mistyped_is_not_the_command() {
    let said = nothing().run(["bind", "--stge", "prod", "--", "env"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("a similar argument exists: '--stage'"), "{}", said.err);
}

#[test]
fn without_a_command_it_says_how_it_is_used() {
    for arguments in [&["bind"][..], &["bind", "--"], &["bind", "--stage", "dev", "--"]] {
        let said = nothing().run(arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""));
        assert_eq!(
            said.err,
            "error: the following required arguments were not provided:\n  <CMD>...\n\nUsage: bind-config bind [OPTIONS] -- <CMD> [ARGS]...\n\nFor more information, try '--help'.\n"
        );
    }
}

#[test]
fn the_command_takes_the_place_of_the_tool() {
    let app = nothing();
    let child = app.command(sh("echo $$")).spawn().unwrap();
    let pid = child.id();
    assert_eq!(said(child), Said { code: 0, out: format!("{pid}\n"), err: String::new() });
}

#[test]
fn the_exit_code_is_the_commands() {
    for code in [0, 1, 2, 7, 126, 255] {
        let said = nothing().run(sh(&format!("echo out; echo err >&2; exit {code}")));
        assert_eq!(said, Said { code, out: "out\n".to_owned(), err: "err\n".to_owned() });
    }
}

#[test]
fn a_death_by_signal_is_the_commands() {
    for signal in [6, 9, 15] {
        let app = nothing();
        let status = app.command(sh(&format!("kill -{signal} $$"))).status().unwrap();
        assert_eq!((status.code(), status.signal()), (None, Some(signal)));
    }
}

#[test]
fn signals_reach_the_command() {
    for (name, code) in [("TERM", 41), ("INT", 42), ("HUP", 43)] {
        let script =
            "trap 'exit 41' TERM; trap 'exit 42' INT; trap 'exit 43' HUP; echo ready; while :; do sleep 0.02; done";
        let app = nothing();
        let mut child = app.command(sh(script)).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        signal(name, child.id().into());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
    }
}

#[test]
fn stdin_is_the_commands() {
    let said = nothing().run_with(b"a\0b\xff", ["bind", "--", "od", "-An", "-tx1"]);
    assert_eq!(said, Said { code: 0, out: " 61 00 62 ff\n".to_owned(), err: String::new() });
}

#[test]
fn a_command_that_nobody_reads_ends_as_it_would_without_the_tool() {
    let app = nothing();
    let mut child = app.command(["bind", "--", "yes"]).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 2]).unwrap();
    drop(out);
    assert_eq!(child.wait().unwrap().signal(), Some(13), "SIGPIPE is not ignored");
}

#[cfg(target_os = "linux")]
#[test]
fn no_file_of_the_tool_is_open_in_the_command() {
    let app = App::new(&format!("store = \"local\"\n{ORDERS}"));
    fill(&app);
    let list = "ls /proc/self/fd";
    let mut plain = std::process::Command::new("sh");
    plain.args(["-c", list]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    assert_eq!(app.run(sh(list)), said(plain.spawn().unwrap()));
}

fn fill(app: &App) {
    for (name, value) in [("STRIPE_KEY", "sk_12345678"), ("db-password", "hunter2"), ("PLAIN", "x")] {
        let said = app.run_with(value.as_bytes(), ["secrets", "set", name, "--stage", "dev"]);
        assert_eq!(said.code, 0, "{said:?}");
    }
}

#[test]
fn the_local_store_is_free_while_the_command_runs() {
    let app = App::new(&format!("store = \"local\"\n{ORDERS}"));
    fill(&app);
    let inner = env!("CARGO_BIN_EXE_bind-config");
    let script =
        format!("printf sk_87654321 | {inner} secrets set STRIPE_KEY --quiet && {inner} secrets get STRIPE_KEY");
    assert_eq!(app.run(sh(&script)), Said { code: 0, out: "sk_87654321".to_owned(), err: String::new() });
    let script = format!(
        "unset SST_Secret_value_STRIPE_KEY; {inner} bind --function api -- sh -c 'echo $SST_Secret_value_STRIPE_KEY'"
    );
    assert_eq!(app.run(sh(&script)), Said { code: 0, out: "sk_87654321\n".to_owned(), err: String::new() });
}

#[test]
fn a_function_that_is_not_there_is_suggested() {
    for (name, hint) in [("apii", ": did you mean `api`?"), ("nothing-like-it", ": there are `api`, `worker`")] {
        let said = App::new(ORDERS).run(["bind", "--stage=dev", "--function", name, "--", "env"]);
        let err = format!("error: bind.toml has no function `{name}`{hint}\n");
        assert_eq!(said, Said { code: 2, out: String::new(), err });
    }
    let said = nothing().run(["bind", "--function", "api", "--", "env"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (2, "error: bind.toml has no function `api` (it declares no functions)\n")
    );
}

#[test]
fn a_command_that_cannot_be_run_has_the_exit_code_of_shells() {
    let app = nothing();
    let script = app.write("script", "no program");
    let said = app.run(["bind", "--", "no-such-command-anywhere"]);
    assert_eq!((said.code, said.err.as_str()), (127, "error: there is no command `no-such-command-anywhere`\n"));
    let said = app.run([OsStr::new("bind"), OsStr::new("--"), script.as_os_str()]);
    let err = format!("error: `{}` cannot be run: Permission denied (os error 13)\n", script.display());
    assert_eq!((said.code, said.err), (126, err));
    assert_eq!(app.run(["bind", "--", ""]).code, 127);
    app.write(".env", &format!("LARGE={}\n", "x".repeat(200_000)));
    let said = app.run(["bind", "--", "env"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (126, "error: `env` cannot be run: the values are too large for an environment\n")
    );
    app.write(".env", "NUL=a\0b\n");
    let said = app.run(["bind", "--", "env"]);
    let err = "error: `env` cannot be run: a value or an argument has a NUL in it, which no environment can hold\n";
    assert_eq!((said.code, said.err.as_str()), (126, err));
}

#[test]
fn an_app_without_bindings_needs_no_store_and_no_credentials() {
    let expected = map(&[("SST_APP", "a"), ("SST_SSM_PREFIX", "/sst/a/dev/"), ("SST_STAGE", "dev")]);
    assert_eq!(bound(&nothing(), "bind"), expected);
    let plain = App::new(
        "app = \"a\"\nstage = \"dev\"\n[parameters]\nP = 1\n[secrets]\nS = \"\"\n[functions]\nf = { bind = [\"P\"] }\n",
    );
    assert_eq!(bound(&plain, "bind --function f")["SST_Parameter_value_P"], "1");
    let said = plain.run(["bind", "--", "env"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
}

#[test]
fn profile_and_region_reach_the_command() {
    let app = nothing().with("AWS_REGION", "eu-west-1").with("SST_REGION", "eu-west-2").with("AWS_PROFILE", "old");
    let print = "echo $AWS_PROFILE $AWS_REGION $AWS_DEFAULT_REGION $SST_REGION";
    assert_eq!(app.run(sh(print)).out, "old eu-west-1 eu-west-2\n");
    let said = app.run(["bind", "--profile", "ops", "--region", "us-west-1", "--", "sh", "-c", print]);
    assert_eq!(said.out, "ops us-west-1 us-west-1 us-west-1\n");
}

#[test]
fn a_profile_that_is_named_comes_before_the_keys_of_the_environment() {
    let (ssm, app) = orders();
    let right = ssm.variables("", "");
    let key = |name: &str| right.value(name).unwrap().to_owned();
    let profile = format!(
        "[profile ops]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        key("AWS_ACCESS_KEY_ID"),
        key("AWS_SECRET_ACCESS_KEY")
    );
    app.write(".aws/config", &profile);
    let app = app.with("AWS_ACCESS_KEY_ID", "AKIAOFANOTHER").with("AWS_SECRET_ACCESS_KEY", "another");
    app.write(".env", "AWS_ACCESS_KEY_ID=of_a_file\nAWS_SESSION_TOKEN=of_a_file\n");
    assert_eq!(app.run(["bind", "--stage", "dev", "--", "env"]).code, 2);
    let script = "echo $AWS_PROFILE ${AWS_ACCESS_KEY_ID-none} ${AWS_SECRET_ACCESS_KEY-none} ${AWS_SESSION_TOKEN-none} $SST_Secret_value_PLAIN";
    let said = app.run(["bind", "--stage", "dev", "--profile", "ops", "--", "sh", "-c", script]);
    assert_eq!(said, Said { code: 0, out: "ops none none none a b\n".to_owned(), err: String::new() });
    assert_eq!(app.ok("secrets get PLAIN --stage dev --profile ops"), "a b");
}

#[test]
fn one_value_is_given_by_the_environment_and_the_others_come_from_the_stage() {
    let (_ssm, app) = orders();
    let app = app.with("SST_Secret_value_PLAIN", "own").with("SST_Parameter_value_MAX_ITEMS", "3");
    let values = bound(&app, "bind --stage dev");
    assert_eq!(values["SST_Secret_value_PLAIN"], "own");
    assert_eq!(values["SST_Parameter_value_MAX_ITEMS"], "3");
    assert_eq!(values["SST_Secret_value_STRIPE_KEY"], "sk_12345678");
    // An empty secret is none, as for a function.
    assert_eq!(bound(&app.with("SST_Secret_value_PLAIN", ""), "bind --stage dev")["SST_Secret_value_PLAIN"], "a b");
}

#[test]
fn a_value_may_be_given_as_a_marker() {
    let (ssm, app) = orders();
    ssm.put(bind_config_local::NewParameter::secure("/shared/key", "elsewhere")).unwrap();
    let app = app
        .with("SST_Secret_value_PLAIN", "__FETCH_FROM_SSM__:/shared/key")
        .with("SST_Secret_value_db_password", "__FETCH_FROM_SECRET__:STRIPE_KEY");
    let values = bound(&app, "bind --stage dev");
    assert_eq!(
        (values["SST_Secret_value_PLAIN"].as_str(), values["SST_Secret_value_db_password"].as_str()),
        ("elsewhere", "sk_12345678")
    );
}

#[test]
fn one_value_is_given_by_an_env_file_which_is_told() {
    let (_ssm, app) = orders();
    app.write(".env.local", "SST_Secret_value_PLAIN=own\nSST_Parameter_value_MAX_ITEMS=4\n");
    let said = app.run(["bind", "--stage=dev", "--", "env", "-0"]);
    let values = variables(&said.out);
    assert_eq!(
        (values["SST_Secret_value_PLAIN"].as_str(), values["SST_Parameter_value_MAX_ITEMS"].as_str()),
        ("own", "4")
    );
    let err = "from an .env file instead of the stage: SST_Parameter_value_MAX_ITEMS, SST_Secret_value_PLAIN\n";
    assert_eq!((said.code, said.err.as_str()), (0, err));
    assert_eq!(app.run(["bind", "--stage=dev", "--quiet", "--", "true"]).err, "");
}

#[test]
fn a_bind_of_another_stage_around_it_gives_no_values() {
    let (ssm, app) = orders();
    for (name, value) in [("db_password", "of_prod"), ("PLAIN", "of_prod"), ("SENTRY_DSN", "https://prod")] {
        ssm.put_secret("orders", "prod", name, value).unwrap();
    }
    let inner = env!("CARGO_BIN_EXE_bind-config");
    let alone = bound(&app, "bind --stage prod --function api");
    assert_eq!(alone["SST_Secret_value_STRIPE_KEY"], "sk_of_prod");
    let said = app.run(format!("bind --stage dev -- {inner} bind --stage prod --function api -- env -0").split(' '));
    let warning = "warning: `SST_STAGE` of the environment is not `prod`, so these are not taken from there: SST_Secret_value_STRIPE_KEY, SST_Parameter_value_VERSION\n";
    assert_eq!((said.code, said.err.as_str(), variables(&said.out)), (0, warning, alone));
    // The same stage, and what was changed in between.
    let values =
        bound(&app, &format!("bind --stage dev -- env SST_Secret_value_PLAIN=own {inner} bind --function worker"));
    assert_eq!((values["SST_Secret_value_PLAIN"].as_str(), values["SST_STAGE"].as_str()), ("own", "dev"));
}

#[test]
fn what_a_bind_around_it_has_for_others_does_not_reach_the_command() {
    let (_ssm, app) = orders();
    let inner = env!("CARGO_BIN_EXE_bind-config");
    let alone = bound(&app, "bind --stage dev --function api");
    assert_eq!(bound(&app, &format!("bind --stage dev -- {inner} bind --function api")), alone);
    // Nor what a file or a shell has for others.
    app.write(".env", "SST_Secret_value_PLAIN=of_a_file\nSST_Parameter_value_MAX_ITEMS=7\n");
    let app = app.with("SST_Secret_value_db_password", "of_a_shell").with("SST_Secret_value_UNDECLARED", "x");
    assert_eq!(bound(&app, "bind --stage dev --function api"), alone);
    assert_eq!(
        bound(&app.with("SST_Secret_value_STRIPE_KEY", "sk_for_this_run"), "bind --stage dev --function api")["SST_Secret_value_STRIPE_KEY"],
        "sk_for_this_run"
    );
}

#[test]
fn a_value_of_another_stage_or_app_is_not_taken_and_that_is_told() {
    for (name, value, own) in [("SST_STAGE", "prod", "dev"), ("SST_APP", "billing", "orders")] {
        let (_ssm, app) = orders();
        let app = app.with(name, value).with("SST_Secret_value_STRIPE_KEY", "sk_of_another");
        let said = app.run(["bind", "--stage", "dev", "--function", "api", "--", "env", "-0"]);
        let warning = format!(
            "warning: `{name}` of the environment is not `{own}`, so these are not taken from there: SST_Secret_value_STRIPE_KEY\n"
        );
        assert_eq!((said.code, said.err), (0, warning));
        assert_eq!(variables(&said.out)["SST_Secret_value_STRIPE_KEY"], "sk_12345678");
        let app = app.with(name, own);
        assert_eq!(bound(&app, "bind --stage dev")["SST_Secret_value_STRIPE_KEY"], "sk_of_another");
    }
}

#[test]
fn a_bound_value_that_is_no_text_is_an_error_and_not_the_one_of_the_store() {
    let (_ssm, app) = orders();
    let mut command = app.command(["bind", "--stage", "dev", "--function", "api", "--", "touch", "ran"]);
    command.env("SST_Secret_value_STRIPE_KEY", OsString::from_vec(b"sk_canary\xff".to_vec()));
    let err = "error: `STRIPE_KEY` has no value: `SST_Secret_value_STRIPE_KEY` of the environment is not UTF-8\n";
    assert_eq!(said(command.spawn().unwrap()), Said { code: 1, out: String::new(), err: err.to_owned() });
    assert!(!app.folder().join("ran").exists());
}

#[test]
fn the_callers_own_variables_pass_as_they_are() {
    let app = nothing();
    let mut command = app.command(["bind", "--", "env", "-0"]);
    let odd = (OsString::from_vec(b"ODD\xff".to_vec()), OsString::from_vec(b"\xfe\n=".to_vec()));
    let output = command.env(&odd.0, &odd.1).env("OWN", "a b").env("EMPTY", "").env("SST_FOO", "1").output().unwrap();
    let all: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    for expected in [&b"ODD\xff=\xfe\n="[..], b"OWN=a b", b"EMPTY=", b"SST_FOO=1", b"SST_STAGE=dev"] {
        assert!(all.contains(&expected), "{}", String::from_utf8_lossy(expected));
    }
}

#[test]
fn a_value_that_is_no_text_is_told_where_it_is_needed() {
    let app = App::new("app = \"a\"\nstage = \"dev\"\n[parameters]\nP = { value = { env = \"CAP\" } }\n");
    let mut command = app.command(["bind", "--", "env"]);
    let said = said(command.env("CAP", OsString::from_vec(vec![0xff])).spawn().unwrap());
    let err = "error: `P` has no value: `CAP` of the environment is not UTF-8 (bind.toml:4:23)\n";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (1, "", err));
}

#[test]
fn a_test_program_sees_the_values_in_all_its_processes() {
    let (_ssm, app) = orders();
    let said = app.run(sh("sh -c 'sh -c \"echo $SST_Secret_value_STRIPE_KEY\"' & wait"));
    assert_eq!((said.code, said.out.as_str()), (0, "sk_12345678\n"));
}

#[test]
fn the_folder_is_the_callers() {
    let app = nothing();
    app.write("sub/.env", "FROM=sub\n");
    app.write(".env", "FROM=root\n");
    let mut command = app.command(["bind", "--", "sh", "-c", "pwd -P; echo $FROM"]);
    let said = said(command.current_dir(app.folder().join("sub")).spawn().unwrap());
    let folder = app.folder().canonicalize().unwrap().join("sub");
    assert_eq!((said.code, said.out), (0, format!("{}\nroot\n", folder.display())));
}

#[test]
fn a_command_that_asks_has_the_terminal_or_pipe_of_the_caller() {
    let app = nothing();
    let mut child = app.command(["bind", "--", "cat"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    for line in ["one\n", "two\n"] {
        input.write_all(line.as_bytes()).unwrap();
        let mut back = String::new();
        out.read_line(&mut back).unwrap();
        assert_eq!(back, line);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_copy_that_looks_like_a_marker_reaches_the_command_as_a_value() {
    let ssm = LocalSsm::start().unwrap();
    let app = App::on(&ssm, "app = \"a\"\nstage = \"dev\"\n[parameters]\nTOPIC = { deploy = true }\n");
    ssm.put(bind_config_local::NewParameter::string("/sst/a/dev/parameters/TOPIC", "__FETCH_FROM_SSM__")).unwrap();

    let out = app.ok("bind -- printenv SST_Parameter_value_TOPIC");

    assert_eq!(out, "__LITERAL__:__FETCH_FROM_SSM__\n");
}

#[test]
fn temporary_credentials_are_used_whole() {
    let ssm = LocalSsm::builder().session_token("of-the-session").start().unwrap();
    let app = App::on(&ssm, "app = \"a\"\nstage = \"dev\"\n[secrets]\nKEY = \"x\"\n");
    ssm.put_secret("a", "dev", "KEY", "canary").unwrap();

    assert_eq!(app.ok("bind -- printenv SST_Secret_value_KEY"), "canary\n");

    let without = app.with("AWS_SESSION_TOKEN", "");
    assert_eq!(without.run(["bind", "--", "true"]).code, 2);
}
