//! The command is the caller's: its arguments, exit code, signals, streams and files.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use super::{bound, map, nothing, sh};
use crate::app::{App, ORDERS, Said, said};
use crate::kit::signal;

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
    // What a `bind` around it has read some time ago is told.
    let script = format!("{inner} bind --function api -- sh -c 'echo $SST_Secret_value_STRIPE_KEY'");
    let err = format!("{}SST_Secret_value_STRIPE_KEY\n", super::INSIDE);
    let said = app.run(sh(&format!("printf sk_new_99999 | {inner} secrets set STRIPE_KEY --quiet; {script}")));
    assert_eq!(said, Said { code: 0, out: "sk_87654321\n".to_owned(), err });
    let script = format!(
        "unset SST_Secret_value_STRIPE_KEY; {inner} bind --function api -- sh -c 'echo $SST_Secret_value_STRIPE_KEY'"
    );
    assert_eq!(app.run(sh(&script)), Said { code: 0, out: "sk_new_99999\n".to_owned(), err: String::new() });
}

#[test]
fn a_function_that_is_not_there_is_suggested() {
    for (name, hint) in [("apii", ": did you mean `api`?"), ("nothing-like-it", ": there are `api`, `worker`")] {
        let said = App::new(ORDERS).run(["bind", "--stage=dev", "--function", name, "--", "env"]);
        let err = format!("error: there is no function `{name}`{hint}\n");
        assert_eq!(said, Said { code: 2, out: String::new(), err });
    }
    let said = nothing().run(["bind", "--function", "api", "--", "env"]);
    let err = "error: there is no function `api`: no functions are declared, leave it out and everything is meant\n";
    assert_eq!((said.code, said.err.as_str()), (2, err));
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
    let err = "error: `env` cannot be run: an argument has a NUL in it, which no process can be given\n";
    assert_eq!((said.code, said.err.as_str()), (126, err));
}

#[test]
fn a_value_that_no_environment_takes_is_named() {
    let (ssm, app) = super::orders();
    ssm.put_secret("orders", "dev", "PLAIN", "hunter\0canary").unwrap();

    let said = app.run(["bind", "--stage", "dev", "--", "true"]);

    let err = "error: `true` cannot be run: `SST_Secret_value_PLAIN` has a NUL in it, which no process can be given\n";
    assert_eq!(said, Said { code: 126, out: String::new(), err: err.to_owned() });
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
fn words_of_the_command_that_are_those_of_secrets_set_are_the_commands() {
    let app = nothing();
    assert_eq!(app.ok("bind echo secrets set -h"), "secrets set -h\n");
    assert_eq!(app.ok("bind --stage dev -- echo secrets set -h"), "secrets set -h\n");
}
