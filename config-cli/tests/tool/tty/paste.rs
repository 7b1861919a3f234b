//! What is typed ahead or pasted at the prompt: it becomes the value, or nothing at all; no shell runs it.

use super::{PROMPT, Terminal, orders};
use crate::app::App;

/// A shell that takes its commands from the terminal, as everybody's does, at the prompt of the tool.
fn at_a_shell(app: &App) -> Terminal {
    let mut terminal = Terminal::shell(app, 200, "PS1='shell: ' exec sh -i");
    terminal.wait_for("shell: ");
    terminal.type_in(b"\"$TOOL\" secrets set STRIPE_KEY\n");
    terminal.wait_for(PROMPT);
    terminal
}

/// What was pasted is gone, and the shell goes on with what is typed by then.
fn nothing_ran(app: &App, mut terminal: Terminal) {
    terminal.wait_for("nothing is set: it has several lines: hand them over on stdin or with `--file`");
    terminal.wait_for("shell: ");
    terminal.type_in(b"touch after; exit 7\n");
    let (code, seen) = terminal.exit();
    assert_eq!(code, 7, "{seen}");
    assert!(app.folder().join("after").exists(), "{seen}");
    assert!(!app.folder().join("ran").exists(), "{seen}");
    assert_eq!(app.run(["secrets", "get", "STRIPE_KEY"]).code, 1);
}

#[test]
fn what_is_pasted_in_several_lines_is_refused_and_not_left_to_the_shell() {
    let app = orders();
    let mut terminal = at_a_shell(&app);
    terminal.type_in(b"-----BEGIN KEY-----\ntouch ran\n-----END KEY-----\n");
    nothing_ran(&app, terminal);
}

#[test]
fn what_of_a_long_paste_was_not_read_yet_is_not_left_to_the_shell_either() {
    // More than is read at once; and a line that ends where one reading does, so that the next line is seen by looking for it.
    for first in ["sk_1\n".to_owned() + &"#".repeat(2_000) + "\n", "x".repeat(1_023) + "\n"] {
        let app = orders();
        let mut terminal = at_a_shell(&app);
        terminal.type_in(format!("{first}touch ran\ntouch ran\n").as_bytes());
        nothing_ran(&app, terminal);
    }
}

#[test]
fn what_was_typed_ahead_of_the_prompt_is_no_part_of_the_value() {
    let app = orders();
    let mut terminal = Terminal::shell(
        &app,
        100,
        "stty echo; echo typing; until test -e typed; do sleep 0.01; done; exec \"$TOOL\" secrets set STRIPE_KEY",
    );
    terminal.wait_for("typing");
    terminal.type_in(b"sk_ahead");
    terminal.wait_for("sk_ahead");
    app.write("typed", "");
    terminal.wait_for(PROMPT);
    terminal.type_in(b"sk_canary123\n");
    assert_eq!(terminal.exit().0, 0);
    assert_eq!(app.ok("secrets get STRIPE_KEY"), "sk_canary123");
}

#[cfg(target_os = "linux")]
#[test]
fn in_the_background_the_terminal_is_the_shells_and_stays_as_that_has_it() {
    use super::modes;
    use crate::kit::{signal, until};

    let app = orders();
    // A shell with jobs: what is stopped gives the terminal back.
    let script = "set -m; stty sane; stty -a > before; stty -g > own; tty > tty; \
        sh -c 'echo $$ > pid; exec \"$TOOL\" secrets set STRIPE_KEY'; stty \"$(cat own)\"; echo is stopped; \
        until test -e go; do sleep 0.01; done; stty -a > after; exit 0";
    let mut terminal = Terminal::shell(&app, 100, script);
    terminal.wait_for(PROMPT);
    let process: i64 = app.read("pid").trim().parse().unwrap();
    signal("STOP", process);
    terminal.wait_for("is stopped");

    signal("TERM", process);

    // Whoever reads a terminal from the background is stopped again, and ends with a few more turns. Whoever sets one has none.
    until("the end of the tool", || {
        let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let is_over = state.is_empty() || state.contains(") Z ");
        if !is_over {
            // It may end in this very moment.
            let mut kill = std::process::Command::new("kill");
            drop(kill.args(["-s", "CONT", "--", &process.to_string()]).stderr(std::process::Stdio::null()).status());
        }
        is_over
    });
    assert!(!modes(&app, "-a").contains("-echo "), "what is typed at the shell is seen");
    app.write("go", "");
    assert_eq!(terminal.exit().0, 0);
    assert_eq!(app.read("before"), app.read("after"));
}
