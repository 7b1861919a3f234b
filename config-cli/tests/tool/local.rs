//! `local`: the store of the laptop, served to others, shown and deleted.

mod ignored;
mod replaced;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};

use crate::app::{App, Said, said};
use crate::kit::{signal, until};
use crate::server::Server;

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

    fn end(mut self, name: &str) -> Said {
        signal(name, self.child.id().into());
        let text = |from: &mut dyn Read| {
            let mut text = String::new();
            from.read_to_string(&mut text).unwrap();
            text
        };
        // It says little, so that neither of them is full while the other is read.
        let out = text(&mut self.child.stdout.take().unwrap());
        let err = text(&mut self.child.stderr.take().unwrap());
        Said { code: self.child.wait().unwrap().code().unwrap_or(-1), out, err }
    }
}

/// A test that fails leaves no server behind.
impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
    while !json.ends_with("\n}\n") {
        assert_ne!(out.read_line(&mut json).unwrap(), 0);
    }
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let variables: BTreeMap<String, String> = serde_json::from_value(json["variables"].clone()).unwrap();
    assert!(variables["AWS_ENDPOINT_URL_SSM"].starts_with("http://127.0.0.1:"));
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
    let json: serde_json::Value = serde_json::from_str(&app.ok("local path --json")).unwrap();
    assert_eq!(json["store"], serde_json::json!({ "kind": "local", "path": path.display().to_string() }));
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
fn a_reset_that_stops_midway_leaves_the_key_until_last_so_that_it_can_be_finished() {
    let app = App::new(APP);
    set(&app, "KEY", "value");
    // No file that could be deleted.
    let served = app.folder().canonicalize().unwrap().join(".bind-config/served");
    std::fs::create_dir(&served).unwrap();

    let said = app.run(["local", "reset", "--yes"]);

    let err = format!("error: {}: Is a directory (os error 21)\n", served.display());
    assert_eq!(said, Said { code: 2, out: String::new(), err });
    assert!(!is_there(&app, ".bind-config/store") && is_there(&app, ".bind-config/store.key"));
    std::fs::remove_dir(&served).unwrap();
    let done = Said { code: 0, out: String::new(), err: "the local store is deleted\n".to_owned() };
    assert_eq!(app.run(["local", "reset", "--yes"]), done);
    assert!(!is_there(&app, ".bind-config/store.key"));
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

/// Another process has the store open, and does not serve it.
fn hold(app: &App) -> std::fs::File {
    let lock = std::fs::File::open(app.folder().join(".bind-config/store.lock")).unwrap();
    lock.try_lock().unwrap();
    lock
}

#[test]
fn whoever_took_the_port_of_one_that_was_killed_is_told_nothing() {
    let proof = "0123456789abcdef".repeat(4);
    for (status, answer) in [(200, "{}"), (200, &*proof), (404, ""), (500, "canary")] {
        let app = App::new(APP);
        set(&app, "KEY", "before");
        let stranger = Server::always(status, answer);
        let (access_key, secret_key) = ("0123456789abcdef", "0123456789abcdef0123456789abcdef01234567");
        app.write_private(".bind-config/served", &format!("{}\n{access_key}\n{secret_key}\n", stranger.endpoint()));
        let lock = hold(&app);
        let mut command = app.command(["secrets", "set", "KEY", "sk_live_canary", "--quiet"]);
        let child = command.spawn().unwrap();
        until("it asks who that is", || stranger.asked().len() > 1);
        drop(lock);

        assert_eq!(said(child).code, 0);

        assert_eq!(app.ok("secrets get KEY"), "sk_live_canary", "the file has it");
        let mut challenges: Vec<String> = stranger.asked().into_iter().map(|asked| asked.what).collect();
        assert!(challenges.iter().all(|what| what.starts_with("GET /.bind-config/proof?challenge=")), "{challenges:?}");
        let count = challenges.len();
        challenges.sort();
        challenges.dedup();
        assert_eq!(challenges.len(), count, "each is a new one");
        for asked in stranger.asked() {
            assert_eq!(asked.body, "");
            let head = asked.head.to_lowercase();
            for never in ["authorization", "canary", access_key, secret_key] {
                assert!(!head.contains(never), "{head}");
            }
        }
    }
}

#[test]
fn one_that_stops_answering_is_named_and_not_waited_for_for_ever() {
    let app = App::new(APP);
    set(&app, "KEY", "value");
    let serving = Serving::start(&app, &["--quiet"]);
    signal("STOP", serving.child.id().into());

    let all = [app.run(["secrets", "get", "KEY"]), app.run_with(b"another", ["secrets", "set", "KEY"])];

    signal("CONT", serving.child.id().into());
    let err = "error: the secrets cannot be reached: the local store (.bind-config/store) cannot be reached: does `bind-config local start` still run? Then end \
               it and try again\n";
    for said in all {
        assert_eq!(said, Said { code: 2, out: String::new(), err: err.to_owned() });
    }
    assert_eq!(app.ok("secrets get KEY"), "value");
    assert_eq!(serving.end("INT").code, 0);
}

#[test]
fn a_file_that_cannot_be_written_is_named_with_what_the_system_says() {
    let app = App::new(APP);
    set(&app, "KEY", "before");
    let tool = app.command(["secrets", "set", "KEY", "sk_live_canary"]);
    // As on a full disk: no file may become larger than nothing.
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]).arg(tool.get_program()).args(tool.get_args());
    command.current_dir(app.folder()).env_clear();
    command.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());

    let said = said(command.spawn().unwrap());

    let warning = said.err.lines().next().unwrap();
    assert!(warning.starts_with("warning: "), "{said:?}");
    let err = format!(
        "{warning}\nerror: `KEY` was not set: the local store (.bind-config/store) could not be written: File too large (os error \
         27)\n"
    );
    assert_eq!(said, Said { code: 2, out: String::new(), err });
    assert_eq!(app.ok("secrets get KEY"), "before");
}

#[test]
fn what_belongs_to_a_laptop_is_kept_out_of_git_whatever_the_project_ignores() {
    let app = App::new("app = \"orders\"\nstore = \"local\"\nstage = \"dev\"\n[secrets]\nKEY = \"x\"\n");

    app.ok("secrets set KEY --generate");

    assert_eq!(app.read(".bind-config/.gitignore"), "*\n");
}
