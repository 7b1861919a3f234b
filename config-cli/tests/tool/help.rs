//! What the tool says of itself: help, version, suggestions, completions, manual; and where it prints.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::app::{App, ORDERS, Said, said};

/// The help of every command, by its name in a file name.
fn pages() -> BTreeMap<String, String> {
    let app = App::new(ORDERS);
    let mut pages = BTreeMap::new();
    let mut commands = vec![Vec::new()];
    while let Some(words) = commands.pop() {
        let said = app.run(words.iter().map(String::as_str).chain(["--help"]));
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{words:?}");
        for name in subcommands(&said.out) {
            commands.push(words.iter().cloned().chain([name]).collect());
        }
        let words = std::iter::once("bind-config".to_owned()).chain(words);
        pages.insert(words.collect::<Vec<_>>().join("-"), said.out);
    }
    pages
}

fn subcommands(help: &str) -> Vec<String> {
    let list = help.split_once("\nCommands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap_or_default());
    let names = list.unwrap_or_default().lines().filter_map(|line| line.split_whitespace().next());
    // Of clap, and the same everywhere.
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_has_its_help() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tool/help");
    let pages = pages();
    assert_eq!(pages.len(), 30);
    for (name, page) in &pages {
        let path = folder.join(format!("{name}.txt"));
        let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(*page, reviewed, "review this, then write it to {}", path.display());
        assert!(page.lines().all(|line| line.chars().count() <= 100), "{name}");
    }
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let gone: Vec<String> = files.filter(|file| !pages.contains_key(file.trim_end_matches(".txt"))).collect();
    assert_eq!(gone, Vec::<String>::new(), "help of no command");
}

#[test]
fn the_short_form_is_the_same_help() {
    let app = App::new(ORDERS);
    for command in ["", "check", "bind", "secrets list"] {
        let with = |flag| app.run(command.split_whitespace().chain([flag]));
        assert_eq!(with("-h"), with("--help"), "{command}");
    }
}

#[test]
fn the_version_names_the_commit() {
    // A packaged crate lies in some other repository, or in none.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_checkout = here.join("../.git").exists();
    let git = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(here).output();
    let head = git.ok().filter(|git| is_checkout && git.status.success());
    let commit = head.map(|git| format!(" ({})", String::from_utf8(git.stdout).unwrap().trim())).unwrap_or_default();
    let expected = format!("bind-config {}{commit}\n", env!("CARGO_PKG_VERSION"));
    for flag in ["--version", "-V"] {
        assert_eq!(App::new(ORDERS).run([flag]), Said { code: 0, out: expected.clone(), err: String::new() });
    }
}

#[test]
fn what_is_mistyped_is_suggested() {
    let app = App::new(ORDERS);
    for (arguments, hint) in [
        ("secerts list", "'secrets'"),
        ("secrets lst", "'list'"),
        ("sync", "'synth'"),
        ("check --al-stages", "'--all-stages'"),
        ("secrets list --stge dev", "'--stage'"),
        ("completions bsh", "'bash'"),
        ("stage --store locl", "'local'"),
    ] {
        let said = app.run(arguments.split(' '));
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments}");
        assert!(said.err.starts_with("error: ") && said.err.contains(hint), "{arguments}: {}", said.err);
    }
}

#[test]
fn a_command_that_is_not_complete_shows_its_help() {
    let app = App::new(ORDERS);
    for arguments in [&[][..], &["secrets"], &["local"], &["parameters"]] {
        let said = app.run(arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}");
        assert!(said.err.contains("Commands:\n"), "{}", said.err);
    }
}

/// What completes the last of these words, by the protocol of the registered script for bash.
fn completed(app: &App, words: &[&str]) -> Vec<String> {
    let mut command = app.command(["--", "bind-config"].iter().chain(words));
    command
        .env("BIND_CONFIG_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "false");
    let said = said(command.spawn().unwrap());
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{words:?}");
    said.out.lines().map(str::to_owned).collect()
}

#[test]
fn names_functions_and_stages_complete() {
    let app = App::new(&format!("stage = \"dev\"\n{ORDERS}[stages.staging.parameters]\nMAX_ITEMS = 9\n"));
    let secrets = ["PLAIN", "SENTRY_DSN", "STRIPE_KEY", "db-password"];
    for command in ["set", "get", "remove", "history", "rollback", "restart"] {
        let all = completed(&app, &["secrets", command, ""]);
        assert_eq!(all.iter().filter(|name| !name.starts_with('-')).collect::<Vec<_>>(), secrets, "{command}");
    }
    assert_eq!(completed(&app, &["secrets", "get", "S"]), ["SENTRY_DSN", "STRIPE_KEY"]);
    assert_eq!(completed(&app, &["--stage", ""]), ["dev", "prod", "staging"]);
    assert_eq!(completed(&app, &["secrets", "list", "--stage", "s"]), ["staging"]);
    assert_eq!(completed(&app, &["secrets", "copy", "--from", "p"]), ["prod"]);
    assert_eq!(completed(&app, &["stage", "use", "p"]), ["prod"]);
    assert_eq!(completed(&app, &["check", "--function", ""]), ["api", "worker"]);
    assert_eq!(completed(&app, &["show", "w"]), ["worker"]);
    assert_eq!(completed(&app, &["--store", ""]), ["ssm", "local"]);
    assert!(completed(&app, &["chec"]).contains(&"check".to_owned()));
}

#[test]
fn what_completes_is_that_of_the_project_that_is_named() {
    let app = App::new(ORDERS);
    app.write("other/bind.toml", "app = \"other\"\n[secrets]\nOTHER = \"\"\n");
    assert_eq!(completed(&app, &["--project", "other", "secrets", "get", "O"]), ["OTHER"]);
    assert_eq!(completed(&app, &["secrets", "get", "--project=other", "O"]), ["OTHER"]);
}

#[test]
fn outside_of_an_app_nothing_completes_and_nothing_is_said() {
    let app = App::new("no toml");
    assert_eq!(completed(&app, &["secrets", "get", "S"]), Vec::<String>::new());
    std::fs::remove_file(app.folder().join("bind.toml")).unwrap();
    assert_eq!(completed(&app, &["--stage", "d"]), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(app.folder()).unwrap().count(), 0);
}

#[test]
fn every_shell_has_completions() {
    let app = App::new(ORDERS);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = app.run(["completions", shell]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{shell}");
        assert!(said.out.contains("BIND_CONFIG_COMPLETE") && said.out.contains("bind-config"), "{shell}: {}", said.out);
    }
}

#[test]
fn a_variable_of_others_is_no_request_for_completions() {
    assert_eq!(App::new("app = \"a\"\n").with("COMPLETE", "true").ok("stage --stage dev"), "dev\n");
}

#[test]
fn bash_takes_them() {
    let app = App::new(ORDERS);
    let tool = Path::new(env!("CARGO_BIN_EXE_bind-config"));
    let script = "source <(bind-config completions bash); COMP_WORDS=(bind-config secrets get ST); COMP_CWORD=3; COMP_TYPE=9; \
                  _clap_complete_bind_config bind-config ST get; echo \"${COMPREPLY[@]}\"";
    let plain = app.command(["stage"]);
    let path = plain.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).unwrap_or_default();
    let path = format!("{}:{}", tool.parent().unwrap().display(), path.display());
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script]).current_dir(app.folder()).env_clear().env("PATH", path);
    let said = said(bash.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!((said.code, said.out.trim()), (0, "STRIPE_KEY"), "{said:?}");
}

#[test]
fn the_manual_has_a_page_per_command() {
    let app = App::new(ORDERS);
    let page = app.ok("man");
    assert!(page.starts_with(".ie \\n(.g .ds Aq") && page.contains(".SH NAME\nbind\\-config \\- "), "{page}");
    let said = app.run(["man", "--out", "pages/man1"]);
    let folder = app.folder().canonicalize().unwrap().join("pages/man1");
    assert_eq!(said, Said { code: 0, out: String::new(), err: format!("the pages are in {}\n", folder.display()) });
    let files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: Vec<String> = pages().into_keys().map(|name| format!("{name}.1")).collect();
    expected.sort();
    let mut files = files;
    files.sort();
    assert_eq!(files, expected);
    assert!(app.read("pages/man1/bind-config-secrets-set.1").contains("bind\\-config\\-secrets\\-set"));
    app.write("file", "");
    assert_eq!(app.run(["man", "--out", "file/below"]).code, 2);
}

#[test]
fn data_is_on_stdout_and_the_rest_on_stderr_where_it_can_be_hushed() {
    let app = App::new(&format!("stage = \"dev\"\nstore = \"local\"\n{ORDERS}"));
    app.run_with(b"sk_12345678", ["secrets", "set", "STRIPE_KEY"]);
    app.ok("synth");
    for arguments in ["secrets list", "show api", "stage", "check --function api", "parameters list", "local path"] {
        let loud = app.run(arguments.split(' '));
        let hushed = app.run(arguments.split(' ').chain(["--quiet"]));
        assert_eq!((hushed.code, hushed.out, hushed.err.as_str()), (0, loud.out, ""), "{arguments}");
    }
    assert_eq!(app.ok("secrets get STRIPE_KEY"), "sk_12345678");
    assert_eq!(app.run(["secrets", "get", "PLAIN", "--quiet"]).err.lines().count(), 1, "an error is said all the same");
}

#[test]
fn what_reports_does_so_as_json() {
    let app = App::new(&format!("stage = \"dev\"\nstore = \"local\"\n{ORDERS}"));
    app.run_with(b"sk_12345678", ["secrets", "set", "STRIPE_KEY"]);
    for arguments in [
        "stage",
        "show",
        "check",
        "check --all-stages",
        "check --offline",
        "secrets list",
        "secrets list --all-stages",
        "secrets history STRIPE_KEY",
        "secrets get STRIPE_KEY",
        "parameters list",
        "local path",
        "iam api",
        "schema",
    ] {
        let said = app.run(arguments.split(' ').chain(["--json"]));
        let json = serde_json::from_str::<serde_json::Value>(&said.out);
        assert!(said.code < 2 && json.is_ok(), "{arguments}: {said:?}");
    }
}

#[test]
fn output_that_nobody_reads_is_no_panic() {
    let app = App::new(&format!("stage = \"dev\"\nstore = \"local\"\n{ORDERS}"));
    app.run_with(b"sk_12345678", ["secrets", "set", "STRIPE_KEY"]);
    for arguments in [
        "--help",
        "--version",
        "secrets list",
        "secrets get STRIPE_KEY",
        "show",
        "schema",
        "man",
        "completions bash",
        "stage",
        "secrets --help",
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let said = said(app.command(arguments.split(' ')).stdout(writer).spawn().unwrap());
        assert_eq!(said.code, 0, "{arguments}: {said:?}");
        assert!(!said.err.contains("panicked"), "{arguments}: {}", said.err);
    }
}

#[test]
fn a_closed_stderr_or_stdout_is_no_panic() {
    let app = App::new(&format!("stage = \"dev\"\nstore = \"local\"\n{ORDERS}"));
    for (arguments, code) in
        [("secrets list", 0), ("secrets get PLAIN", 1), ("check --function nobody", 2), ("stagee", 2)]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = app.command(arguments.split(' ')).stderr(writer).stdout(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{arguments}");
        let tool = env!("CARGO_BIN_EXE_bind-config");
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec '{tool}' {arguments} >&- 2>&-")]).current_dir(app.folder()).env_clear();
        assert_eq!(shell.status().unwrap().code(), Some(code), "{arguments}, closed");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_a_failure() {
    let app = App::new(ORDERS);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let said = said(app.command(["schema"]).stdout(full).spawn().unwrap());
    assert_eq!(said.code, 2);
    assert!(said.err.starts_with("error: the output could not be written: "), "{}", said.err);
}

#[test]
fn a_folder_that_is_gone_is_told() {
    let app = App::new(ORDERS);
    app.write("gone/x", "");
    let tool = env!("CARGO_BIN_EXE_bind-config");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("rm -r ../gone && exec '{tool}' stage")]).current_dir(app.folder().join("gone"));
    let said = said(shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("error: the current folder cannot be read: "), "{}", said.err);
}
