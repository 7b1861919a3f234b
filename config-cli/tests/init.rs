//! `init`: a `bind.toml` for a new app.

use std::fs;

#[path = "synth/run.rs"]
mod run;

use run::Folder;

#[test]
fn a_new_app_has_a_declaration_that_synth_takes() {
    let folder = Folder::with(&[]);

    folder.run(&["init", "orders"]).is(
        0,
        "",
        "wrote bind.toml for the app `orders`\n\
         added to .gitignore: .env*.local, .bind-config/, .bind-config-*\n\
         next: declare what the app needs in bind.toml (without AWS: uncomment `store` there), then\n\
        \x20 bind-config stage use NAME      your personal stage\n\
        \x20 bind-config synth               writes bindings.json: commit both\n\
        \x20 bind-config secrets set NAME    a value, per stage\n\
        \x20 bind-config bind -- cargo test  runs a command with the values\n",
    );

    assert_eq!(folder.names(), [".gitignore", "bind.toml"]);
    assert_eq!(folder.read(".gitignore"), ".env*.local\n.bind-config/\n.bind-config-*\n");
    folder.run(&["synth", "--stage", "dev", "--out", "build", "--quiet"]).is(0, "", "");
    assert!(folder.read("bindings.json").contains("\"app\": \"orders\""));
}

#[test]
fn the_name_is_that_of_the_folder_made_legal() {
    let folder = Folder::with(&[]);
    fs::create_dir(folder.path("My Orders!")).unwrap();

    let run = folder.run(&["init", "--project", "My Orders!", "--json"]);

    run.is(
        0,
        "{\n  \"app\": \"My-Orders\",\n  \"error\": null,\n  \"ignored\": [\n    \".env*.local\",\n    \".bind-config/\",\n    \".bind-config-*\"\n  ],\n  \"written\": [\n    \
         \"bind.toml\"\n  ]\n}\n",
        "",
    );
    assert_eq!(folder.names(), ["My Orders!/.gitignore", "My Orders!/bind.toml"]);
}

#[test]
fn what_is_there_is_not_overwritten() {
    let folder = Folder::with(&[("bind.toml", "app = \"mine\"\n")]);
    folder.run(&["init"]).is(1, "", "error: `DIR/bind.toml` is there already, and stays as it is\n");
    assert_eq!(folder.names(), ["bind.toml"]);
    assert_eq!(folder.read("bind.toml"), "app = \"mine\"\n");
}

#[test]
fn an_illegal_name_is_refused_with_a_legal_one() {
    let folder = Folder::with(&[]);
    folder.run(&["init", "my orders"]).is(
        2,
        "",
        "error: `my orders` cannot be an app: an app is 1 to 64 letters, digits, `_`, `.` and `-`, such as `my-orders`\n",
    );
    assert!(folder.names().is_empty());
}

#[test]
fn gitignore_keeps_every_line_and_gets_each_new_one_once() {
    for (before, after, says) in [
        (
            "",
            ".env*.local\n.bind-config/\n.bind-config-*\n",
            "added to .gitignore: .env*.local, .bind-config/, .bind-config-*\n",
        ),
        (
            "target",
            "target\n.env*.local\n.bind-config/\n.bind-config-*\n",
            "added to .gitignore: .env*.local, .bind-config/, .bind-config-*\n",
        ),
        (
            "a\r\nb\r\n",
            "a\r\nb\r\n.env*.local\r\n.bind-config/\r\n.bind-config-*\r\n",
            "added to .gitignore: .env*.local, .bind-config/, .bind-config-*\n",
        ),
        (
            "/.bind-config \n#\n",
            "/.bind-config \n#\n.env*.local\n.bind-config-*\n",
            "added to .gitignore: .env*.local, .bind-config-*\n",
        ),
        (".bind-config/\n.bind-config-*\n.env*.local", ".bind-config/\n.bind-config-*\n.env*.local", ""),
    ] {
        let folder = Folder::with(&[(".gitignore", before)]);
        let run = folder.run(&["init", "orders"]);
        assert_eq!(folder.read(".gitignore"), after, "{before:?}");
        let expected = format!("wrote bind.toml for the app `orders`\n{says}next: ");
        assert!(run.stderr.starts_with(&expected), "{}", run.stderr);
    }
}

#[test]
fn a_manifest_of_others_is_named_before_it_is_replaced() {
    let folder = Folder::with(&[("bindings.json", "{}")]);
    let run = folder.run(&["init", "orders", "--quiet"]);
    run.is(0, "", "warning: bindings.json is there already: `bind-config synth` will replace it\n");
}

#[cfg(unix)]
#[test]
fn a_declaration_that_cannot_be_written_leaves_nothing_in_its_place() {
    let folder = Folder::with(&[(".gitignore", ".env*.local\n.bind-config/\n.bind-config-*\n")]);
    // As on a full disk: no file may become larger than nothing.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" init orders";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_bind-config")]).current_dir(folder.path("")).env_clear();

    let output = shell.output().unwrap();

    let err = format!("error: {}: File too large (os error 27)", folder.path("bind.toml").display());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.starts_with(&err), "{said}");
    assert_eq!(folder.names(), [".gitignore"]);
}

#[cfg(unix)]
#[test]
fn nobody_waits_for_a_gitignore_that_is_a_pipe() {
    let folder = Folder::with(&[]);
    assert!(std::process::Command::new("mkfifo").arg(folder.path(".gitignore")).status().unwrap().success());
    folder.run(&["init", "orders"]).is(2, "", "error: DIR/.gitignore: it is not a plain file\n");
    assert!(!folder.path("bind.toml").exists());
}

#[test]
fn what_a_kill_leaves_is_hidden_from_git_and_in_nobodys_way() {
    let folder = Folder::with(&[(".bind-config-a1b2c3", "half"), ("build/dev/.bind-config-d4e5f6", "half")]);
    assert_eq!(folder.run(&["init", "orders", "--quiet"]).code, Some(0));
    folder.run(&["synth", "--stage", "dev", "--out", "build", "--quiet"]).is(0, "", "");
    folder.git(&["init", "--quiet"]);
    folder.git(&["add", "."]);
    for left in [".bind-config-a1b2c3", "build/dev/.bind-config-d4e5f6"] {
        folder.git(&["check-ignore", "--quiet", left]);
    }
    folder.git(&["ls-files", "--error-unmatch", "bindings.json", "build/dev/template.json"]);
}
