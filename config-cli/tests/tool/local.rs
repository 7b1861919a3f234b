//! `local`: the store of the laptop, served to others, shown and deleted.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};

use crate::app::{App, Said, said};
use crate::kit::{signal, until};

const APP: &str =
    "app = \"orders\"\nstage = \"dev\"\nstore = \"local\"\n[secrets]\nKEY = \"\"\nOTHER = { required = false }\n";

/// `local start`, once it serves.
struct Serving {
    child: Child,
    exports: BTreeMap<String, String>,
}

impl Serving {
    fn start(app: &App, options: &[&str]) -> Serving {
        let arguments = ["local", "start"].iter().chain(options);
        let mut child = app.command(arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut export = || {
            let line = lines.next().unwrap().unwrap();
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        let exports = [export(), export(), export(), export()].into();
        Serving { child, exports }
    }

    fn end(self, name: &str) -> Said {
        signal(name, self.child.id().into());
        said(self.child)
    }
}

fn set(app: &App, name: &str, value: &str) {
    let said = app.run_with(value.as_bytes(), ["secrets", "set", name, "--quiet"]);
    assert_eq!(said, Said { code: 0, out: String::new(), err: String::new() });
}

fn mode(app: &App, path: &str) -> u32 {
    std::fs::metadata(app.folder().join(path)).unwrap().permissions().mode() & 0o777
}

fn is_there(app: &App, path: &str) -> bool {
    app.folder().join(path).exists()
}

#[test]
fn it_serves_until_it_is_interrupted() {
    for name in ["INT", "TERM"] {
        let app = App::new(APP);
        let serving = Serving::start(&app, &[]);
        assert_eq!(
            serving.exports.keys().collect::<Vec<_>>(),
            ["AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_SSM", "AWS_REGION", "AWS_SECRET_ACCESS_KEY"]
        );
        let endpoint = serving.exports["AWS_ENDPOINT_URL_SSM"].clone();
        let address = endpoint.strip_prefix("http://127.0.0.1:").unwrap();
        assert!(TcpStream::connect(("127.0.0.1", address.parse().unwrap())).is_ok());
        let path = app.folder().canonicalize().unwrap().join(".bind-config/store");
        let err =
            format!("serving {} at {endpoint}; Ctrl-C ends it\nthe local store is no longer served\n", path.display());
        assert_eq!(serving.end(name), Said { code: 0, out: String::new(), err });
        assert!(!is_there(&app, ".bind-config/served"));
    }
}

#[test]
fn while_it_serves_the_tool_works_through_it() {
    let app = App::new(APP);
    set(&app, "KEY", "before");
    let serving = Serving::start(&app, &["--quiet"]);
    set(&app, "KEY", "while");
    assert_eq!(app.ok("secrets get KEY"), "while");
    assert!(app.ok("secrets list --json").contains("\"version\": 2"));
    assert_eq!(app.run(["bind", "--", "sh", "-c", "echo $SST_Secret_value_KEY"]).out, "while\n");
    let others: Vec<Child> = (0..5).map(|_| app.command(["secrets", "get", "KEY"]).spawn().unwrap()).collect();
    for other in others {
        assert_eq!(said(other).out, "while");
    }
    assert_eq!(serving.end("INT"), Said { code: 0, out: String::new(), err: String::new() });
    assert_eq!(app.ok("secrets get KEY"), "while", "it is kept");
}

#[test]
fn anything_that_speaks_ssm_reaches_it_with_what_it_prints() {
    let app = App::new(APP);
    set(&app, "KEY", "value");
    let serving = Serving::start(&app, &[]);
    let mut client = App::new("app = \"orders\"\nstage = \"dev\"\n[secrets]\nKEY = \"\"\n");
    for (name, value) in &serving.exports {
        client = client.with(name, value);
    }
    assert_eq!(client.ok("secrets get KEY"), "value");
    let said = client.with("AWS_SECRET_ACCESS_KEY", "another").run(["secrets", "get", "KEY"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "not without the key");
    serving.end("TERM");
}

#[test]
fn its_port_may_be_chosen_and_its_report_be_json() {
    let app = App::new(APP);
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let serving = Serving::start(&app, &["--port", &free.to_string()]);
    assert_eq!(serving.exports["AWS_ENDPOINT_URL_SSM"], format!("http://127.0.0.1:{free}"));
    let second = App::new(APP).run(["local", "start", "--port", &free.to_string()]);
    assert_eq!((second.code, second.out.as_str()), (2, ""));
    assert!(second.err.contains(&free.to_string()) || second.err.contains("in use"), "{}", second.err);
    serving.end("INT");
    let mut child = app.command(["local", "start", "--json", "--quiet"]).spawn().unwrap();
    let mut json = String::new();
    let mut out = BufReader::new(child.stdout.as_mut().unwrap());
    while !json.ends_with("}\n") {
        assert_ne!(out.read_line(&mut json).unwrap(), 0);
    }
    let json: BTreeMap<String, String> = serde_json::from_str(&json).unwrap();
    assert!(json["AWS_ENDPOINT_URL_SSM"].starts_with("http://127.0.0.1:"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(App::new(APP).run(["local", "start", "--port", "70000"]).code, 2);
}

#[test]
fn two_cannot_serve_one_store() {
    let app = App::new(APP);
    let serving = Serving::start(&app, &[]);
    let err = "error: another process has the local store open; `local start` may be running already\n";
    assert_eq!(app.run(["local", "start"]), Said { code: 2, out: String::new(), err: err.to_owned() });
    assert_eq!(app.ok("secrets list --json").matches("\"missing\"").count(), 1, "the first one still serves");
    assert_eq!(serving.end("INT").code, 0);
}

#[test]
fn what_a_kill_leaves_behind_is_harmless() {
    let app = App::new(APP);
    let mut serving = Serving::start(&app, &[]);
    set(&app, "KEY", "value");
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    assert!(is_there(&app, ".bind-config/served"));
    assert_eq!(app.ok("secrets get KEY"), "value");
    set(&app, "KEY", "another");
    let serving = Serving::start(&app, &[]);
    assert_eq!(app.ok("secrets get KEY"), "another");
    assert_eq!(serving.end("INT").code, 0);
    assert!(!is_there(&app, ".bind-config/served"));
}

#[test]
fn a_second_interrupt_is_not_needed_and_does_no_harm() {
    let app = App::new(APP);
    let mut serving = Serving::start(&app, &[]);
    signal("INT", serving.child.id().into());
    until("it has ended", || serving.child.try_wait().unwrap().is_some());
    assert!(!is_there(&app, ".bind-config/served"));
}

#[test]
fn files_and_folder_are_the_owners_alone() {
    let app = App::new(APP);
    let serving = Serving::start(&app, &[]);
    set(&app, "KEY", "value");
    assert_eq!(mode(&app, ".bind-config"), 0o700);
    for file in ["store", "store.key", "store.lock", "served"] {
        assert_eq!(mode(&app, &format!(".bind-config/{file}")), 0o600, "{file}");
    }
    serving.end("INT");
    for file in ["store", "store.key"] {
        let bytes = std::fs::read(app.folder().join(".bind-config").join(file)).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("value"), "{file}");
    }
}

#[test]
fn its_path_is_printed_whether_it_is_there_or_not() {
    let app = App::new(APP);
    let path = app.folder().canonicalize().unwrap().join(".bind-config/store");
    assert_eq!(app.ok("local path"), format!("{}\n", path.display()));
    assert_eq!(app.ok("local path --json"), format!("{{\n  \"path\": \"{}\"\n}}\n", path.display()));
    assert!(!is_there(&app, ".bind-config"));
}

#[test]
fn a_reset_deletes_the_store_and_its_key() {
    let app = App::new(APP);
    let none = Said { code: 0, out: String::new(), err: "there is no local store\n".to_owned() };
    assert_eq!(app.run(["local", "reset"]), none);
    set(&app, "KEY", "value");
    app.write(".bind-config/stage", "mine\n");
    let refused = "error: nobody can be asked whether to delete the local store: give `--yes`\n";
    assert_eq!(app.run(["local", "reset"]), Said { code: 2, out: String::new(), err: refused.to_owned() });
    assert_eq!(app.ok("secrets get KEY"), "value");
    let done = Said { code: 0, out: String::new(), err: "the local store is deleted\n".to_owned() };
    assert_eq!(app.run(["local", "reset", "--yes"]), done);
    assert!(!is_there(&app, ".bind-config/store") && !is_there(&app, ".bind-config/store.key"));
    assert!(is_there(&app, ".bind-config/stage"), "the personal stage is no part of it");
    assert_eq!(app.run(["secrets", "get", "KEY"]).code, 1);
    assert_eq!(app.run(["local", "reset", "--yes"]).code, 0);
}

#[test]
fn a_store_that_is_in_use_is_not_deleted() {
    let app = App::new(APP);
    set(&app, "KEY", "value");
    let serving = Serving::start(&app, &[]);
    let err = "error: another process has the local store open: end it first\n";
    assert_eq!(app.run(["local", "reset", "--yes"]), Said { code: 2, out: String::new(), err: err.to_owned() });
    assert_eq!(app.ok("secrets get KEY"), "value");
    serving.end("TERM");
    assert_eq!(app.run(["local", "reset", "--yes"]).code, 0);
}

#[test]
fn a_store_that_is_damaged_is_told_and_can_be_deleted() {
    for (file, text) in [("store", "damage"), ("store.key", "damage"), ("store", "")] {
        let app = App::new(APP);
        set(&app, "KEY", "value");
        app.write(&format!(".bind-config/{file}"), text);
        let said = app.run(["secrets", "get", "KEY"]);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{file}");
        assert!(said.err.contains(&format!(".bind-config/{file}")), "{}", said.err);
        assert_eq!(app.read(&format!(".bind-config/{file}")), text, "it is as it was");
        assert_eq!(app.run(["local", "reset", "--yes"]).code, 0, "{file}");
        set(&app, "KEY", "again");
        assert_eq!(app.ok("secrets get KEY"), "again");
    }
}

#[test]
fn stages_share_the_store_and_not_their_values() {
    let app = App::new(APP);
    set(&app, "KEY", "dev");
    let said = app.run_with(b"prod", ["secrets", "set", "KEY", "--stage", "prod", "--quiet"]);
    assert_eq!(said.code, 0);
    assert_eq!(
        (app.ok("secrets get KEY"), app.ok("secrets get KEY --stage prod")),
        ("dev".to_owned(), "prod".to_owned())
    );
    assert_eq!(app.run(["secrets", "get", "KEY", "--stage", "qa"]).code, 1);
}

#[test]
fn nobody_reading_what_it_prints_is_no_reason_not_to_serve() {
    let app = App::new(APP);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = app.command(["local", "start"]).stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    until("it serves", || is_there(&app, ".bind-config/served"));
    set(&app, "KEY", "value");
    child.kill().unwrap();
    child.wait().unwrap();
}
