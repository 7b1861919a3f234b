//! Another process in the place of the one that served the store, in the middle of a command.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{APP, Serving, set};
use crate::app::App;
use crate::server::Server;
use crate::tty::Terminal;

#[test]
fn whoever_takes_its_port_while_a_question_is_open_is_told_nothing() {
    let (app, memory) = (App::new(APP), tempfile::tempdir().unwrap());
    set(&app, "KEY", "before");
    let editor = app.write("editor", "#!/bin/sh\necho 'KEY=sk_live_canary' >> \"$1\"\n");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let app = app.with("TERM", "xterm-256color").with("EDITOR", editor.to_str().unwrap());
    let app = app.with("XDG_RUNTIME_DIR", memory.path().to_str().unwrap());
    let mut serving = Serving::start(&app, &["--quiet"]);
    let address = serving.exports["AWS_ENDPOINT_URL_SSM"].strip_prefix("http://").unwrap().parse().unwrap();
    let mut terminal = Terminal::run(&app, 150, "secrets edit");
    // It has asked the store what is there, and knows the keys.
    terminal.wait_for("Set 1 in stage `dev` of `orders`, the local store (.bind-config/store)?");

    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    let stranger = Server::at(address, |_| (200, "{}".to_owned()));
    terminal.type_in(b"y\n");
    let (code, seen) = terminal.exit();

    assert_eq!(code, 2, "{seen}");
    assert!(seen.contains("the local store (.bind-config/store) cannot be reached: "), "{seen}");
    let asked = stranger.asked();
    assert!(!asked.is_empty());
    for asked in asked {
        assert!(asked.what.starts_with("GET /.bind-config/proof?challenge="), "{}", asked.what);
        assert!(!asked.head.to_lowercase().contains("authorization") && asked.body.is_empty());
    }
    assert_eq!(app.ok("secrets get KEY"), "before");
}
