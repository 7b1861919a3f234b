//! The flaws of the original's `secrets`, `bind` and `.env`, and the tests that show that this tool does not have them. A flaw
//! that has no test has a sentence here, and in the documentation.
//!
//! | | the original | here |
//! | --- | --- | --- |
//! | L1 | posts the command line, values included, to its makers | `flaws::nothing_is_asked_but_the_store_and_nothing_is_kept_but_what_was_asked_for` |
//! | L2 | `bind` hands out every secret of the stage and of the fallback | `bind::a_function_gets_what_it_is_bound_to_and_no_other_secret_of_the_stage` |
//! | L3 | a value can come from the command line only | `secrets::set::a_value_from_stdin_is_kept_byte_for_byte_and_never_printed`, `secrets::set::a_value_from_a_file_is_kept_byte_for_byte`, `tty::the_prompt_takes_a_value_and_does_not_show_it`, `secrets::set::a_value_on_the_command_line_is_set_with_a_warning_that_names_the_better_way` |
//! | L4 | `list` prints values, errors print stack traces | `list::no_output_has_a_value_unless_revealed`, `list::without_reveal_no_value_is_even_asked_for`, `outages::each_trouble_of_the_service_has_its_own_sentence` |
//! | L5 | a deployment puts values into environments, which a restart leaves old | `restart::a_value_in_plain_needs_a_deployment_and_is_named`; ours never puts one there: `flaws::no_file_for_a_deployment_has_a_secret` |
//! | D1 | a value that gets smaller is deleted, then put | `secrets::set::rules::the_tier_is_advanced_only_where_it_must_be_and_stays_so_and_nothing_is_deleted` |
//! | D2 | a restart takes back what somebody else changed meanwhile | `restart::races::a_change_between_a_write_and_its_answer_is_kept`, `restart::races::a_change_between_listing_and_write_is_kept`, `restart::races::a_function_that_changes_all_the_time_loses_no_variable` |
//! | D3 | an environment that cannot be decrypted is wiped | `restart::answers::an_environment_that_cannot_be_read_is_not_written`, `restart::answers::an_environment_that_becomes_unreadable_is_not_written` |
//! | D4 | `load` stops midway at the first bad value | `load::an_empty_value_in_the_middle_stops_it_before_the_first_write`, `load::undo::a_denied_write_in_the_middle_undoes_those_before_it` |
//! | D5 | in `list`, one of two paths hides the other | `list::a_deeper_path_hides_no_secret` |
//! | D6 | a write may move a secret to another KMS key | `secrets::set::rules::a_new_secret_gets_the_key_of_its_stage_and_an_old_one_keeps_its_own`, `secrets::set::rules::key_and_tier_are_kept_also_where_listing_is_denied` |
//! | W1 | `list` as dotenv has the word `undefined` for a fallback | `list::a_secret_of_the_fallback_is_its_value_and_not_the_word_undefined` |
//! | W2 | `list` as dotenv does not escape | `list::env_lines_are_printed_only_where_values_are_asked_for`, `dotenv::what_is_written_is_read_back_whatever_is_around_it`, `dotenv::a_shell_reads_the_lines_that_are_safe_for_it` |
//! | W3 | an empty list is no JSON and no dotenv; line breaks break the table | `list::with_nothing_set_every_format_is_still_its_format`, `list::a_line_break_in_a_value_breaks_no_table`, `tty::looks::tables_fit_the_terminal` |
//! | W4 | whatever goes wrong "is not set", on stdout | `secrets::get::not_set_denied_and_unreachable_are_three_answers_none_of_them_on_stdout`, `secrets::remove::a_denied_removal_is_not_one_of_something_that_is_not_set` |
//! | W5 | a restart that fails is not told | `restart::denied::what_is_denied_is_named_and_the_value_is_stored`, `restart::denied::what_of_the_versions_is_denied_is_named_too`, `restart::races::an_update_that_fails_is_told_with_its_reason`, `restart::races::a_busy_lambda_is_asked_again_and_at_our_own_pace` |
//! | W6 | `my_secret` for `my-secret` restarts nothing | `restart::a_name_with_a_hyphen_reaches_the_functions_that_are_bound_to_it_however_it_is_written` |
//! | W7 | a fallback restarts the current stage alone | `restart::reach::the_fallback_restarts_the_functions_of_every_stage_that_inherits_it_and_no_others` |
//! | W8 | a removal restarts nothing, references are missed, versions not told | `restart::reach::remove_names_who_would_fail_and_restarts_only_on_demand`, `restart::exactly_the_functions_that_use_the_secret_are_restarted`, `restart::reach::what_was_published_is_named_with_what_to_do`. Functions are restarted, containers are not: the README says so |
//! | W9 | a failed command ends with 0 | `flaws::every_failure_has_an_exit_code` |
//! | W10 | hangs for ever after the write where a second service is silent | `restart::denied::a_lambda_that_cannot_be_reached_leaves_the_value_stored_and_says_so`, `restart::races::an_answer_that_never_comes_is_not_waited_for_for_ever` |
//! | W11 | installs and deploys what it misses, where a file says another region | `flaws::no_other_program_is_run_and_nothing_is_deployed`, `environment::no_file_chooses_the_stage_the_app_the_store_or_the_credentials_of_the_tool` |
//! | W12 | a value that looks like a marker is fetched again | `bind::a_value_that_looks_like_a_marker_is_the_value_for_the_runtime_in_the_child` |
//! | W13 | a secret `__proto__` changes every object | `flaws::names_that_javascript_knows_are_names_like_any_other` |
//! | W14 | a prefix without a slash at its end is taken, and found by half of the tool | `flaws::a_prefix_without_a_slash_is_refused_where_it_is_written` |
//! | W15 | a command takes seconds | a figure: `benches/README.md` has it |
//! | B1 | flags of the command are lost | `bind::command::arguments_are_the_commands_as_they_are` |
//! | B2 | `--stage` behind the command is taken from it | `bind::command::a_stage_behind_the_command_is_the_commands` |
//! | B3 | a shell reads the arguments anew | `bind::command::arguments_are_the_commands_as_they_are`, `bind::command::arguments_need_not_be_text` |
//! | B4 | `1e3` becomes `1000` | `bind::command::arguments_are_the_commands_as_they_are` |
//! | B5 | a death by signal is a success | `bind::command::a_death_by_signal_is_the_commands`, `bind::command::the_exit_code_is_the_commands` |
//! | B6 | in a site's folder another mode swallows errors and starts twice | there is one mode, in every folder: `bind::command::the_command_takes_the_place_of_the_tool` |
//! | B7 | `.env` files win over the environment | `environment::the_environment_wins_over_every_file` |

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use bind_config_local::{Fault, LocalSsm, NewFunction};

use crate::app::{App, ORDERS, Said};
use crate::kit::{path, plain, until};

const CANARY: &str = "sk_live_canary_4711";

fn lambda() -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    let function = NewFunction::new("orders-dev-api").variable("SST_APP", "orders").variable("SST_STAGE", "dev");
    ssm.put_function(function.variable("SST_Secret_value_STRIPE_KEY", "__FETCH_FROM_SSM__")).unwrap();
    ssm
}

/// A day's work with the tool.
const COMMANDS: [&str; 14] = [
    "synth",
    "secrets set STRIPE_KEY sk_live_canary_4711 --stage dev",
    "secrets set PLAIN canary_4711 --stage dev --trim",
    "secrets set SENTRY_DSN https://canary_4711.example --fallback",
    "secrets set db-password canary_4711 --stage dev",
    "secrets list --stage dev",
    "secrets list --all-stages",
    "secrets get STRIPE_KEY --stage dev",
    "secrets history STRIPE_KEY --stage dev",
    "check --stage dev",
    "show api --stage dev",
    "parameters list --stage dev",
    "bind --stage dev -- true",
    "secrets remove PLAIN --stage dev --yes",
];

/// Every file below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path.to_string_lossy().into_owned());
        }
    }
    all.sort();
    all
}

/// The files of an app's folder, which is the home of whoever runs the tool there, too.
fn own(app: &App) -> Vec<String> {
    let root = format!("{}/", app.folder().display());
    files(app.folder()).into_iter().map(|file| file.replace(&root, "")).collect()
}

#[test]
fn nothing_is_asked_but_the_store_and_nothing_is_kept_but_what_was_asked_for() {
    let ssm = lambda();
    // Whoever wanted to go elsewhere would go through here.
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    let proxy = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let app = proxies.iter().fold(App::on(&ssm, ORDERS), |app, name| app.with(name, &address));

    for command in COMMANDS {
        app.ok(command);
    }

    let known = [
        "PutParameter",
        "GetParameter",
        "GetParameters",
        "GetParametersByPath",
        "GetParameterHistory",
        "DescribeParameters",
        "DeleteParameter",
        "ListFunctions",
        "GetFunctionConfiguration",
        "UpdateFunctionConfiguration",
        "ListVersionsByFunction",
    ];
    for call in ssm.calls() {
        assert!(known.contains(&call.operation.as_str()), "{call:?}");
        assert!(!format!("{call:?}").contains("canary"), "{call:?}");
        let is_ours = |name: &String| name.starts_with("/sst/orders/") || name == "orders-dev-api";
        assert!(call.names.iter().all(is_ours), "{call:?}");
    }
    // Whoever had come would be waiting.
    proxy.set_nonblocking(true).unwrap();
    assert_eq!(proxy.accept().map_err(|error| error.kind()).unwrap_err(), ErrorKind::WouldBlock, "somebody came");
    assert_eq!(own(&app), ["bind.toml", "bindings.json"]);
    assert!(!app.read("bindings.json").contains("canary"));
}

#[test]
fn no_other_program_is_run_and_nothing_is_deployed() {
    let ssm = lambda();
    let app = App::on(&ssm, ORDERS);
    // Where a stray region once made the original deploy stacks.
    app.write(".env", "AWS_REGION=eu-central-1\nAWS_PROFILE=other\n");
    let programs = [
        "node",
        "npm",
        "npx",
        "pnpm",
        "yarn",
        "cdk",
        "sst",
        "aws",
        "sam",
        "terraform",
        "docker",
        "curl",
        "git",
        "cargo",
    ];
    let mut found = app.folder().join("programs").into_os_string();
    for program in programs {
        let file = app.write(&format!("programs/{program}"), "#!/bin/sh\necho \"$0 $*\" >> \"$RUN\"\n");
        executable(&file);
    }
    found.push(":/usr/bin:/bin");
    let app = app.with("RUN", "run.txt");

    for command in COMMANDS {
        let mut tool = app.command(command.split(' '));
        let said = crate::app::said(tool.env("PATH", &found).spawn().unwrap());
        assert_eq!(said.code, 0, "{command}: {said:?}");
    }

    assert!(!app.folder().join("run.txt").exists(), "{}", app.read("run.txt"));
}

/// The page faults of the processes that a process has run and waited for, and the number of those that it has now.
#[cfg(target_os = "linux")]
fn children(process: u32) -> (u64, usize) {
    // Behind the name, which may have anything in it: the state, the parent, …
    let fields = |process: &str| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        Some(stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect::<Vec<_>>())
    };
    let own = process.to_string();
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let of_now = all.filter_map(|other| fields(&other)).filter(|fields| fields[1] == own).count();
    (fields(&own).unwrap()[8].parse().unwrap(), of_now)
}

/// Also none that is named by its path, which nobody finds in a folder of programs.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_run_before_the_store_has_answered() {
    let ssm = lambda();
    let app = App::on(&ssm, ORDERS);
    app.ok(COMMANDS[0]);
    for command in &COMMANDS[1..] {
        let held = ssm.inject(Fault::hold());
        let tool = app.command(command.split(' ')).spawn().unwrap();
        until("a request", || ssm.hits(held) > 0);

        assert_eq!(children(tool.id()), (0, 0), "{command}");

        ssm.remove_fault(held);
        let said = crate::app::said(tool);
        assert_eq!(said.code, 0, "{command}: {said:?}");
    }
}

fn executable(file: &Path) {
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    #[cfg(not(unix))]
    let _ = file;
}

#[test]
fn no_file_for_a_deployment_has_a_secret() {
    let ssm = lambda();
    let app = App::on(&ssm, ORDERS);
    for command in COMMANDS {
        app.ok(command);
    }

    app.ok("synth --stage dev --out deploy");

    let written: Vec<String> = files(&app.folder().join("deploy"));
    assert!(written.len() > 3, "{written:?}");
    for file in written {
        assert!(!fs::read_to_string(&file).unwrap().contains("canary"), "{file}");
    }
}

#[test]
fn every_failure_has_an_exit_code() {
    let ssm = lambda();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1");
    let no = [
        "check --stage dev",
        "secrets get STRIPE_KEY --stage dev",
        "secrets remove STRIPE_KEY --stage dev --yes",
        "secrets history STRIPE_KEY --stage dev",
        "secrets rollback STRIPE_KEY --stage dev",
        "secrets set STRIPE_KEI x --stage dev",
        "secrets set STRIPE_KEY unfit --stage dev",
        "secrets copy --from dev --to prod STRIPE_KEY",
        "bind --stage dev -- true",
        "synth --check",
    ];
    for command in no {
        assert_fails(&app, command, 1);
    }
    let impossible = [
        "check --stage dev",
        "secrets get STRIPE_KEY --stage dev",
        "secrets list --stage dev",
        "secrets list --all-stages",
        "secrets remove STRIPE_KEY --stage dev --yes",
        "secrets history STRIPE_KEY --stage dev",
        "secrets rollback STRIPE_KEY --stage dev",
        "secrets set PLAIN x --stage dev",
        "secrets copy --from dev --to prod STRIPE_KEY",
        "parameters list --stage dev",
    ];
    ssm.inject(Fault::server_error());
    for command in impossible {
        assert_fails(&app, command, 2);
    }
    for command in ["", "secret", "secrets", "secrets get", "secrets get STRIPE_KEY --stage", "secrets get STRIPE_KEY"]
    {
        assert_fails(&app, command, 2);
    }
}

fn assert_fails(app: &App, command: &str, code: i32) {
    let said = app.run(command.split_whitespace());
    assert_eq!(said.code, code, "{command}: {said:?}");
    assert!(!said.err.is_empty(), "{command}: {said:?}");
}

#[test]
fn names_that_javascript_knows_are_names_like_any_other() {
    let ssm = lambda();
    let toml =
        ORDERS.replace("PLAIN =", "constructor = \"a name of JavaScript's objects\"\ntoString = \"another\"\nPLAIN =");
    let app = App::on(&ssm, &toml);
    ssm.put_secret("orders", "dev", "__proto__", CANARY).unwrap();

    assert_eq!(app.run_with(CANARY.as_bytes(), "secrets set constructor --stage dev".split(' ')).code, 0);
    let listed: serde_json::Value = serde_json::from_str(&app.ok("secrets list --stage dev --json")).unwrap();

    let state = |name: &str| {
        let row = listed["secrets"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
        row["state"].as_str().unwrap().to_owned()
    };
    assert_eq!([state("constructor"), state("toString"), state("__proto__")], ["set", "missing", "undeclared"]);
    assert_eq!(app.ok("secrets get constructor --stage dev"), CANARY);
    let said = app.run("secrets get toString --stage dev".split(' '));
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    // It can be looked at, and not made.
    let said = app.run_with(b"x", "secrets set __proto__ --stage dev --undeclared".split(' '));
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(ssm.value(&path("dev", "__proto__")).as_deref(), Some(CANARY));
}

#[test]
fn a_prefix_without_a_slash_is_refused_where_it_is_written() {
    let ssm = lambda();
    let app = App::on(&ssm, "app = \"orders\"\nssm_prefix = \"/custom/pre\"\n[secrets]\nPLAIN = \"any\"\n");

    for command in [
        "synth",
        "check --stage dev",
        "secrets list --stage dev",
        "secrets set PLAIN x --stage dev",
        "bind --stage dev -- true",
    ] {
        let Said { code, out, err } = plain(&ssm, app.run(command.split(' ')));

        assert_eq!((code != 0, out.as_str()), (true, ""), "{command}");
        assert!(
            err.starts_with("error: `ssm_prefix`: an SSM prefix ends with `/`\n --> bind.toml:2:14\n"),
            "{command}: {err}"
        );
    }
    assert!(ssm.calls().is_empty());
}

#[test]
fn every_flaw_is_answered_by_a_test_that_there_is() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = include_str!("flaws.rs").lines().filter_map(|line| line.strip_prefix("//! | ")).skip(2);
    let rows: Vec<&str> = table.collect();
    let numbers: Vec<&str> = rows.iter().filter_map(|row| row.split(" |").next()).collect();
    let series = |letter: &str, last: u32| (1..=last).map(|at| format!("{letter}{at}")).collect::<Vec<_>>();
    assert_eq!(numbers, [series("L", 5), series("D", 6), series("W", 15), series("B", 7)].concat());
    let mut missing = Vec::new();
    for name in rows.iter().flat_map(|row| row.split('`').skip(1).step_by(2)).filter(|name| name.contains("::")) {
        let (room, test) = name.rsplit_once("::").unwrap();
        let file = match room {
            "dotenv" => here.join("src/dotenv/tests.rs"),
            room => here.join(format!("tests/tool/{}.rs", room.replace("::", "/"))),
        };
        if !fs::read_to_string(&file).unwrap_or_default().contains(&format!("fn {test}()")) {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}
