//! `bind-config-bench-tool TOOL [MOTO]`: the wall time of the tool's commands, as whole processes, side by side in one run.
//! MOTO is the endpoint of a moto that is running.
#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bind_config_local::{LocalSsm, NewFunction};
use tempfile::TempDir;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let tool =
        std::fs::canonicalize(arguments.next().expect("the tool is the first argument")).expect("the tool is there");
    let moto = arguments.next();
    let mut table = Table::default();

    let local = App::small(&tool, "store = \"local\"\n", &[]);
    table.add(
        "on the local store",
        &[("set", &set(&local)), ("list", &local.command(&["secrets", "list"])), ("check", &local.command(&["check"]))],
    );

    let ssm = LocalSsm::start().expect("a store");
    let near = App::small(&tool, "", &at(&ssm.endpoint(), &ssm));
    table.add(
        "on an SSM without latency",
        &[("set", &set(&near)), ("list", &near.command(&["secrets", "list"])), ("check", &near.command(&["check"]))],
    );

    if let Some(endpoint) = moto {
        let of_moto = App::small(&tool, "", &at(&endpoint, &ssm));
        table.add(
            "on moto",
            &[
                ("set", &set(&of_moto)),
                ("list", &of_moto.command(&["secrets", "list"])),
                ("check", &of_moto.command(&["check"])),
            ],
        );
    }

    let large = App::large(&tool);
    table.add(
        "1,000 bindings × 5 stages",
        &[
            ("synth", &large.command(&["synth"])),
            ("synth --out, one stage", &large.command(&["synth", "--out", "out"])),
        ],
    );

    println!("{}", table.0);
    once("load of 500 secrets, local store", || load(&tool, "store = \"local\"\n", &[]));
    once("load of 500 secrets, an SSM without latency", || load(&tool, "", &at(&ssm.endpoint(), &ssm)));
    once("restart of 200 functions, paced below 15 calls a second", || restart(&tool));
}

/// The variables that lead to an endpoint.
fn at(endpoint: &str, ssm: &LocalSsm) -> Vec<(String, String)> {
    let mut variables: Vec<_> =
        ssm.variables("", "").into_iter().filter(|(name, _)| name.starts_with("AWS_")).collect();
    variables.retain(|(name, _)| name != "AWS_ENDPOINT_URL_SSM");
    variables.push(("AWS_ENDPOINT_URL".to_owned(), endpoint.to_owned()));
    variables
}

/// An app in a folder, and how the tool is run in it.
struct App {
    folder: TempDir,
    tool: PathBuf,
    variables: Vec<(String, String)>,
}

impl App {
    fn new(tool: &Path, declaration: &str, variables: &[(String, String)]) -> App {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("bind.toml"), declaration).expect("a file");
        App { folder, tool: tool.to_owned(), variables: variables.to_vec() }
    }

    /// Ten secrets, all of them set.
    fn small(tool: &Path, head: &str, variables: &[(String, String)]) -> App {
        let mut text = format!("app = \"orders\"\n{head}stage = \"dev\"\n[secrets]\n");
        for at in 0..10 {
            let _ = writeln!(text, "S{at} = \"a secret\"");
        }
        let app = App::new(tool, &text, variables);
        run(&app.command(&["synth"]));
        for at in 0..10 {
            run(&app.command(&["secrets", "set", &format!("S{at}"), "--generate", "--no-restart"]));
        }
        app
    }

    fn large(tool: &Path) -> App {
        let mut text = "app = \"orders\"\nstage = \"s0\"\n[secrets]\n".to_owned();
        for at in 0..500 {
            let _ = writeln!(text, "S{at} = {{ docs = \"a secret\", shape = {{ min_length = 8 }} }}");
        }
        text.push_str("[parameters]\n");
        for at in 0..500 {
            let _ = writeln!(text, "P{at} = {{ value = {at}, type = \"u64\", shape = {{ min = 0, max = 5000 }} }}");
        }
        for stage in 0..5 {
            let _ = writeln!(text, "[stages.s{stage}.parameters]");
            for at in 0..500 {
                let _ = writeln!(text, "P{at} = {}", at + stage);
            }
        }
        text.push_str("[functions]\n");
        for at in 0..50 {
            let names: Vec<String> = (at * 10..at * 10 + 10).map(|at| format!("\"S{at}\", \"P{at}\"")).collect();
            let _ = writeln!(text, "f{at} = {{ bind = [{}] }}", names.join(", "));
        }
        App::new(tool, &text, &[])
    }

    fn command(&self, arguments: &[&str]) -> Box<dyn Fn() -> Command + '_> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Box::new(move || {
            let mut command = Command::new(&self.tool);
            command.args(&arguments).current_dir(self.folder.path()).env_clear().envs(self.variables.iter().cloned());
            command.env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin");
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        })
    }
}

/// A set of a value that is new every time.
fn set(app: &App) -> Box<dyn Fn() -> Command + '_> {
    app.command(&["secrets", "set", "S0", "--generate", "--no-restart"])
}

/// Medians of [`ROUNDS`] rounds, in which the commands of a row take turns.
#[derive(Default)]
struct Table(String);

impl Table {
    fn add(&mut self, what: &str, commands: &[(&str, &dyn Fn() -> Command)]) {
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); commands.len()];
        for _ in 0..ROUNDS {
            for ((_, command), times) in commands.iter().zip(&mut times) {
                times.push(run(command));
            }
        }
        for ((name, _), times) in commands.iter().zip(&mut times) {
            times.sort();
            let _ = writeln!(self.0, "{:<28} {:<24} {:>7.1} ms", what, name, times[ROUNDS / 2].as_secs_f64() * 1e3);
        }
    }
}

fn run(command: &dyn Fn() -> Command) -> Duration {
    let started = Instant::now();
    let status = command().status().expect("the tool runs");
    assert!(status.success(), "{:?}: {status}", command());
    started.elapsed()
}

fn once(what: &str, work: impl FnOnce() -> Duration) {
    println!("{what}: {:.2} s", work().as_secs_f64());
}

fn load(tool: &Path, head: &str, variables: &[(String, String)]) -> Duration {
    let mut text = format!("app = \"load\"\n{head}stage = \"dev\"\n[secrets]\n");
    let mut file = String::new();
    for at in 0..500 {
        let _ = writeln!(text, "L{at} = \"a secret\"");
        let _ = writeln!(file, "L{at}=value number {at}");
    }
    let app = App::new(tool, &text, variables);
    std::fs::write(app.folder.path().join("all.env"), file).expect("a file");
    run(&app.command(&["secrets", "load", "all.env", "--no-restart"]))
}

fn restart(tool: &Path) -> Duration {
    let ssm = LocalSsm::start().expect("a store");
    for at in 0..200 {
        let function = NewFunction::new(format!("orders-dev-f{at}"))
            .variable("SST_APP", "orders")
            .variable("SST_STAGE", "dev")
            .variable("SST_Secret_value_S0", "__FETCH_FROM_SSM__");
        ssm.put_function(function).expect("a function");
    }
    let app = App::small(tool, "", &at(&ssm.endpoint(), &ssm));
    run(&app.command(&["secrets", "restart", "S0"]))
}

const ROUNDS: usize = 21;
