//! What is asked at a terminal, and when: not before it is known that an answer is of use, and again where it was none.

use bind_config_local::{Fault, LocalSsm, Operation};

use crate::app::{App, ORDERS};
use crate::kit::until_it_happens;

use super::{Terminal, filled};

#[test]
fn a_missing_login_is_told_before_somebody_types_a_secret() {
    let app = App::new(&format!("stage = \"dev\"\n{ORDERS}")).with("AWS_REGION", "eu-west-1");
    let mut terminal = Terminal::run(&app, 200, "secrets set STRIPE_KEY");
    terminal.wait_for("error:");
    let (code, seen) = terminal.exit();
    assert!(code == 2 && seen.contains("there are no AWS credentials"), "{seen}");
    assert!(!seen.contains("STRIPE_KEY in stage"), "nobody was asked: {seen}");
}

#[test]
fn an_edit_with_a_doubtful_line_can_be_gone_on_with() {
    for (answer, code) in [("n\n", 1), ("y\n", 0)] {
        let app = filled().with("EDITOR", "sh edit.sh");
        // A quote that is not closed; the second time it is.
        app.write(
            "edit.sh",
            "cp \"$1\" seen; if test -e again; then sed -i \"s/^PLAIN='typed$/PLAIN=typed/\" \"$1\"; else touch again; \
             sed -i \"s/^PLAIN=.*/PLAIN='typed/\" \"$1\"; fi\n",
        );
        let mut terminal = Terminal::run(&app, 150, "secrets edit");
        terminal.wait_for("`PLAIN`: the quote that begins its value is not closed");
        terminal.wait_for("Edit again? [y/N] ");
        assert_eq!(app.ok("secrets get PLAIN"), "canary", "nothing is set");
        terminal.type_in(answer.as_bytes());
        if code == 0 {
            terminal.wait_for("Set 1 in stage `dev` of `orders`, the local store (.bind-config/store)? [y/N] ");
            assert!(app.read("seen").contains("\nPLAIN='typed\n"), "what was typed is there again");
            terminal.type_in(b"y\n");
        }
        let (ended, seen) = terminal.exit();
        assert_eq!(ended, code, "{seen}");
        assert_eq!(app.ok("secrets get PLAIN"), if code == 0 { "typed" } else { "canary" });
    }
}

#[test]
fn the_progress_of_a_load_is_seen_at_a_terminal_and_not_with_quiet() {
    let ssm = LocalSsm::start().unwrap();
    let app = App::on(&ssm, &format!("stage = \"dev\"\n{ORDERS}")).with("TERM", "xterm-256color");
    app.write("new.env", "PLAIN=one\ndb_password=two\nSTRIPE_KEY=sk_12345678\n");
    // The second write is not answered until somebody has looked.
    let held = ssm.inject(Fault::hold().on(Operation::PutParameter).after(1).times(1));
    let mut terminal = Terminal::run(&app, 80, "secrets load new.env");
    terminal.wait_for("setting ");
    terminal.wait_for(" 1/3");
    ssm.remove_fault(held);
    let (code, seen) = terminal.exit();
    assert_eq!(code, 0, "{seen}");
    let after = seen.rsplit('\r').next().unwrap();
    assert!(!after.contains("setting ") && after.contains("3 secrets are set"), "the bar is gone: {after:?}");

    app.write("new.env", "PLAIN=three\ndb_password=four\nSTRIPE_KEY=sk_87654321\n");
    ssm.clear_calls();
    // A bar would have its time to be seen.
    ssm.inject(Fault::delay(std::time::Duration::from_millis(400)).on(Operation::PutParameter));
    let terminal = Terminal::run(&app, 80, "secrets load new.env --quiet");
    until_it_happens(&ssm, "delay", 3);
    let (code, seen) = terminal.exit();
    assert!(code == 0 && !seen.contains("setting ") && !seen.contains("/3"), "{seen:?}");
}
