//! What is left of the file that was edited: nothing, wherever it was and whoever is ended.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Desk, EDIT, WAITING};
use crate::app::{App, said};
use crate::kit::{pipe, signal, until};

#[test]
fn whoever_still_has_the_file_open_finds_no_value_in_it() {
    // A viewer that outlives the editor, and reads once the file is gone.
    let desk = Desk::new(
        "( exec 3< \"$1\"; touch held; read -r _ < go; cat <&3 > reading; mv reading kept ) < /dev/null > /dev/null 2>&1 &\n\
         until [ -e held ]; do sleep 0.01; done; echo STRIPE_KEY=sk_live_hunter >> \"$1\"",
    );
    desk.set("PLAIN", "hunter2");
    let go = pipe(&desk.app, "go");

    assert_eq!(desk.edit().code, 0);

    fs::write(go, "\n").unwrap();
    until("the viewer", || desk.exists("kept"));
    let kept = desk.app.read("kept");
    assert!(kept.len() > 100 && kept.bytes().all(|byte| byte == 0), "a value is still there");
}

/// The process of the shell that removes the file, once it takes no notice of signals.
fn guard(of: u32) -> Option<i64> {
    let is_it = |process: &i64| {
        let read = |what| fs::read(format!("/proc/{process}/{what}")).unwrap_or_default();
        let (line, status) = (read("cmdline"), read("status"));
        let (line, status) = (String::from_utf8_lossy(&line), String::from_utf8_lossy(&status));
        let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:\t")?, 16).ok());
        let is_child = status.contains(&format!("PPid:\t{of}\n"));
        // TERM, QUIT, INT and HUP.
        is_child && line.contains("bind-config-guard") && ignored.is_some_and(|ignored| ignored & 0x4007 == 0x4007)
    };
    let names = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().file_name());
    let mut all = names.filter_map(|name| name.to_str()?.parse().ok());
    all.find(is_it)
}

#[test]
fn whoever_ends_every_process_leaves_the_one_that_removes_the_file() {
    let desk = Desk::new(WAITING);
    desk.set("PLAIN", "hunter-old");
    let child = desk.open();
    let mut found = None;
    until("the one that removes the file", || {
        found = guard(child.id());
        found.is_some()
    });
    let guard = found.unwrap();

    // As a session does it that ends.
    for name in ["INT", "HUP", "QUIT", "TERM"] {
        signal(name, guard);
    }
    signal("KILL", -i64::from(child.id()));

    until("the file to be gone", || desk.is_tidy());
    desk.close();
    assert_eq!(said(child).code, -1);
}

/// What an app says of an edit, and where the file was. `around` is what runs it.
fn edited(app: &App, memory: &Path, around: &[&str]) -> (String, String) {
    let tool = app.command(EDIT);
    let mut command = Command::new("env");
    command.args(around).arg(tool.get_program()).args(tool.get_args()).current_dir(app.folder()).env_clear();
    command.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_remove("XDG_RUNTIME_DIR").env("TMPDIR", memory);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let said = said(command.spawn().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    (said.err, app.read("where").trim().to_owned())
}

#[test]
fn the_file_is_in_memory_or_that_it_is_not_is_said() {
    let desk = Desk::new("dirname \"$(dirname \"$1\")\" > where");
    let has_memory = tempfile::tempfile_in("/dev/shm").is_ok();
    let on_disk = desk.memory.path().to_str().unwrap();
    let warning = format!("warning: there is no memory-backed folder: the values are in {on_disk} while you edit\n");

    let (err, place) = edited(&desk.app, desk.memory.path(), &[]);

    let expected = if has_memory { "/dev/shm" } else { on_disk };
    assert_eq!((place.as_str(), err.contains(&warning)), (expected, !has_memory), "{err}");

    // The same where the folder cannot be written, as far as that can be made so here.
    let script = "mount -t tmpfs -o ro none /dev/shm && exec \"$@\"";
    let without_memory = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
    let is_possible = Command::new(without_memory[0]).args(&without_memory[1..]).arg("true").output();
    if is_possible.is_ok_and(|output| output.status.success()) {
        let (err, place) = edited(&desk.app, desk.memory.path(), &without_memory);
        assert_eq!((place.as_str(), err.starts_with(&warning)), (on_disk, true), "{err}");
    }
}
