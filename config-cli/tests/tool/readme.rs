//! The whole way of the README, walked.

use std::io::Write as _;
use std::process::{Command, Stdio};

use bind_config_local::LocalSsm;
use bind_config_manifest::Manifest;

use crate::app::App;
use crate::kit::tier_and_key;

const README: &str = include_str!("../../../README.md");

fn block(start: &str) -> &'static str {
    let way = README.split("## The whole way").nth(1).unwrap();
    let found = way.split("```").skip(1).step_by(2).find(|block| block.starts_with(start));
    found.unwrap().split_once('\n').unwrap().1
}

/// A line of the README, run by a shell that finds the tool, and a `cargo` that says what it sees.
fn run(app: &App, line: &str) -> (bool, String) {
    let command = app.command([""; 0]);
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(app.folder()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let path = format!("{}/bin:/usr/bin:/bin", app.folder().display());
    shell.env("PATH", path).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    // Only `secrets set` reads it.
    let _ = child.stdin.take().unwrap().write_all(b"sk_live_1");
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[cfg(unix)]
#[test]
fn the_whole_way_of_the_readme_can_be_walked() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let ssm = LocalSsm::start().unwrap();
    let app = App::on(&ssm, block("toml"));
    let cargo = app.write(
        "bin/cargo",
        "#!/bin/sh\necho \"$SST_STAGE $SST_Secret_value_STRIPE_KEY $SST_Parameter_value_MAX_ITEMS\"\n",
    );
    std::fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).unwrap();
    symlink(env!("CARGO_BIN_EXE_bind-config"), app.folder().join("bin/bind-config")).unwrap();

    let lines: Vec<&str> = block("sh").lines().filter(|line| line.starts_with("bind-config")).collect();
    assert_eq!(lines.len(), 8);
    for line in lines {
        let (is_done, said) = run(&app, line);
        assert!(is_done, "{line}\n{said}");
        if line.contains("-- cargo") {
            assert_eq!(said, "dev sk_live_1 25\n", "{line}");
        }
    }

    let manifest = Manifest::parse(app.read("bindings.json").as_bytes()).unwrap();
    assert_eq!(manifest.bindings.keys().collect::<Vec<_>>(), ["MAX_ITEMS", "STRIPE_KEY"]);
    // The README's own handler is compiled with this one.
    assert_eq!(app.read("bindings.json"), include_str!("../../../tests/manifests/readme_way.json"));
    assert!(app.read("infra/prod/template.json").contains("\"250\""));
    // Production is AWS, and the laptop's stage is not.
    assert_eq!(ssm.names(), ["/sst/orders/prod/Secret/STRIPE_KEY/value"]);
}

/// The rows of a table.
fn table(head: &str) -> &'static str {
    let tool = README.split("## The tool").nth(1).unwrap();
    let table = tool.split(head).nth(1).unwrap();
    table.split("\n\n").next().unwrap()
}

/// All that depends on a key of `bind.toml`: which store is meant, how a secret is kept, what a function may, and what is
/// deployed.
fn what_depends_on(key: &str) -> String {
    let ssm = LocalSsm::start().unwrap();
    let app = App::on(
        &ssm,
        &format!("app = \"orders\"\nstage = \"dev\"\n{key}\n[secrets]\nKEY = \"any text\"\n[parameters]\nCOUNT = 5\n"),
    );
    let said = [app.ok("stage --json"), app.ok("iam"), app.ok("synth --out build")].concat();
    app.ok("secrets set KEY --generate");
    let kept = format!("{:?}", (ssm.names(), tier_and_key(&app, "KEY")));
    said + &kept + &app.read("bindings.json") + &app.read("build/dev/template.json")
}

#[test]
fn every_key_of_bind_toml_that_the_readme_has_is_one_with_the_default_that_it_has_there() {
    let others = [
        ("store", "local"),
        ("ssm_prefix", "/other/{app}/{stage}/"),
        ("parameter_layout", "sst-v2"),
        ("grants", "prefix"),
        ("kms_key", "alias/other"),
    ];
    let mut seen = Vec::new();
    for row in table("| key |").lines().filter(|row| row.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (key, default) = (cells[1].trim_matches('`'), cells[2].trim_matches('`'));
        if key.contains(['[', ' ']) || default.is_empty() || key == "app" {
            continue;
        }
        let of = |value: &str| what_depends_on(&format!("{key} = \"{value}\""));
        assert_eq!(of(default.trim_matches('"')), what_depends_on(""), "{key}");
        // Another value is another one, so that what was compared depends on it.
        let (_, other) = others[seen.len()];
        assert_ne!(of(other), what_depends_on(""), "{key}");
        seen.push(key);
    }
    assert_eq!(seen, others.map(|(key, _)| key));
}

#[test]
fn every_command_of_the_readme_is_one() {
    let table = table("| command |");
    let app = App::new("app = \"orders\"\n");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let mut count = 0;
    for row in rows {
        let commands = row.split('|').nth(1).unwrap();
        let mut first = "";
        for command in commands.split('`').skip(1).step_by(2) {
            let mut words: Vec<&str> =
                command.split_whitespace().filter(|word| word.chars().all(|c| c.is_ascii_lowercase())).collect();
            // `secrets get`, `list`: the second is one of secrets, too.
            if words.len() == 2 {
                first = words[0];
            } else if !first.is_empty() {
                words.insert(0, first);
            }
            words.push("--help");
            let said = app.run(&words);
            assert_eq!(said.code, 0, "{words:?}: {}", said.err);
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}
