//! `secrets edit`: an editor on a file that nobody else can read and that is gone on every way out.
#![cfg(unix)]

mod left;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;

use bind_config_local::{LocalSsm, Operation};
use tempfile::TempDir;

use crate::app::{App, ORDERS, Said, said};
use crate::kit::{dev, expected, is_silent_about, json, path, plain, signal, ssm, until};

/// In every value that is stored or typed here.
const CANARIES: [&str; 2] = ["hunter", "sk_live"];
const EDIT: [&str; 5] = ["secrets", "edit", "--stage", "dev", "--yes"];

/// An app with an editor, and the folder in which its file is made.
struct Desk {
    ssm: LocalSsm,
    app: App,
    memory: TempDir,
}

impl Desk {
    /// `script` finds the file in `$1`, and the app's folder where it runs.
    fn new(script: &str) -> Desk {
        let (ssm, memory) = (ssm(), tempfile::tempdir().unwrap());
        let app = App::on(&ssm, ORDERS);
        let editor = editor(&app, script);
        let app = app.with("EDITOR", editor.to_str().unwrap()).with("XDG_RUNTIME_DIR", memory.path().to_str().unwrap());
        Desk { ssm, app, memory }
    }

    fn set(&self, name: &str, value: &str) {
        self.ssm.put_secret("orders", "dev", name, value).unwrap();
    }

    fn edit(&self) -> Said {
        self.after(self.app.run(EDIT))
    }

    /// What holds whatever came of it.
    fn after(&self, said: Said) -> Said {
        is_silent_about(&said, &CANARIES);
        assert!(self.is_tidy(), "the file is still there");
        plain(&self.ssm, said)
    }

    fn is_tidy(&self) -> bool {
        fs::read_dir(self.memory.path()).unwrap().next().is_none()
    }

    /// The tool in a process group of its own, as a shell starts it, with the editor open.
    fn open(&self) -> Child {
        let child = self.app.command(EDIT).process_group(0).spawn().unwrap();
        until("the editor", || self.exists("open"));
        child
    }

    fn exists(&self, name: &str) -> bool {
        self.app.folder().join(name).exists()
    }

    /// Lets an editor of [`WAITING`] go on.
    fn close(&self) {
        self.app.write("close", "");
    }
}

fn editor(app: &App, script: &str) -> PathBuf {
    let path = app.write("editor", &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// An editor that is open until the test closes it, and sets `PLAIN`.
const WAITING: &str = "touch open; while [ -e open ] && [ ! -e close ]; do sleep 0.02; done; echo 'PLAIN=hunter-typed' >> \"$1\"; touch ended";

const SET: &str = "1 secret is set in stage `dev` of `orders`, SSM at URL.\nno deployed function uses it in stage `dev` of `orders`\n";

#[test]
fn the_file_names_every_secret_and_nobody_else_can_read_it() {
    let desk = Desk::new(
        "cp \"$1\" seen; stat -c '%a %a' \"$1\" > modes; stat -c %a \"$(dirname \"$1\")\" >> modes; echo \"$1\" > where",
    );
    desk.set("PLAIN", "hunter one\nhunter's \"two\"");
    desk.set("db-password", "hunter2");

    let said = desk.edit();

    assert_eq!(said, expected(0, "", "nothing was changed in stage `dev` of `orders`\n"));
    let text = "\
# Secrets of stage `dev` of `orders`. Change values and close the editor.
# A line that is taken out changes nothing: `bind-config secrets remove NAME` removes.

# any text
PLAIN=`hunter one
hunter's \"two\"`

# where errors go
# SENTRY_DSN=

# Stripe secret key
# STRIPE_KEY=

# database
db_password=hunter2
";
    assert_eq!(desk.app.read("seen"), text);
    assert_eq!(desk.app.read("modes"), "600 600\n700\n");
    assert!(Path::new(desk.app.read("where").trim()).starts_with(desk.memory.path()));
    assert_eq!(desk.ssm.count(Operation::PutParameter), 0);
}

#[test]
fn what_is_changed_and_added_is_set_and_nothing_else_touched() {
    let desk =
        Desk::new("sed -i -e 's/^PLAIN=.*/PLAIN=hunter-new/' -e 's/^# STRIPE_KEY=/STRIPE_KEY=sk_live_hunter/' \"$1\"");
    desk.set("PLAIN", "hunter-old");
    desk.set("db-password", "hunter\r\n'\"$X");

    let said = desk.edit();

    let table = "NAME        CHANGE\nPLAIN       changed, from version 1\nSTRIPE_KEY  new\n";
    let text = "2 secrets are set in stage `dev` of `orders`, SSM at URL.\nno deployed function uses them in stage `dev` of `orders`\n";
    assert_eq!(said, expected(0, table, text));
    assert_eq!(
        (dev(&desk.ssm, "PLAIN").as_deref(), dev(&desk.ssm, "STRIPE_KEY").as_deref()),
        (Some("hunter-new"), Some("sk_live_hunter"))
    );
    assert_eq!(desk.ssm.version(&path("dev", "db_password")), Some(1));
}

#[test]
fn a_line_that_is_taken_out_changes_nothing() {
    let desk = Desk::new(": > \"$1\"");
    desk.set("PLAIN", "hunter2");

    assert_eq!(desk.edit(), expected(0, "", "nothing was changed in stage `dev` of `orders`\n"));
    assert_eq!(dev(&desk.ssm, "PLAIN").as_deref(), Some("hunter2"));
}

#[test]
fn a_value_that_does_not_fit_stops_all_of_it() {
    let desk = Desk::new(
        "echo PLAIN=hunter-new >> \"$1\"; echo STRIPE_KEY=pk_hunter >> \"$1\"; echo STRIP_KEY=hunter >> \"$1\"",
    );

    let said = desk.edit();

    let table = "\
NAME        CHANGE
PLAIN       new
STRIPE_KEY  wrong: it must start with `sk_`
STRIP_KEY   wrong: `STRIP_KEY` is not declared in bind.toml: did you mean `STRIPE_KEY`?
";
    assert_eq!(
        said,
        expected(1, table, "error: nothing is set in stage `dev` of `orders`, SSM at URL: 2 of 3 cannot be\n")
    );
    assert!(desk.ssm.names().is_empty());
}

#[test]
fn a_quote_that_is_not_closed_is_told() {
    let desk = Desk::new("printf \"PLAIN='hunter one\\nhunter two\\n\" >> \"$1\"");

    let said = desk.edit();

    let text = "warning: nothing is set: the file\n  line 15: `PLAIN`: the quote that begins its value is not closed, or something comes behind it\n  line 16: it has no effect; if it is a part of the value above, that needs quotes\nerror: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert!(desk.ssm.names().is_empty());
}

#[test]
fn an_editor_that_fails_sets_nothing() {
    let desk = Desk::new("echo PLAIN=hunter >> \"$1\"; exit 3");

    assert_eq!(desk.edit(), expected(1, "", "error: the editor failed (exit status: 3): nothing is set\n"));
    assert!(desk.ssm.names().is_empty());
}

#[test]
fn an_editor_that_is_not_there_is_named() {
    let desk = Desk::new("");
    let said = desk.app.command(EDIT).env("EDITOR", "no-such-editor").spawn().unwrap();

    assert_eq!(
        desk.after(crate::app::said(said)),
        expected(
            2,
            "",
            "error: the editor `no-such-editor` could not be run: No such file or directory (os error 2)\n"
        )
    );
}

#[test]
fn an_editor_may_have_arguments_and_the_visual_one_comes_first() {
    let desk = Desk::new("echo \"$1 $2\" > arguments; echo PLAIN=hunter >> \"$3\"");
    let editor = desk.app.folder().join("editor");
    let line = format!("{} --wait 'a b'", editor.display());
    let said = desk.app.command(EDIT).env("EDITOR", "false").env("VISUAL", line).spawn().unwrap();

    assert_eq!(desk.after(crate::app::said(said)).code, 0);
    assert_eq!(desk.app.read("arguments"), "--wait a b\n");
    assert_eq!(dev(&desk.ssm, "PLAIN").as_deref(), Some("hunter"));
}

#[test]
fn a_file_that_is_taken_away_or_is_no_text_sets_nothing() {
    let desk = Desk::new("rm \"$1\"");
    let said = desk.edit();
    assert_eq!(
        (said.code, said.err.starts_with("error: what was edited could not be read: nothing is set: ")),
        (2, true),
        "{said:?}"
    );

    let desk = Desk::new("printf 'PLAIN=hunter\\377' >> \"$1\"");
    let said = desk.edit();
    assert_eq!(
        (said.code, said.err.starts_with("error: what was edited could not be read: nothing is set: ")),
        (2, true),
        "{said:?}"
    );
    assert!(desk.ssm.names().is_empty());
}

#[test]
fn an_editor_that_saves_a_new_file_in_place_of_the_old_one_is_fine() {
    let desk =
        Desk::new("cp \"$1\" \"$1~\"; sed 's/^# PLAIN=/PLAIN=hunter/' \"$1~\" > \"$1.new\"; mv \"$1.new\" \"$1\"");

    let said = desk.edit();

    assert_eq!(said, expected(0, "NAME   CHANGE\nPLAIN  new\n", SET));
    assert_eq!(dev(&desk.ssm, "PLAIN").as_deref(), Some("hunter"));
}

#[test]
fn a_link_in_place_of_the_file_is_refused_and_what_it_leads_to_stays_as_it_is() {
    let desk = Desk::new("ln -sf \"$PWD/real\" \"$1\"");
    let real = desk.app.write("real", "PLAIN=hunter\n");

    let said = desk.edit();

    let err = "error: what was edited could not be read: nothing is set: it is a link now\n";
    assert_eq!(said, expected(2, "", err));
    assert_eq!(fs::read_to_string(real).unwrap(), "PLAIN=hunter\n");
    assert!(desk.ssm.names().is_empty());
}

#[test]
fn a_file_that_has_another_name_too_is_read_and_stays_as_it_is() {
    let desk = Desk::new("cd \"$(dirname \"$1\")\"; echo PLAIN=hunter > ../real; ln -f ../real \"$1\"");

    let said = plain(&desk.ssm, desk.app.run(EDIT));

    assert_eq!(said, expected(0, "NAME   CHANGE\nPLAIN  new\n", SET));
    assert_eq!(fs::read_to_string(desk.memory.path().join("real")).unwrap(), "PLAIN=hunter\n");
}

#[test]
fn a_pipe_in_place_of_the_file_is_refused() {
    let desk = Desk::new("rm \"$1\"; mkfifo \"$1\"");
    let err = "error: what was edited could not be read: nothing is set: it is not a plain file\n";
    assert_eq!(desk.edit(), expected(2, "", err));
}

#[test]
fn an_editor_whose_name_is_no_text_is_told_and_no_other_one_opened() {
    use std::os::unix::ffi::OsStringExt as _;
    let desk = Desk::new("touch open");
    for name in ["VISUAL", "EDITOR"] {
        let garbled = std::ffi::OsString::from_vec(b"vi\xff".to_vec());
        let said = desk.after(said(desk.app.command(EDIT).env(name, garbled).spawn().unwrap()));
        let err = format!("error: `{name}` of the environment is not UTF-8: no editor is\n");
        assert_eq!(said, expected(2, "", &err));
    }
    assert!(!desk.exists("open"));
}

#[test]
fn without_a_shell_that_would_tidy_up_after_a_kill_that_is_told() {
    let desk = Desk::new("echo PLAIN=hunter >> \"$1\"");
    let child = desk.app.command(EDIT).env("PATH", desk.memory.path()).spawn().unwrap();
    let warning = "warning: there is no `sh`, which would remove the file with the values if this command is killed\n";
    assert_eq!(desk.after(said(child)), expected(0, "NAME   CHANGE\nPLAIN  new\n", &format!("{warning}{SET}")));
}

#[test]
fn undeclared_leftovers_are_named_and_not_in_the_file() {
    let desk = Desk::new("cp \"$1\" seen");
    desk.set("LEFT_OVER", "hunter2");

    let said = desk.edit();

    assert_eq!(
        said,
        expected(
            0,
            "",
            "not declared, so not in the file: LEFT_OVER\nnothing was changed in stage `dev` of `orders`\n"
        )
    );
    assert!(!desk.app.read("seen").contains("LEFT_OVER"));
}

#[test]
fn the_fallback_is_edited_on_demand() {
    let desk = Desk::new("cp \"$1\" seen; echo PLAIN=hunter >> \"$1\"");

    let said = desk.after(desk.app.run(["secrets", "edit", "--fallback", "--yes"]));

    assert_eq!((said.code, said.out.as_str()), (0, "NAME   CHANGE\nPLAIN  new\n"), "{said:?}");
    assert_eq!(desk.ssm.names(), [crate::kit::fallback_path("PLAIN")]);
    assert!(!desk.app.read("seen").contains("db_password"), "it has no fallback");
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_opened() {
    let desk = Desk::new("touch open");

    let said = desk.app.run(&EDIT[..4]);

    assert_eq!(said, expected(2, "", "error: nobody can be asked: give `--yes`, or use `secrets load`\n"));
    assert!(!desk.exists("open"));
}

/// Somebody else does something while the editor is open.
fn edits_while(desk: &Desk, theirs: impl FnOnce()) -> Said {
    let child = desk.open();
    theirs();
    desk.close();
    desk.after(said(child))
}

#[test]
fn somebody_elses_change_meanwhile_is_a_conflict_and_stays() {
    let desk = Desk::new(WAITING);
    desk.set("PLAIN", "hunter-old");

    let said = edits_while(&desk, || desk.set("PLAIN", "theirs"));

    let table = "NAME   CHANGE\nPLAIN  changed, from version 2\n";
    assert_eq!(
        said,
        expected(
            1,
            table,
            "warning: changed by somebody else meanwhile: `PLAIN`\nerror: nothing is set in stage `dev` of `orders`, SSM at URL\n"
        )
    );
    assert_eq!(dev(&desk.ssm, "PLAIN").as_deref(), Some("theirs"));
}

#[test]
fn a_secret_that_somebody_else_creates_or_removes_meanwhile_is_a_conflict_too() {
    let desk = Desk::new(WAITING);
    assert_eq!(edits_while(&desk, || desk.set("PLAIN", "theirs")).code, 1);
    assert_eq!(dev(&desk.ssm, "PLAIN").as_deref(), Some("theirs"));

    let desk = Desk::new(WAITING);
    desk.set("PLAIN", "hunter-old");
    assert_eq!(edits_while(&desk, || desk.ssm.delete(&path("dev", "PLAIN")).unwrap()).code, 1);
    assert_eq!(dev(&desk.ssm, "PLAIN"), None);

    // Numbers begin anew.
    let desk = Desk::new(WAITING);
    desk.set("PLAIN", "hunter-old");
    let said = edits_while(&desk, || {
        desk.ssm.delete(&path("dev", "PLAIN")).unwrap();
        desk.set("PLAIN", "theirs");
    });
    assert_eq!((said.code, dev(&desk.ssm, "PLAIN").as_deref()), (1, Some("theirs")), "{said:?}");
}

#[test]
fn somebody_elses_change_of_another_secret_is_no_conflict() {
    let desk = Desk::new(WAITING);

    let said = edits_while(&desk, || desk.set("db-password", "theirs"));

    assert_eq!(said, expected(0, "NAME   CHANGE\nPLAIN  new\n", SET));
    assert_eq!(dev(&desk.ssm, "db_password").as_deref(), Some("theirs"));
}

/// Ends the tool with a signal while the editor is open: the file is gone, and nothing set.
fn is_gone_after(name: &str, to_all: bool) {
    let desk = Desk::new(WAITING);
    desk.set("PLAIN", "hunter-old");
    let mut child = desk.open();
    let process = i64::from(child.id());

    signal(name, if to_all { -process } else { process });

    child.wait().unwrap();
    until("the file to be gone", || desk.is_tidy());
    // An editor that is still open has the pipes open, too.
    desk.close();
    let said = said(child);
    is_silent_about(&said, &CANARIES);
    assert_eq!(said.out, "", "{name}");
    assert_eq!(
        (dev(&desk.ssm, "PLAIN").as_deref(), desk.ssm.count(Operation::PutParameter)),
        (Some("hunter-old"), 0),
        "{name}"
    );
}

#[test]
fn the_file_is_gone_after_a_kill_of_the_tool() {
    is_gone_after("KILL", false);
}

#[test]
fn the_file_is_gone_after_a_kill_of_the_tool_and_the_editor() {
    is_gone_after("KILL", true);
}

#[test]
fn the_file_is_gone_after_the_tool_is_asked_to_end() {
    is_gone_after("TERM", false);
    is_gone_after("HUP", true);
}

#[test]
fn ctrl_c_that_ends_the_editor_ends_the_edit() {
    is_gone_after("INT", true);
}

#[test]
fn a_plan_that_cannot_be_done_is_one_report() {
    let desk = Desk::new("printf 'STRIPE_KEY=canary\\n' > \"$1\"");

    let said = said(desk.app.command(["secrets", "edit", "--stage", "dev", "--yes", "--json"]).spawn().unwrap());

    let report = json(&said);
    assert_eq!((said.code, &report["error"]["code"]), (1, &"misfit".into()), "{said:?}");
    assert_eq!(report["plan"][0]["change"], "misfit", "{report}");
    assert_eq!(report["stored"], serde_json::json!([]));
}

#[test]
fn ctrl_c_is_the_editors_as_long_as_it_is_open() {
    let desk = Desk::new(&format!("trap : INT; {WAITING}"));
    let child = desk.open();

    for _ in 0..3 {
        signal("INT", i64::from(child.id()));
    }
    desk.close();

    assert_eq!(desk.after(said(child)), expected(0, "NAME   CHANGE\nPLAIN  new\n", SET));
}
