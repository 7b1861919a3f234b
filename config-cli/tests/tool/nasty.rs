//! Values that other tools lose: each comes back byte for byte, whichever way it goes.
//!
//! What SSM itself refuses, and what is refused before it is asked, is in `what_ssm_refuses`: an empty value, more than 8,192
//! characters, `{{` with `}}` behind it, and what is not UTF-8. A NUL is stored; no environment can hold it, so `bind` refuses.

use std::process::Command;

use bind_config_local::{LocalSsm, Operation};

use crate::app::{App, Said};
use crate::kit::{expected, is_quiet_about, is_silent_about, json, plain, ssm};

const APP: &str = "app = \"orders\"\n[secrets]\nA = \"x\"\nNASTY = \"x\"\nZ = \"x\"\n";

/// How a value can be written besides JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Line {
    /// One for every reader of dotenv files, `sh` included.
    Shell,
    /// One for dotenv readers.
    Dotenv,
    /// One for those that do not expand.
    Literal,
    /// None.
    None,
}

fn values() -> Vec<(&'static str, String, Line)> {
    let all: [(&str, &str, Line); 41] = [
        ("a line break", "one\ntwo", Line::Shell),
        ("line breaks at the edges", "\n\none\n\n", Line::Shell),
        ("windows' line break", "one\r\ntwo\r\n", Line::Dotenv),
        ("a carriage return", "one\rtwo", Line::Dotenv),
        ("a carriage return beside a spelled out one", "one\rtwo\\n", Line::None),
        ("a single quote", "it's", Line::Shell),
        ("double quotes", "\"quoted\"", Line::Shell),
        ("backticks", "`id`", Line::Shell),
        ("quotes of all kinds", "'\"`", Line::Dotenv),
        ("quotes of all kinds around words", "'a' \"b\" `c` 'd", Line::Dotenv),
        ("a quote and what looks like another line", "a'\nB=injected", Line::Shell),
        ("a quote and what looks like a comment", "a' # b", Line::Shell),
        ("a quote behind a line break", "line1\n'line2", Line::Shell),
        ("quotes of all kinds on lines of their own", "a\n'\n\"\n`\nb", Line::Dotenv),
        ("dollars", "pa$ $1 $", Line::Shell),
        ("two dollars and a word", "pa$$word", Line::Literal),
        ("a reference", "$HOME", Line::Literal),
        ("a reference in braces", "a${X}b${X:-c}", Line::Literal),
        ("a command", "$(id) `id`", Line::Shell),
        ("an escaped dollar", "\\$HOME", Line::Literal),
        ("backslashes", "\\ \\\\ \\n \\r \\t \\", Line::Shell),
        ("a backslash and a quote", "\\'\\\"", Line::Dotenv),
        ("a key", "-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\n", Line::Shell),
        ("the marker of a fetch", "__FETCH_FROM_SSM__", Line::Shell),
        ("the marker of a reference", "__FETCH_FROM_SECRET__:A", Line::Shell),
        ("the marker of a literal", "__LITERAL__:x", Line::Shell),
        ("the marker of a later version", "__SOMETHING_NEW__:x", Line::Shell),
        ("a tab and blanks", " \ta\t b \t", Line::Shell),
        ("a blank that does not break", "\u{a0}a\u{a0}", Line::Shell),
        ("a byte order mark", "\u{feff}a\u{feff}", Line::Shell),
        ("what turns text around", "a\u{202e}b\u{200f}\u{2066}c", Line::Shell),
        ("javascript's line breaks", "a\u{2028}b\u{2029}c", Line::Shell),
        ("emoji", "👩‍👩‍👧‍👦 \u{1f600}é", Line::Shell),
        ("a hash", "a #b#", Line::Shell),
        ("an equals sign", "=a=b==", Line::Shell),
        ("the word of another tool's mistake", "'undefined'", Line::Shell),
        ("json", "{\"a\": [1, \"b\\\"\"], \"c\": {}}", Line::Shell),
        ("braces that are no reference of ssm's", "}} a {{ b } }", Line::Shell),
        ("a hyphen", "-", Line::Shell),
        ("control characters", "\u{1}\u{1b}[31m\u{7f}", Line::Shell),
        ("a tilde and a glob", "~ * ? [a] ! & ; | < >", Line::Shell),
    ];
    let mut values: Vec<_> = all.into_iter().map(|(what, value, line)| (what, value.to_owned(), line)).collect();
    for (what, letter, count) in [
        ("as long as a standard value", "x", 4096),
        ("as long as an advanced value", "x", 8192),
        ("two bytes each, as long as a standard value", "é", 4096),
        ("two bytes each, one more than a standard value", "é", 4097),
        ("four bytes each, as long as an advanced value", "👍", 8192),
    ] {
        values.push((what, letter.repeat(count), Line::Shell));
    }
    values
}

/// A store with a nasty value between two that are none.
struct Room {
    ssm: LocalSsm,
    app: App,
}

impl Room {
    fn new() -> Room {
        let ssm = ssm();
        let app = App::on(&ssm, APP);
        Room { ssm, app }
    }

    fn with(value: &str) -> Room {
        let room = Room::new();
        for (name, value) in [("A", "first"), ("NASTY", value), ("Z", "last")] {
            room.ssm.put_secret("orders", "dev", name, value).unwrap();
        }
        room
    }

    fn value(&self, stage: &str) -> Option<String> {
        self.ssm.value(&crate::kit::path(stage, "NASTY"))
    }

    fn env(&self, flags: &[&str]) -> Said {
        self.app.run(["secrets", "list", "--stage", "dev", "--format", "env", "--reveal"].iter().chain(flags))
    }

    /// What is loaded from this text is what was there.
    fn is_loaded_back(&self, text: &str, what: &str, value: &str) {
        let said = self.app.run_with(text.as_bytes(), ["secrets", "load", "-", "--stage", "next"]);
        assert_eq!(said.code, 0, "{what}: {said:?}");
        assert_eq!(self.value("next").as_deref(), Some(value), "{what}");
        for (name, value) in [("A", "first"), ("Z", "last")] {
            assert_eq!(self.ssm.value(&crate::kit::path("next", name)).as_deref(), Some(value), "{what}");
        }
        assert_eq!(self.ssm.names().len(), 6, "{what}");
    }
}

#[test]
fn set_from_stdin_and_from_a_file_and_get_keep_every_byte() {
    let Room { ssm, app } = Room::new();
    for (what, value, _) in values() {
        for (stage, said) in [
            ("stdin", app.run_with(value.as_bytes(), ["secrets", "set", "NASTY", "--stage", "stdin"])),
            ("file", {
                app.write("value", &value);
                app.run(["secrets", "set", "NASTY", "--stage", "file", "--file", "value"])
            }),
        ] {
            assert_eq!(said.code, 0, "{what}: {said:?}");
            if value.len() > 3 {
                is_silent_about(&said, &[value.as_str()]);
            }
            assert_eq!(ssm.value(&crate::kit::path(stage, "NASTY")).as_ref(), Some(&value), "{what}");
            let got = app.command(["secrets", "get", "NASTY", "--stage", stage]).output().unwrap();
            assert_eq!((got.stdout, got.stderr.as_slice()), (value.clone().into_bytes(), &b""[..]), "{what}");
        }
    }
}

const NOT_FOR_A_SHELL: &str = "not for a shell to source, which takes these otherwise: NASTY\n";

#[test]
fn env_lines_are_read_back_by_load_and_what_has_no_line_is_named() {
    for (what, value, line) in values() {
        let room = Room::with(&value);
        let said = room.env(&[]);
        if matches!(line, Line::Shell | Line::Dotenv) {
            let told = if line == Line::Shell { "" } else { NOT_FOR_A_SHELL };
            assert_eq!((said.code, said.err.as_str()), (0, told), "{what}: {said:?}");
            room.is_loaded_back(&said.out, what, &value);
        } else {
            assert_eq!((said.code, said.out.as_str()), (1, ""), "{what}: {said:?}");
            assert!(said.err.contains("\n  NASTY cannot be written to a .env file because "), "{what}: {said:?}");
            is_quiet_about(&said, &[value.as_str(), "first", "last"]);
        }
        if line == Line::Literal {
            let said = room.env(&["--no-expand"]);
            assert_eq!((said.code, said.err.as_str()), (0, ""), "{what}: {said:?}");
            room.is_loaded_back(&said.out, what, &value);
        }
    }
}

#[test]
fn a_shell_reads_back_the_lines_that_are_for_one() {
    for (what, value, line) in values() {
        if line != Line::Shell {
            continue;
        }
        let room = Room::with(&value);
        room.app.write("dev.env", &room.env(&[]).out);
        let script = "set -a; . ./dev.env; printf '%s|%s|%s' \"$A\" \"$NASTY\" \"$Z\"";
        let read = Command::new("sh").args(["-c", script]).current_dir(room.app.folder()).output().unwrap();
        assert!(read.status.success(), "{what}");
        assert_eq!(String::from_utf8(read.stdout).unwrap(), format!("first|{value}|last"), "{what}");
    }
}

#[test]
fn json_holds_every_value_and_is_loaded_back() {
    for (what, value, _) in values() {
        let room = Room::with(&value);
        let report = json(&room.app.run(["secrets", "list", "--stage", "dev", "--json", "--reveal"]));
        let pairs = report["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["name"].as_str().unwrap().to_owned(), row["value"].clone()));
        let object: serde_json::Map<String, serde_json::Value> = pairs.collect();
        room.is_loaded_back(&serde_json::to_string_pretty(&object).unwrap(), what, &value);
    }
}

#[test]
fn copy_and_rollback_keep_every_byte() {
    let room = Room::new();
    for (what, value, _) in values() {
        let before = room.value("next");
        room.ssm
            .put(
                bind_config_local::NewParameter::secure(crate::kit::path("dev", "NASTY"), value.clone())
                    .tier(bind_config_local::Tier::Advanced),
            )
            .unwrap();
        let said = room.app.run(["secrets", "copy", "--from", "dev", "--to", "next", "--overwrite"]);
        assert_eq!((said.code, room.value("next").as_ref()), (0, Some(&value)), "{what}: {said:?}");
        if before.is_some() {
            let said = room.app.run(["secrets", "rollback", "NASTY", "--stage", "next"]);
            assert_eq!((said.code, room.value("next")), (0, before), "{what}: {said:?}");
        }
    }
}

#[test]
fn an_editor_that_changes_another_line_leaves_every_value_as_it_is() {
    for (what, value, line) in values() {
        let room = Room::with(&value);
        let app = room.app.with("EDITOR", "sh -c 'cp \"$1\" seen; sed -i s/^Z=last/Z=typed/ \"$1\"' edit");
        let said = app.run(["secrets", "edit", "--stage", "dev", "--yes"]);
        assert_eq!(
            (said.code, said.out.as_str()),
            (0, "NAME  CHANGE\nZ     changed, from version 1\n"),
            "{what}: {said:?}"
        );
        assert_eq!(room.ssm.value(&crate::kit::path("dev", "NASTY")), Some(value), "{what}");
        let has_line = !app
            .read("seen")
            .contains("# NASTY cannot be written in such a file: `bind-config secrets set NASTY --stage dev`\n");
        assert_eq!(has_line, line != Line::None, "{what}");
    }
}

/// What a function sees that is started under `bind`: the variable, and what the runtime makes of it.
#[test]
fn bind_gives_a_command_every_value() {
    for (what, value, _) in values() {
        let room = Room::with(&value);
        let said =
            room.app.run(["bind", "--stage", "dev", "--", "sh", "-c", "printf '%s' \"$SST_Secret_value_NASTY\""]);
        assert_eq!(said.code, 0, "{what}: {said:?}");
        if value.len() > 3 {
            is_quiet_about(&said, &[value.as_str()]);
        }
        let is_marked = value.starts_with("__") && value != "__";
        let seen = if is_marked { said.out.strip_prefix("__LITERAL__:") } else { Some(said.out.as_str()) };
        assert_eq!(seen, Some(value.as_str()), "{what}");
    }
}

#[test]
fn a_nul_is_kept_where_it_can_be_and_refused_where_it_cannot() {
    let room = Room::new();
    let said = room.app.run_with(b"a\0b", ["secrets", "set", "NASTY", "--stage", "dev"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(room.app.ok("secrets get NASTY --stage dev"), "a\0b");
    for name in ["A", "Z"] {
        room.ssm.put_secret("orders", "dev", name, "x").unwrap();
    }

    let said = room.env(&[]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(
        said.err
            .contains("NASTY cannot be written to a .env file because its value has a NUL, which no environment holds"),
        "{said:?}"
    );
    let report = json(&room.app.run(["secrets", "list", "--stage", "dev", "--json", "--reveal"]));
    assert_eq!(report["secrets"][1]["value"], "a\0b");
    let said = room.app.run(["bind", "--stage", "dev", "--", "true"]);
    assert_eq!((said.code, said.out.as_str()), (126, ""), "{said:?}");
}

#[test]
fn what_ssm_refuses() {
    let room = Room::new();
    let set = |value: &[u8]| plain(&room.ssm, room.app.run_with(value, ["secrets", "set", "NASTY", "--stage", "dev"]));

    let text = "error: `NASTY` was not set: SSM takes no value with `{{` and `}}`\n";
    assert_eq!(set(b"Hello {{ name }}"), expected(1, "", text));
    assert!(room.ssm.put_secret("orders", "dev", "NASTY", "Hello {{ name }}").is_err());
    assert_eq!(set(b"").code, 1);
    assert!(room.ssm.put_secret("orders", "dev", "NASTY", "").is_err());
    assert_eq!(set("👍".repeat(8193).as_bytes()).code, 1);
    assert!(room.ssm.put_secret("orders", "dev", "NASTY", "👍".repeat(8193)).is_err());
    assert_eq!(set(b"\xff").code, 1);
    assert_eq!(room.ssm.count(Operation::PutParameter), 0);
}
