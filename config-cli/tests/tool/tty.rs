//! At a terminal: the hidden prompt, questions, the progress bar, tables that fit, colours.

mod asked;
mod looks;
mod paste;

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use bind_config_local::{LocalSsm, NewFunction};
use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;

use crate::app::{App, ORDERS, program};
use crate::kit::{signal, until};

/// An app on the local store.
fn orders() -> App {
    App::new(&format!("stage = \"dev\"\nstore = \"local\"\n{ORDERS}")).with("TERM", "xterm-256color")
}

/// A command on a terminal of its own.
pub(crate) struct Terminal {
    session: OsSession,
    seen: String,
    /// How much of it was waited for.
    read: usize,
}

impl Terminal {
    /// The tool on a terminal of so many columns.
    pub(crate) fn run(app: &App, columns: u16, arguments: &str) -> Terminal {
        Terminal::shell(app, columns, &format!("exec \"$TOOL\" {arguments}"))
    }

    /// A script in a shell, which finds the tool in `$TOOL`.
    fn shell(app: &App, columns: u16, script: &str) -> Terminal {
        let plain = app.command(["stage"]);
        let mut shell = program("sh");
        // The terminal has its size once it is there, and the script waits for it.
        let ready = app.folder().join("ready");
        let waiting = format!("until test -e ready; do sleep 0.01; done; {script}");
        shell.arg("-c").arg(waiting).current_dir(app.folder()).env_clear();
        shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name.to_owned(), OsString::from(value?)))));
        shell.env("TOOL", env!("CARGO_BIN_EXE_bind-config"));
        shell.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        drop(std::fs::remove_file(&ready));
        let mut session = OsSession::spawn(shell).unwrap();
        session.get_process_mut().set_window_size(columns, 24).unwrap();
        std::fs::write(&ready, "").unwrap();
        Terminal { session, seen: String::new(), read: 0 }
    }

    /// Takes what has come. `false` where no more will.
    fn take(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.session.try_read(&mut bytes) {
            Ok(0) => return false,
            Ok(length) => self.seen += &String::from_utf8_lossy(&bytes[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(2)),
            // The other end is closed.
            Err(_) => return false,
        }
        true
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.seen[self.read..].contains(text) {
            assert!(self.take(), "it ended without {text:?}: {:?}", self.seen);
            assert!(begun.elapsed() < PATIENCE, "no {text:?} in {:?}", self.seen);
        }
        self.read += self.seen[self.read..].find(text).unwrap() + text.len();
    }

    pub(crate) fn type_in(&mut self, keys: &[u8]) {
        self.session.write_all(keys).unwrap();
        self.session.flush().unwrap();
    }

    /// How it ended, and all that was seen.
    fn end(mut self) -> (WaitStatus, String) {
        let begun = Instant::now();
        while self.take() {
            assert!(begun.elapsed() < PATIENCE, "it does not end: {:?}", self.seen);
        }
        let status = self.session.get_process().wait().unwrap();
        (status, self.seen.replace("\r\n", "\n"))
    }

    /// The exit code, and all that was seen.
    pub(crate) fn exit(self) -> (i32, String) {
        match self.end() {
            (WaitStatus::Exited(_, code), seen) => (code, seen),
            (status, seen) => panic!("{status:?}: {seen}"),
        }
    }
}

/// For what never comes.
const PATIENCE: Duration = Duration::from_mins(2);
const PROMPT: &str = "STRIPE_KEY in stage `dev` of `orders`, the local store: ";
const CTRL_C: &[u8] = b"\x03";
const CTRL_D: &[u8] = b"\x04";

#[test]
fn the_prompt_takes_a_value_and_does_not_show_it() {
    let app = orders();
    let mut terminal = Terminal::run(&app, 100, "secrets set STRIPE_KEY");
    terminal.wait_for(PROMPT);
    terminal.type_in(b"sk_canary123\n");
    let (code, seen) = terminal.exit();
    let done = "`STRIPE_KEY` is set (version 1) in stage `dev` of `orders`, the local store (.bind-config/store).\n";
    assert_eq!((code, seen), (0, format!("{PROMPT}\n{done}")));
    assert_eq!(app.ok("secrets get STRIPE_KEY"), "sk_canary123");
}

#[test]
fn what_is_typed_can_be_mended_and_has_every_character() {
    let app = orders();
    for (keys, value) in [
        ("wrong\u{15}sk_right é\u{7f}e", "sk_right e"),
        (" \ttab \"quoted\" $HOME ' \\ ", " \ttab \"quoted\" $HOME ' \\ "),
        ("漢字🙂-x", "漢字🙂-x"),
    ] {
        let mut terminal = Terminal::run(&app, 100, "secrets set PLAIN");
        terminal.wait_for("PLAIN in stage `dev` of `orders`, the local store: ");
        terminal.type_in(keys.as_bytes());
        terminal.type_in(b"\r");
        assert_eq!(terminal.exit().0, 0, "{keys:?}");
        assert_eq!(app.ok("secrets get PLAIN"), value);
    }
}

#[test]
fn a_long_value_is_not_cut_as_terminals_cut_lines() {
    let app = orders();
    let value = "x".repeat(4096);
    let mut terminal = Terminal::run(&app, 100, "secrets set PLAIN");
    terminal.wait_for("PLAIN in stage `dev` of `orders`, the local store: ");
    // In pieces: a terminal holds no more than 4,095 bytes that nobody has read.
    for piece in value.as_bytes().chunks(512) {
        terminal.type_in(piece);
    }
    terminal.type_in(b"\n");
    assert_eq!(terminal.exit().0, 0);
    assert_eq!(app.ok("secrets get PLAIN"), value);
}

/// What a script does with the tool, and the state of the terminal before and after.
fn around(app: &App, answer: &[u8]) -> (i32, String) {
    let script = "stty -a > before; \"$TOOL\" secrets set STRIPE_KEY; code=$?; stty -a > after; exit $code";
    let mut terminal = Terminal::shell(app, 100, script);
    terminal.wait_for(PROMPT);
    terminal.type_in(answer);
    let (code, seen) = terminal.exit();
    assert_eq!(app.read("before"), app.read("after"), "the terminal is as it was");
    (code, seen.strip_prefix(PROMPT).unwrap().to_owned())
}

#[test]
fn ctrl_c_at_the_prompt_sets_nothing_and_leaves_the_terminal_as_it_was() {
    let app = orders();
    for typed in ["", "sk_canary"] {
        let (code, seen) = around(&app, &[typed.as_bytes(), CTRL_C].concat());
        assert_eq!((code, seen.as_str()), (130, "\n\u{1b}[1;31merror:\u{1b}[0m interrupted: nothing is set\n"));
    }
    assert_eq!(app.run(["secrets", "get", "STRIPE_KEY"]).code, 1);
}

/// The process of the tool that asks, once it does.
fn asking(app: &App) -> (Terminal, i64) {
    let script = "stty -a > before; tty > tty; sh -c 'echo $$ > pid; exec \"$TOOL\" secrets set STRIPE_KEY'; code=$?; stty -a > after; exit $code";
    let mut terminal = Terminal::shell(app, 100, script);
    terminal.wait_for(PROMPT);
    (terminal, app.read("pid").trim().parse().unwrap())
}

#[test]
fn a_signal_at_the_prompt_sets_nothing_and_leaves_the_terminal_as_it_was() {
    for (name, code) in [("TERM", 143), ("INT", 130), ("HUP", 129), ("QUIT", 131)] {
        let app = orders();
        let (mut terminal, process) = asking(&app);
        terminal.type_in(b"sk_canary123");
        signal(name, process);
        let seen = format!("{PROMPT}\nerror: interrupted: nothing was changed\n");
        assert_eq!(terminal.exit(), (code, seen), "{name}");
        assert_eq!(app.read("before"), app.read("after"), "{name}");
        assert_eq!(app.run(["secrets", "get", "STRIPE_KEY"]).code, 1, "{name}");
    }
}

/// How the terminal is, as another process sees it.
fn modes(app: &App, change: &str) -> String {
    let terminal = app.read("tty");
    let stty = std::process::Command::new("stty").args(["-F", terminal.trim(), change]).output().unwrap();
    assert!(stty.status.success(), "{stty:?}");
    String::from_utf8(stty.stdout).unwrap()
}

#[test]
fn after_a_stop_what_is_typed_is_hidden_again() {
    let app = orders();
    let (mut terminal, process) = asking(&app);
    signal("STOP", process);
    // As a shell does it that has its turn.
    modes(&app, "sane");
    assert!(!modes(&app, "-a").contains("-echo "));
    signal("CONT", process);
    until("the terminal to be hushed", || modes(&app, "-a").contains("-echo "));
    terminal.type_in(b"sk_canary123\n");
    let (code, seen) = terminal.exit();
    assert!(code == 0 && !seen.contains("canary"), "{seen}");
    assert_eq!(app.ok("secrets get STRIPE_KEY"), "sk_canary123");
    assert_eq!(app.read("before"), app.read("after"));
}

#[test]
fn no_answer_and_an_empty_one_set_nothing() {
    let app = orders();
    let (code, seen) = around(&app, CTRL_D);
    assert_eq!((code, seen.as_str()), (1, "\n\u{1b}[1;31merror:\u{1b}[0m no value was given: nothing is set\n"));
    let (code, seen) = around(&app, b"\n");
    assert_eq!(code, 1);
    assert!(seen.contains("`STRIPE_KEY` was not set: it is empty, which a secret never is"), "{seen}");
    assert_eq!(app.run(["secrets", "get", "STRIPE_KEY"]).code, 1);
}

#[test]
fn control_characters_are_refused() {
    let app = orders();
    let (code, seen) = around(&app, b"sk_\x1b[Dcanary\n");
    assert_eq!(code, 1);
    assert!(seen.contains("nothing is set: it has control characters"), "{seen}");
    assert_eq!(app.run(["secrets", "get", "STRIPE_KEY"]).code, 1);
}

fn filled() -> App {
    let app = orders();
    for (name, value) in [("STRIPE_KEY", "sk_12345678"), ("db-password", "hunter2"), ("PLAIN", "canary")] {
        assert_eq!(app.run_with(value.as_bytes(), ["secrets", "set", name]).code, 0);
    }
    app
}

const REMOVE: &str = "Remove `PLAIN` (version 1, with all earlier ones) from stage `dev` of `orders`, the local store (.bind-config/store)? [y/N] ";

#[test]
fn a_removal_asks_and_takes_no_for_whatever_is_not_yes() {
    let app = filled();
    for answer in ["n\n", "\n", "no\n", "yess\n", "ja\n"] {
        let mut terminal = Terminal::run(&app, 150, "secrets remove PLAIN");
        terminal.wait_for(REMOVE);
        terminal.type_in(answer.as_bytes());
        let (code, seen) = terminal.exit();
        assert_eq!(code, 1, "{answer:?}");
        assert!(seen.ends_with("`PLAIN` was not removed\n"), "{seen}");
    }
    let mut terminal = Terminal::run(&app, 150, "secrets remove PLAIN");
    terminal.wait_for(REMOVE);
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.exit().0, 1, "no answer");
    let mut terminal = Terminal::run(&app, 150, "secrets remove PLAIN");
    terminal.wait_for(REMOVE);
    terminal.type_in(CTRL_C);
    let (code, seen) = terminal.exit();
    assert_eq!(code, 130);
    assert!(seen.ends_with("error: interrupted: nothing was changed\n"), "{seen}");
    assert_eq!(app.ok("secrets get PLAIN"), "canary");
}

#[test]
fn what_somebody_else_sets_while_a_removal_is_asked_about_stays() {
    let app = filled();
    let mut terminal = Terminal::run(&app, 150, "secrets remove PLAIN");
    terminal.wait_for(REMOVE);
    assert_eq!(app.run_with(b"theirs", ["secrets", "set", "PLAIN"]).code, 0);
    terminal.type_in(b"y\n");
    let (code, seen) = terminal.exit();
    assert_eq!(code, 1, "{seen}");
    assert!(seen.ends_with("`PLAIN` was not removed: somebody else has just set it\n"), "{seen}");
    assert_eq!(app.ok("secrets get PLAIN"), "theirs");
}

#[test]
fn a_removal_that_is_wanted_is_done() {
    for answer in ["y\n", "Y\n", "yes\n", " YES \n"] {
        let app = filled();
        let mut terminal = Terminal::run(&app, 150, "secrets remove PLAIN");
        terminal.wait_for(REMOVE);
        terminal.type_in(answer.as_bytes());
        assert_eq!(terminal.exit().0, 0, "{answer:?}");
        assert_eq!(app.run(["secrets", "get", "PLAIN"]).code, 1);
    }
}

#[test]
fn a_reset_of_the_local_store_asks() {
    let app = filled();
    for (answer, code) in [("n\n", 1), ("y\n", 0)] {
        assert!(app.folder().join(".bind-config/store").exists());
        let mut terminal = Terminal::run(&app, 150, "local reset");
        terminal.wait_for("and its key, with all that is set there? [y/N] ");
        terminal.type_in(answer.as_bytes());
        assert_eq!(terminal.exit().0, code);
    }
    assert!(!app.folder().join(".bind-config/store").exists());
}

#[test]
fn what_was_edited_is_shown_and_asked_before_it_is_set() {
    for (answer, code, value) in [("n\n", 1, "canary"), ("y\n", 0, "edited")] {
        let app = filled().with("EDITOR", "sed -i 's/canary/edited/'");
        let mut terminal = Terminal::run(&app, 150, "secrets edit");
        terminal.wait_for("[y/N] ");
        terminal.type_in(answer.as_bytes());
        let (ended, seen) = terminal.exit();
        assert_eq!(ended, code, "{seen}");
        assert!(seen.contains("PLAIN") && !seen.contains("canary") && !seen.contains("edited"), "{seen}");
        assert_eq!(app.ok("secrets get PLAIN"), value);
    }
}

#[test]
fn an_edit_that_does_not_fit_can_be_gone_on_with() {
    let app = filled().with("EDITOR", "sh edit.sh");
    app.write(
        "edit.sh",
        "sed -i -e 's/^STRIPE_KEY=.*/STRIPE_KEY=NEXT/' -e \"s/NEXT/$(cat next)/\" \"$1\"; printf sk_mended99 > next\n",
    );
    app.write("next", "wrong");
    let mut terminal = Terminal::run(&app, 150, "secrets edit");
    terminal.wait_for("Nothing is set. Edit again? [y/N] ");
    terminal.type_in(b"y\n");
    terminal.wait_for("[y/N] ");
    terminal.type_in(b"y\n");
    assert_eq!(terminal.exit().0, 0);
    assert_eq!(app.ok("secrets get STRIPE_KEY"), "sk_mended99");
}

#[test]
fn an_edit_of_what_somebody_else_has_set_meanwhile_can_be_gone_on_with() {
    let app = filled().with("EDITOR", "sh edit.sh");
    // Somebody else sets one of the two while the editor is open for the first time.
    app.write(
        "edit.sh",
        "test -e again || printf theirs | \"$TOOL\" secrets set PLAIN --quiet; cp \"$1\" seen; touch again\n\
         sed -i -e 's/^PLAIN=.*/PLAIN=typed/' -e 's/^STRIPE_KEY=.*/STRIPE_KEY=sk_typed99/' \"$1\"\n",
    );
    let mut terminal = Terminal::run(&app, 150, "secrets edit");
    terminal.wait_for("changed by somebody else meanwhile: `PLAIN`");
    terminal.wait_for("Nothing is set. Edit again? [y/N] ");
    assert_eq!(app.ok("secrets get PLAIN"), "theirs");
    terminal.type_in(b"y\n");
    terminal.wait_for("Set 2 in stage `dev` of `orders`, the local store (.bind-config/store)? [y/N] ");
    assert_eq!(app.ok("secrets get PLAIN"), "theirs", "nobody waits for who is asked");
    assert_eq!(app.run_with(b"theirs again", ["secrets", "set", "PLAIN"]).code, 0);
    terminal.type_in(b"y\n");
    terminal.wait_for("changed by somebody else meanwhile: `PLAIN`");
    terminal.wait_for("Nothing is set. Edit again? [y/N] ");
    assert_eq!(app.ok("secrets get PLAIN"), "theirs again");
    terminal.type_in(b"y\n");
    terminal.wait_for("Set 2 in stage `dev` of `orders`, the local store (.bind-config/store)? [y/N] ");
    assert!(app.read("seen").contains("\nPLAIN=typed\n"), "what was typed is there again");
    terminal.type_in(b"y\n");
    let (code, seen) = terminal.exit();
    assert_eq!(code, 0, "{seen}");
    assert_eq!((app.ok("secrets get PLAIN"), app.ok("secrets get STRIPE_KEY")), ("typed".into(), "sk_typed99".into()));
}

/// An SSM with a function that takes a while to restart.
fn slow() -> (LocalSsm, App) {
    let ssm = LocalSsm::builder().update_time(Duration::from_millis(1500)).start().unwrap();
    let function = NewFunction::new("orders-dev-api").variable("SST_APP", "orders").variable("SST_STAGE", "dev");
    ssm.put_function(function.variable("SST_Secret_value_STRIPE_KEY", "__FETCH_FROM_SSM__")).unwrap();
    let app = App::on(&ssm, &format!("stage = \"dev\"\n{ORDERS}")).with("TERM", "xterm-256color");
    (ssm, app)
}

#[test]
fn the_progress_of_restarts_is_seen_at_a_terminal_and_nowhere_else() {
    let (_ssm, app) = slow();
    let mut terminal = Terminal::run(&app, 80, "secrets set STRIPE_KEY sk_12345678");
    terminal.wait_for("restarting");
    terminal.wait_for("0/1");
    let (code, seen) = terminal.exit();
    assert_eq!(code, 0, "{seen}");
    let after = seen.rsplit('\r').next().unwrap();
    assert!(
        !after.contains("restarting") && after.contains("FUNCTION        STAGE  RESULT\n"),
        "the bar is gone: {after:?}"
    );
    let said = app.run(["secrets", "set", "STRIPE_KEY", "sk_87654321"]);
    assert!(said.code == 0 && !said.err.contains("restarting") && !said.err.contains('\r'), "{said:?}");
    let mut terminal = Terminal::run(&app, 80, "secrets restart STRIPE_KEY --quiet");
    terminal.wait_for("RESULT");
    let (code, seen) = terminal.exit();
    assert!(code == 0 && !seen.contains("restarting "), "{seen:?}");
}

#[test]
fn serving_the_local_store_ends_with_ctrl_c() {
    let app = orders();
    let mut terminal = Terminal::run(&app, 200, "local start");
    terminal.wait_for("Ctrl-C ends it");
    terminal.type_in(CTRL_C);
    assert_eq!(terminal.exit().0, 0);
    assert!(!app.folder().join(".bind-config/served").exists());
}

#[test]
fn a_command_under_bind_has_the_terminal() {
    let app = App::new("app = \"a\"\nstage = \"dev\"\n");
    let mut terminal = Terminal::run(
        &app,
        77,
        "bind -- sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size && read -r x && echo \"got $x\"'",
    );
    terminal.wait_for("24 77");
    terminal.type_in(b"it\n");
    terminal.wait_for("got it");
    assert_eq!(terminal.exit().0, 0);
    let mut terminal = Terminal::run(&app, 77, "bind -- sh -c 'echo here; exec sleep 1000'");
    // Before it has the terminal, nobody hears.
    terminal.wait_for("here");
    terminal.type_in(CTRL_C);
    assert!(matches!(terminal.end().0, WaitStatus::Signaled(..)));
}
