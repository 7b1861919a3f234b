//! `secrets load`: all secrets of a file or none of them, whatever happens on the way.

mod lost;
mod together;
mod undo;

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation};

use crate::app::{App, ORDERS, Said};
use crate::kit::{body, dev, expected, fallback_path, is_silent_about, json, path, plain, ssm};

/// In every value that is loaded here, or stored before.
const CANARIES: [&str; 2] = ["hunter", "sk_live"];

fn load(ssm: &LocalSsm, app: &App, arguments: &[&str]) -> Said {
    let said = app.run(["secrets", "load", "--stage", "dev"].iter().chain(arguments));
    is_silent_about(&said, &CANARIES);
    plain(ssm, said)
}

/// An app with a file of these lines, `new.env`.
fn app_with(ssm: &LocalSsm, text: &str) -> App {
    let app = App::on(ssm, ORDERS);
    app.write("new.env", text);
    app
}

/// What is in every secret of `dev`, by name and version.
fn stored(ssm: &LocalSsm) -> Vec<(String, String)> {
    ssm.names().into_iter().map(|name| (name.clone(), ssm.value(&name).unwrap())).collect()
}

const THREE: &str = "STRIPE_KEY=sk_live_hunter_new\nPLAIN='hunter new'\ndb-password=hunter-new\n";

const NOBODY: &str = "no deployed function uses them in stage `dev` of `orders`\n";

/// Three names are in the file; two are set, in the order of the file the first and the third.
fn two_of_three() -> (LocalSsm, App) {
    let ssm = ssm();
    let app = app_with(&ssm, THREE);
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_live_hunter_old").unwrap();
    ssm.put_secret("orders", "dev", "db-password", "hunter old\r\n\n").unwrap();
    (ssm, app)
}

const PUT: Operation = Operation::PutParameter;

const LAST: &str = "AWS denies ssm:PutParameter on arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/dev/Secret/db_password/value: these credentials need that permission";

#[test]
fn a_dotenv_file_is_loaded_as_a_whole() {
    let (ssm, app) = two_of_three();

    let said = load(&ssm, &app, &["new.env"]);

    let table = "NAME         CHANGE\nSTRIPE_KEY   changed, from version 1\nPLAIN        new\ndb-password  changed, from version 1\n";
    assert_eq!(
        said,
        expected(0, table, &format!("3 secrets are set in stage `dev` of `orders`, SSM at URL.\n{NOBODY}"))
    );
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_hunter_new"));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter new"));
    assert_eq!(dev(&ssm, "db_password").as_deref(), Some("hunter-new"));
}

#[test]
fn a_json_file_keeps_what_no_dotenv_line_can() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    app.write("new.json", "\u{feff} { \"PLAIN\": \"hunter\\r\\n$X '\\\"`\\\\n\" }");

    let said = load(&ssm, &app, &["new.json"]);

    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter\r\n$X '\"`\\n"));
}

#[test]
fn stdin_is_a_file_too_and_nothing_is_expanded() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS).with("HOME_OF", "expanded");

    let said = app.run_with(b"PLAIN=hunter-$HOME_OF-${HOME_OF}-$(id)\n", ["secrets", "load", "-", "--stage", "dev"]);

    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter-$HOME_OF-${HOME_OF}-$(id)"));
}

#[test]
fn the_fallback_is_loaded_on_demand_and_secrets_that_have_none_are_refused() {
    let ssm = ssm();
    let app = app_with(&ssm, "PLAIN=hunter\n");

    let said = app.run(["secrets", "load", "new.env", "--fallback", "--quiet"]);
    assert_eq!(said, expected(0, "NAME   CHANGE\nPLAIN  new\n", ""));
    assert_eq!(stored(&ssm), [(fallback_path("PLAIN"), "hunter".to_owned())]);
    app.write("new.env", "db_password=hunter\n");
    let said = app.run(["secrets", "load", "new.env", "--fallback"]);
    let table =
        "NAME         CHANGE\ndb_password  wrong: `db-password` has no fallback: bind.toml says `fallback = false`\n";
    let err = "error: nothing is set in the fallback of `orders`, SSM at URL: 1 of 1 cannot be\n";
    assert_eq!(plain(&ssm, said), expected(1, table, err));
}

#[test]
fn a_plan_shows_everything_and_writes_nothing() {
    let ssm = ssm();
    let text = format!(
        "PLAIN=hunter\nSTRIPE_KEY=pk_hunter\nSTRIP_KEY=hunter\nSENTRY_DSN=https://hunter.example\ndb-password={}\nVERSION=hunter\n",
        "x".repeat(8193)
    );
    let app = app_with(&ssm, &text);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter").unwrap();
    ssm.put_secret("orders", "dev", "SENTRY_DSN", "https://hunter.old").unwrap();

    let said = load(&ssm, &app, &["new.env", "--plan"]);
    let table = "\
NAME         CHANGE
PLAIN        same
STRIPE_KEY   wrong: it must start with `sk_`
STRIP_KEY    wrong: `STRIP_KEY` is not declared in bind.toml: did you mean `STRIPE_KEY`? (`--undeclared` sets it all the same)
SENTRY_DSN   changed, from version 1
db-password  wrong: it has 8193 characters; SSM takes at most 8,192 characters
VERSION      wrong: `VERSION` is a parameter, no secret: its value is in bind.toml
";
    assert_eq!(
        said,
        expected(1, table, "error: nothing is set in stage `dev` of `orders`, SSM at URL: 4 of 6 cannot be\n")
    );
    let report = json(&load(&ssm, &app, &["new.env", "--plan", "--json"]));
    let changes: Vec<_> =
        report["plan"].as_array().unwrap().iter().map(|row| row["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["same", "misfit", "undeclared", "changed", "too-large", "undeclared"]);
    let said = load(&ssm, &app, &["new.env"]);
    assert_eq!(
        said,
        expected(1, table, "error: nothing is set in stage `dev` of `orders`, SSM at URL: 4 of 6 cannot be\n")
    );
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn undeclared_names_are_loaded_on_demand_and_must_have_the_form_of_one() {
    let ssm = ssm();
    let app = app_with(&ssm, "OTHER=hunter\n");

    let said = load(&ssm, &app, &["new.env", "--undeclared"]);
    assert_eq!((said.code, dev(&ssm, "OTHER").as_deref()), (0, Some("hunter")), "{said:?}");
    app.write(
        "new.json",
        r#"{ "OTHER": "hunter", "a/b": "hunter", "007": "hunter", "APP": "hunter", "VERSION": "hunter" }"#,
    );
    let said = load(&ssm, &app, &["new.json", "--undeclared"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (1, "error: nothing is set in stage `dev` of `orders`, SSM at URL: 4 of 5 cannot be\n"),
        "{said:?}"
    );
}

#[test]
fn an_empty_value_in_the_middle_stops_it_before_the_first_write() {
    let ssm = ssm();
    let app = app_with(&ssm, "PLAIN=hunter\nSTRIPE_KEY=\n\ndb-password=hunter\n");

    let said = load(&ssm, &app, &["new.env"]);

    let table = "\
NAME         CHANGE
PLAIN        new
STRIPE_KEY   wrong: it is empty, which a secret never is (`secrets remove` takes it away)
db-password  new
";
    assert_eq!(
        said,
        expected(1, table, "error: nothing is set in stage `dev` of `orders`, SSM at URL: 1 of 3 cannot be\n")
    );
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn lines_that_dotenv_takes_for_something_else_stop_all_of_it() {
    let ssm = ssm();
    let app = app_with(
        &ssm,
        "PLAIN=-----BEGIN hunter-----\nhunter/+\n-----END hunter-----\ndb-password=hunter#2\nSTRIPE_KEY=\"sk_live_hunter\n",
    );

    let said = load(&ssm, &app, &["new.env"]);

    let file = app.folder().join("new.env");
    let text = format!(
        "\
error: nothing is set: {}
  line 2: it has no effect; if it is a part of the value above, that needs quotes
  line 3: it has no effect; if it is a part of the value above, that needs quotes
  line 4: `db-password`: the rest behind `#` is taken for a comment; in quotes it is a part of the value
  line 5: `STRIPE_KEY`: the quote that begins its value is not closed, or something comes behind it
",
        file.display()
    );
    assert_eq!(said, expected(1, "", &text));
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn two_spellings_of_one_name_are_refused() {
    let ssm = ssm();
    let app = app_with(&ssm, "db-password=hunter1\ndb_password=hunter2\n");

    let said = load(&ssm, &app, &["new.env"]);

    let table = "NAME         CHANGE\ndb-password  new\ndb_password  wrong: it is the same secret as `db-password`\n";
    assert_eq!(
        said,
        expected(1, table, "error: nothing is set in stage `dev` of `orders`, SSM at URL: 1 of 2 cannot be\n")
    );
    assert!(ssm.names().is_empty());
}

#[test]
fn what_is_no_file_of_secrets_is_refused_without_a_word_of_it() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let refused = |bytes: &[u8], why: &str| {
        std::fs::write(app.folder().join("new.env"), bytes).unwrap();
        let file = app.folder().join("new.env");
        let text = format!("error: nothing is set: {} {why}\n", file.display());
        assert_eq!(load(&ssm, &app, &["new.env"]), expected(1, "", &text));
    };

    refused(b"PLAIN=hunter\xff\n", "is not UTF-8, and values would be damaged");
    refused(b"\xff\xfeP\0L\0A\0I\0N\0=\0h\0u\0n\0t\0e\0r\0", "is not UTF-8, and values would be damaged");
    refused(b"hunter hunter\n", "has no `NAME=value` line and is no JSON object");
    refused(b"{ \"PLAIN\": \"hunter\", }", "is not JSON (line 1, column 22)");
    refused(b"{ \"PLAIN\": 5 }", "has something else than a string under `PLAIN`: put the value in quotes");
    refused(
        b"{ \"PLAIN\": { \"hunter\": \"hunter\" } }",
        "has something else than a string under `PLAIN`: put the value in quotes",
    );
    refused(b"{ \"PLAIN\": \"hunter1\", \"PLAIN\": \"hunter2\" }", "has `PLAIN` twice");
    refused(b"[\"hunter\"]", "has no `NAME=value` line and is no JSON object");
    let said = load(&ssm, &app, &["nowhere.env"]);
    let text =
        format!("error: {}: No such file or directory (os error 2)\n", app.folder().join("nowhere.env").display());
    assert_eq!(said, expected(2, "", &text));
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn where_nothing_changes_nothing_is_written_and_nothing_restarted() {
    // Set two hours ago, and just now: a run that was cut off has restarted nothing.
    let told = "what is the same was set a short time ago; if that run was cut off: bind-config secrets restart PLAIN \
                STRIPE_KEY db_password --stage dev\n";
    for (offset, told) in [(-7200, ""), (0, told)] {
        let ssm = LocalSsm::builder().clock_offset(offset).start().unwrap();
        let app = app_with(&ssm, THREE);
        assert_eq!(load(&ssm, &app, &["new.env"]).code, 0);
        ssm.clear_calls();

        let said = load(&ssm, &app, &["new.env"]);

        let table = "NAME         CHANGE\nSTRIPE_KEY   same\nPLAIN        same\ndb-password  same\n";
        let text = format!("everything is as it was in stage `dev` of `orders`, SSM at URL.\n{told}");
        assert_eq!(said, expected(0, table, &text));
        assert_eq!(ssm.count(Operation::PutParameter) + ssm.count(Operation::ListFunctions), 0);
        assert!(!load(&ssm, &app, &["new.env", "--no-restart"]).err.contains("cut off"));
    }
}

#[test]
fn an_empty_file_sets_nothing_and_says_so() {
    let ssm = ssm();
    let app = app_with(&ssm, "# nothing yet\n\n");

    let said = load(&ssm, &app, &["new.env"]);

    assert_eq!(
        said,
        expected(0, "", "there is no secret in it\neverything is as it was in stage `dev` of `orders`, SSM at URL.\n")
    );
    assert_eq!(
        body(&load(&ssm, &app, &["new.env", "--json"])),
        serde_json::json!({ "plan": [], "stored": [], "restarts": [], "error": null })
    );
}

#[test]
fn json_tells_the_plan_and_what_was_set() {
    let (ssm, app) = two_of_three();

    let report = body(&load(&ssm, &app, &["new.env", "--json"]));

    assert_eq!(
        report,
        serde_json::json!({
            "plan": [
                { "name": "STRIPE_KEY", "change": "changed", "why": null, "from_version": 1 },
                { "name": "PLAIN", "change": "new", "why": null, "from_version": null },
                { "name": "db-password", "change": "changed", "why": null, "from_version": 1 },
            ],
            "stored": [{ "name": "STRIPE_KEY", "version": 2 }, { "name": "PLAIN", "version": 1 }, { "name": "db-password", "version": 2 }],
            "restarts": [],
            "error": null,
        })
    );
}

#[test]
fn a_plain_string_in_the_middle_stops_it_before_the_first_write() {
    let ssm = ssm();
    let app = app_with(&ssm, THREE);
    ssm.put(NewParameter::string(path("dev", "PLAIN"), "hunter old")).unwrap();

    let said = load(&ssm, &app, &["new.env"]);

    assert_eq!(said.code, 1);
    assert!(said.out.contains("PLAIN        wrong: it is stored as a plain String, which SSM does not turn into a secret: remove it first\n"), "{said:?}");
    assert_eq!(ssm.count(Operation::PutParameter), 0);
}

#[test]
fn a_store_that_cannot_be_read_is_no_empty_one() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::deny().on(Operation::GetParameters));

    let said = load(&ssm, &app, &["new.env"]);

    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(
        said.err.starts_with(
            "error: nothing is set: stage `dev` of `orders` could not be read: AWS denies ssm:GetParameters on "
        ),
        "{said:?}"
    );
}
