//! `check`: the gate before a deploy. What it finds, what it says, and its exit code.

mod parameters;
mod reported;

use bind_config_local::{Fault, LocalSsm, Operation};

use crate::app::{App, ORDERS, Said};
use crate::kit::{json, ssm};

/// An app on SSM whose manifest is written, with everything set for `dev`.
fn ready() -> (LocalSsm, App) {
    let secrets = [("STRIPE_KEY", "sk_12345678"), ("db_password", "hunter2"), ("PLAIN", "x")];
    let ssm = LocalSsm::with_secrets("orders", "dev", secrets).unwrap();
    let app = App::on(&ssm, ORDERS);
    app.ok("synth");
    (ssm, app)
}

fn check(app: &App, options: &str) -> Said {
    app.run(std::iter::once("check").chain(options.split_whitespace()))
}

/// What `check` says on stderr for an app on SSM, up to the verdict.
fn head(ssm: &LocalSsm, stage: &str) -> String {
    format!("`orders`, SSM at {}\nstage `{stage}`\n", ssm.endpoint())
}

const DEV: &str = "\
NAME         KIND       TYPE    STATE     VERSION  SET
MAX_ITEMS    parameter  u64     declared
PLAIN        secret     string  set       1        just now
SENTRY_DSN   secret     url     not set
STRIPE_KEY   secret     string  set       1        just now
VERSION      parameter  string  declared
db-password  secret     string  set       1        just now
";

#[test]
fn what_is_ready_is_told_line_by_line() {
    let (ssm, app) = ready();
    let err = format!("{}ready\n", head(&ssm, "dev"));
    assert_eq!(check(&app, "--stage dev"), Said { code: 0, out: DEV.to_owned(), err });
    assert_eq!(check(&app, "--stage dev --quiet"), Said { code: 0, out: DEV.to_owned(), err: String::new() });
}

#[test]
fn every_state_has_its_word_and_no_value_is_shown() {
    let (ssm, app) = ready();
    ssm.put_secret("orders", "prod", "STRIPE_KEY", "canary").unwrap();
    ssm.put_secret("orders", "prod", "LEFT", "canary").unwrap();
    ssm.put_fallback_secret("orders", "PLAIN", "canary").unwrap();
    ssm.put_fallback_secret("orders", "db_password", "canary").unwrap();
    let out = "\
NAME         KIND       TYPE    STATE                            VERSION  SET
MAX_ITEMS    parameter  u64     declared
PLAIN        secret     string  fallback                         1        just now
SENTRY_DSN   secret     url     missing
STRIPE_KEY   secret     string  wrong: it must start with `sk_`  1        just now
VERSION      parameter  string  declared
db-password  secret     string  missing
";
    let err = format!(
        "{}warning: stored in stage `prod` and not declared in bind.toml: `LEFT`
error: not ready: 3 problems
  bind-config secrets set SENTRY_DSN --stage prod
  bind-config secrets set STRIPE_KEY --stage prod
  bind-config secrets set db-password --stage prod
",
        head(&ssm, "prod")
    );
    assert_eq!(check(&app, "--stage prod"), Said { code: 1, out: out.to_owned(), err });
    assert!(!check(&app, "--stage prod --json --github").out.contains("canary"));
}

#[test]
fn a_function_has_its_own_answer() {
    let (ssm, app) = ready();
    ssm.delete("/sst/orders/dev/Secret/PLAIN/value").unwrap();
    assert_eq!(check(&app, "--stage dev").code, 1);
    let said = check(&app, "--stage dev --function api");
    let out = "NAME        KIND       TYPE    STATE     VERSION  SET\nSTRIPE_KEY  secret     string  set       1        just now\nVERSION     parameter  string  declared\n";
    assert_eq!((said.code, said.out.as_str()), (0, out));
    let said = check(&app, "--stage dev --function apii");
    assert_eq!(
        said,
        Said {
            code: 2,
            out: String::new(),
            err: "error: there is no function `apii`: did you mean `api`?\n".to_owned()
        }
    );
}

#[test]
fn all_stages_are_a_matrix_of_those_that_are_stored_and_those_that_are_declared() {
    let (ssm, app) = ready();
    ssm.put_secret("orders", "staging", "PLAIN", "x").unwrap();
    ssm.put_secret("other", "alien", "PLAIN", "x").unwrap();
    let said = check(&app, "--all-stages");
    let out = "\
NAME         dev       prod      staging
MAX_ITEMS    declared  declared  declared
PLAIN        set       missing   set
SENTRY_DSN   not set   missing   not set
STRIPE_KEY   set       missing   missing
VERSION      declared  declared  declared
db-password  set       missing   missing
";
    let err = format!(
        "`orders`, SSM at {}
error: not ready: 6 problems
  bind-config secrets set PLAIN --stage prod
  bind-config secrets set SENTRY_DSN --stage prod
  bind-config secrets set STRIPE_KEY --stage prod
  bind-config secrets set db-password --stage prod
  bind-config secrets set STRIPE_KEY --stage staging
  bind-config secrets set db-password --stage staging
",
        ssm.endpoint()
    );
    assert_eq!(said, Said { code: 1, out: out.to_owned(), err });
    assert_eq!(check(&app, "--all-stages --stage dev").code, 2, "one or all");
    let app = App::new("app = \"nobodys\"\nstore = \"local\"\n");
    app.ok("synth");
    assert_eq!(check(&app, "--all-stages").code, 0, "no stage at all");
}

#[test]
fn a_stage_that_nobody_has_heard_of_has_nothing() {
    let (_ssm, app) = ready();
    let said = check(&app, "--stage nowhere --json");
    assert_eq!(said.code, 1);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let missing = json["stages"][0]["bindings"].as_array().unwrap().iter().filter(|row| row["state"] == "missing");
    assert_eq!(
        missing.map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["PLAIN", "STRIPE_KEY", "db-password"]
    );
}

#[test]
fn offline_needs_no_store_no_stage_and_no_credentials() {
    let app = App::new(ORDERS).with("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:9");
    let err = "error: bindings.json is not there: run `bind-config synth`\nerror: not ready: 1 problem\n";
    assert_eq!(check(&app, "--offline"), Said { code: 1, out: String::new(), err: err.to_owned() });
    app.ok("synth");
    let err = "the manifest is what is declared\n";
    assert_eq!(check(&app, "--offline"), Said { code: 0, out: String::new(), err: err.to_owned() });
    assert_eq!(check(&app, "--stage dev").code, 2, "online it needs them");
}

#[test]
fn a_manifest_that_is_not_what_is_declared_is_told() {
    let (ssm, app) = ready();
    app.write("bind.toml", &ORDERS.replace("PLAIN = \"any text\"", "PLAIN = \"another text\""));
    let err = format!(
        "{}error: bindings.json is not what bind.toml says: run `bind-config synth` (`synth --check` shows the difference)\nerror: not ready: 1 problem\n",
        head(&ssm, "dev")
    );
    assert_eq!(check(&app, "--stage dev"), Said { code: 1, out: DEV.to_owned(), err });
    app.write(
        "bindings.json",
        "{ \"format\": \"bind-manifest\", \"version\": 1, \"app\": \"orders\", \"bindngs\": {} }\n",
    );
    let said = check(&app, "--offline");
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("bindngs") && said.err.contains("did you mean `bindings`?"), "{}", said.err);
    // The same content in other bytes is a difference too: the file is committed.
    app.ok("synth");
    let text = app.read("bindings.json");
    app.write("bindings.json", &text.replace("  ", "\t"));
    assert_eq!(check(&app, "--offline").code, 1);
}

#[test]
fn parameters_of_the_environment_are_looked_at() {
    let ssm = LocalSsm::start().unwrap();
    let declared = "app = \"orders\"\n[parameters]\nA = { value = { env = \"A_FROM\" }, type = \"u8\" }\nB = { value = { env = \"B_FROM\" }, required = [\"prod\"] }\nC = { deploy = true }\n[stages.prod.parameters]\nC = \"c\"\n";
    let app = App::on(&ssm, declared);
    app.ok("synth");
    app.write(".env.prod", "A_FROM=canary\n");
    let out = "\
NAME  KIND       TYPE    STATE                                                            VERSION  SET
A     parameter  u8      wrong: A_FROM must be a whole number from 0 to 255 (u8)
B     parameter  string  wrong: B_FROM is neither in the environment nor in an .env file
C     parameter  string  declared
";
    let err = format!(
        "{}error: not ready: 2 problems
  `A` in stage `prod`: A_FROM must be a whole number from 0 to 255 (u8)
  `B` in stage `prod`: B_FROM is neither in the environment nor in an .env file
",
        head(&ssm, "prod")
    );
    assert_eq!(check(&app, "--stage prod"), Said { code: 1, out: out.to_owned(), err });
    let said = check(&app.with("A_FROM", "7"), "--stage dev");
    let out = "\
NAME  KIND       TYPE    STATE              VERSION  SET
A     parameter  u8      declared
B     parameter  string  not set
C     parameter  string  by the deployment
";
    assert_eq!((said.code, said.out.as_str()), (0, out));
}

#[test]
fn github_reads_an_annotation_per_problem_at_the_line_that_declares_it() {
    let (ssm, app) = ready();
    ssm.put_secret("orders", "prod", "STRIPE_KEY", "canary").unwrap();
    ssm.put_secret("orders", "prod", "LEFT", "canary").unwrap();
    app.write("bindings.json", "");
    let said = check(&app, "--stage prod --github");
    assert_eq!(said.code, 1);
    let annotations: Vec<&str> = said.out.lines().filter(|line| line.starts_with("::")).collect();
    assert!(annotations[0].starts_with("::error file=bindings.json,title=bind-config::"), "{annotations:?}");
    assert_eq!(
        annotations[1..],
        [
            "::error file=bind.toml,line=7,title=PLAIN::PLAIN is missing in stage prod",
            "::error file=bind.toml,line=5,title=SENTRY_DSN::SENTRY_DSN is missing in stage prod",
            "::error file=bind.toml,line=4,title=STRIPE_KEY::STRIPE_KEY is wrong: it must start with `sk_` in stage prod",
            "::error file=bind.toml,line=6,title=db-password::db-password is missing in stage prod",
            "::warning file=bind.toml,title=LEFT::LEFT is stored in stage prod and not declared",
        ]
    );
    let said = check(&app, "--stage prod --github --json");
    assert!(serde_json::from_str::<serde_json::Value>(&said.out).is_ok() && said.err.contains("::error "), "{said:?}");
    app.ok("synth");
    let said = check(&app, "--stage dev --github");
    assert_eq!((said.code, said.out.as_str()), (0, DEV));
}

#[test]
fn a_file_below_the_folder_of_the_repository_is_annotated_with_its_path() {
    let app = App::new("");
    std::fs::remove_file(app.folder().join("bind.toml")).unwrap();
    app.write("services/orders/bind.toml", ORDERS);
    let folder = app.folder().canonicalize().unwrap();
    let app = app.with("GITHUB_WORKSPACE", folder.to_str().unwrap());
    let said = check(&app, "--offline --github --project services/orders");
    let out = "::error file=services/orders/bindings.json,title=bind-config::bindings.json is not there: run `bind-config synth`\n";
    assert_eq!((said.code, said.out.as_str()), (1, out));
}

#[test]
fn it_is_told_as_json() {
    let (ssm, app) = ready();
    ssm.put_secret("orders", "dev", "LEFT", "canary").unwrap();
    let said = check(&app, "--stage dev --function api --json");
    assert_eq!((said.code, said.err.as_str()), (0, "ready\n"));
    let mut json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let set = json["stages"][0]["bindings"][0]["set_at"].take();
    assert!(set.as_str().unwrap().ends_with('Z'), "{set}");
    let expected = serde_json::json!({
        "app": "orders",
        "stage": "dev",
        "store": { "kind": "ssm", "region": "us-east-1", "endpoint": ssm.endpoint() },
        "function": "api",
        "ready": true,
        "manifest": [],
        "left_out": [],
        "complete": true,
        "error": null,
        "stages": [{
            "stage": "dev",
            "store": { "kind": "ssm", "region": "us-east-1", "endpoint": ssm.endpoint() },
            "ready": true,
            "complete": true,
            "undeclared": ["LEFT"],
            "bindings": [
                { "name": "STRIPE_KEY", "kind": "secret", "type": "string", "state": "set", "why": null, "version": 1, "set_at": null },
                { "name": "VERSION", "kind": "parameter", "type": "string", "state": "declared", "why": null, "version": null, "set_at": null },
            ],
        }],
    });
    assert_eq!(json, expected);
}

#[test]
fn where_listing_is_denied_what_is_declared_is_looked_at_by_name() {
    let (ssm, app) = ready();
    ssm.put_secret("orders", "dev", "LEFT", "canary").unwrap();
    ssm.inject(Fault::deny().on(Operation::GetParametersByPath));
    let note = "stage `dev`: these credentials may not list (ssm:GetParametersByPath), so that what is not declared was not seen\n";
    let err = format!("{}{note}ready\n", head(&ssm, "dev"));
    assert_eq!(check(&app, "--stage dev"), Said { code: 0, out: DEV.to_owned(), err });
    let said = check(&app, "--all-stages");
    assert_eq!(said.code, 1);
    assert!(said.out.starts_with("NAME         prod\n"), "those that are declared: {}", said.out);
    let unseen = "these credentials may not list (ssm:GetParametersByPath): stages that bind.toml does not name were not looked at\n";
    assert!(said.err.starts_with(unseen), "{}", said.err);
    let said = app.run(["check", "--all-stages", "--json"]);
    assert_eq!(json(&said)["complete"], false);
}

#[test]
fn stages_that_the_path_does_not_tell_are_said_to_be_unseen() {
    let ssm = ssm();
    let app = App::on(
        &ssm,
        "app = \"orders\"\nssm_prefix = \"/x-{stage}/\"\n[secrets]\nKEY = \"of a partner\"\n[stages.dev]\n",
    );
    for stage in ["dev", "other"] {
        assert_eq!(app.run(["secrets", "set", "KEY", "v", "--stage", stage]).code, 0);
    }
    app.ok("synth");
    let unseen = "in `ssm_prefix` the stage is no part of the path by itself: stages that bind.toml does not name were not looked at\n";

    let check = app.run(["check", "--all-stages"]);
    let list = app.run(["secrets", "list", "--all-stages"]);

    assert_eq!((check.code, check.out.as_str()), (0, "NAME  dev\nKEY   set\n"));
    assert!(check.err.starts_with(unseen), "{}", check.err);
    assert!(list.code == 0 && list.err.ends_with(unseen), "{}", list.err);
    for command in ["check", "secrets list"] {
        let said = app.run(command.split(' ').chain(["--all-stages", "--json"]));
        assert_eq!(json(&said)["complete"], false, "{command}");
    }
}

#[test]
fn what_cannot_be_asked_is_no_answer() {
    let (ssm, app) = ready();
    ssm.inject(Fault::deny().on_reads());
    let said = check(&app, "--stage dev");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.starts_with("error: the secrets were not read: AWS denies ssm:GetParameters on "), "{}", said.err);
    let said = check(&App::new(ORDERS).with("AWS_REGION", "eu-west-1"), "--stage dev");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("there are no AWS credentials"), "{}", said.err);
}

#[test]
fn a_gate_that_nobody_reads_is_none_the_less_closed() {
    let (_ssm, app) = ready();
    for (stage, code) in [("dev", 0), ("prod", 1)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = app.command(["check", "--stage", stage]).stdout(writer).status().unwrap();
        assert_eq!(status.code(), Some(code), "{stage}");
    }
}

#[test]
fn the_commands_name_the_store_that_an_argument_names() {
    let app = App::new("app = \"a\"\n[secrets]\nKEY = \"\"\n");
    app.ok("synth");
    let said = check(&app, "--stage dev --store local");
    assert_eq!(said.code, 1);
    assert!(said.err.ends_with("\n  bind-config secrets set KEY --stage dev --store local\n"), "{}", said.err);
}

#[test]
fn a_fallback_that_does_not_fit_does_not_pass() {
    let ssm = ssm();
    let app = App::on(&ssm, "app = \"orders\"\nstage = \"dev\"\n[secrets]\nPORT = { type = \"u16\" }\n");
    app.ok("synth");
    ssm.put_fallback_secret("orders", "PORT", "many").unwrap();

    let said = app.run(["check"]);

    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("wrong: it must be a whole number from 0 to 65535 (u16)"), "{said:?}");
}
