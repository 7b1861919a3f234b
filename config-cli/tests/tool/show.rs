//! `show`, and `parameters list`: where values would come from, and the copies of parameters.

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation};

use crate::app::{App, ORDERS, Said};

const PARAMETERS: &str = r#"app = "orders"
stage = "dev"

[parameters]
A = 5
B = { value = { env = "B_FROM" }, required = ["prod"] }
C = { deploy = true, fetch = true }
D = { required = false }
E = { default = "e", required = false }
"#;

#[test]
fn it_is_shown_where_each_value_would_come_from() {
    let ssm = LocalSsm::with_secrets("orders", "dev", [("STRIPE_KEY", "canary"), ("STRIPE_KEY", "canary2")]).unwrap();
    ssm.put_fallback_secret("orders", "PLAIN", "canary").unwrap();
    let app = App::on(&ssm, ORDERS);
    let out = "\
NAME         KIND       TYPE              FROM
MAX_ITEMS    parameter  u64     required  bind.toml
PLAIN        secret     string  required  /sst/orders/.fallback/Secret/PLAIN/value (version 1)
SENTRY_DSN   secret     url     optional  not set: neither /sst/orders/dev/Secret/SENTRY_DSN/value nor /sst/orders/.fallback/Secret/SENTRY_DSN/value
STRIPE_KEY   secret     string  required  /sst/orders/dev/Secret/STRIPE_KEY/value (version 2)
VERSION      parameter  string  required  bind.toml
db-password  secret     string  required  not set: /sst/orders/dev/Secret/db_password/value
";
    assert_eq!(
        app.run(["show", "--stage", "dev"]),
        Said { code: 0, out: out.to_owned(), err: format!("`orders` in stage `dev`, SSM at {}\n", ssm.endpoint()) }
    );
    let said = app.run(["show", "api", "--stage", "dev"]);
    let out = "\
NAME        KIND       TYPE              FROM
STRIPE_KEY  secret     string  required  /sst/orders/dev/Secret/STRIPE_KEY/value (version 2)
VERSION     parameter  string  required  bind.toml
";
    assert_eq!(
        said,
        Said {
            code: 0,
            out: out.to_owned(),
            err: format!("`api` of `orders` in stage `dev`, SSM at {}\n", ssm.endpoint())
        }
    );
}

#[test]
fn without_a_store_it_is_shown_where_functions_will_look() {
    let app = App::new(ORDERS);
    let said = app.run(["show", "api", "--stage", "dev"]);
    let out = "\
NAME        KIND       TYPE              FROM
STRIPE_KEY  secret     string  required  /sst/orders/dev/Secret/STRIPE_KEY/value, else /sst/orders/.fallback/Secret/STRIPE_KEY/value
VERSION     parameter  string  required  bind.toml
";
    let err = "warning: what is stored is not known: AWS cannot be asked: no AWS region is set: give `--region`, AWS_REGION, or a `region` in the profile; the store of this laptop needs none (`--store local`)\n`api` of `orders` in stage `dev`\n";
    assert_eq!(said, Said { code: 0, out: out.to_owned(), err: err.to_owned() });
    let ssm = LocalSsm::start().unwrap();
    ssm.inject(Fault::deny().on_reads());
    let said = App::on(&ssm, ORDERS).run(["show", "api", "--stage", "dev"]);
    assert_eq!((said.code, said.out.as_str()), (0, out));
    assert!(
        said.err.starts_with("warning: what is stored is not known: the secrets were not read: AWS denies "),
        "{}",
        said.err
    );
}

#[test]
fn parameters_need_no_store() {
    let out = "\
NAME  KIND       TYPE              FROM
A     parameter  i64     required  bind.toml
B     parameter  string  optional  not set: B_FROM is neither in the environment nor in an .env file
C     parameter  string  required  whoever deploys, fetched from /sst/orders/dev/Parameter/C/value
D     parameter  string  optional  the deployment
E     parameter  string  optional  the default, under `bind` alone
";
    let err = "`orders` in stage `dev`\n".to_owned();
    assert_eq!(App::new(PARAMETERS).run(["show"]), Said { code: 0, out: out.to_owned(), err });
}

#[test]
fn it_is_shown_whether_a_variable_is_there_and_where() {
    let declared = "app = \"a\"\nstage = \"dev\"\n[parameters]\nA = { value = { env = \"A\" } }\nB = { value = { env = \"B\" } }\nC = { value = { env = \"C\" }, default = \"c\" }\nD = { value = { env = \"D\" }, fetch = true }\nE = { value = { env = \"E\" } }\n";
    let app = App::new(declared).with("A", "canary");
    app.write(".env.dev", "A=canary\nB=canary\n");
    let mut command = app.command(["show"]);
    command.env("E", <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(vec![0xff]));
    let out = "\
NAME  KIND       TYPE              FROM
A     parameter  string  required  A of the environment
B     parameter  string  required  B of an .env file
C     parameter  string  required  the default, under `bind` alone: C is neither in the environment nor in an .env file
D     parameter  string  required  not set: D is neither in the environment nor in an .env file, fetched from /sst/a/dev/Parameter/D/value
E     parameter  string  required  not readable: E of the environment is not UTF-8
";
    let expected = Said { code: 0, out: out.to_owned(), err: "`a` in stage `dev`\n".to_owned() };
    assert_eq!(crate::app::said(command.spawn().unwrap()), expected);
}

#[test]
fn it_is_told_as_json() {
    let said = App::new(PARAMETERS).run(["show", "--stage", "prod", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let row = serde_json::json!({ "name": "B", "kind": "parameter", "type": "string", "required": true, "source": "environment", "override": null, "is_set": false, "from": "not set: B_FROM is neither in the environment nor in an .env file" });
    assert_eq!(
        (&json["stage"], &json["function"], &json["bindings"][1]),
        (&"prod".into(), &serde_json::Value::Null, &row)
    );
}

#[test]
fn a_function_that_is_not_there_is_suggested() {
    let said = App::new(ORDERS).run(["show", "workr", "--stage", "dev"]);
    let err = "error: there is no function `workr`: did you mean `worker`?\n".to_owned();
    assert_eq!(said, Said { code: 2, out: String::new(), err });
}

/// An app whose deployments have left copies in both layouts.
fn copies() -> (LocalSsm, App) {
    let ssm = LocalSsm::start().unwrap();
    for parameter in [
        NewParameter::string("/sst/orders/dev/parameters/A", "5"),
        NewParameter::string("/sst/orders/dev/Parameter/A/value", "6"),
        NewParameter::string("/sst/orders/dev/Parameter/OLD_ONE/value", "two\nlines"),
        NewParameter::secure("/sst/orders/dev/parameters/C", "canary"),
        NewParameter::string("/sst/orders/dev/parameters/deep/er", "7"),
        NewParameter::string("/sst/orders/dev/Parameter/other/prop", "8"),
        NewParameter::string("/sst/orders/prod/parameters/A", "9"),
    ] {
        ssm.put(parameter).unwrap();
    }
    ssm.put_secret("orders", "dev", "KEY", "canary").unwrap();
    let app = App::on(&ssm, PARAMETERS);
    (ssm, app)
}

#[test]
fn copies_of_parameters_are_listed_in_both_layouts() {
    let (ssm, app) = copies();
    let out = "\
PARAMETER  VALUE      LAYOUT      VERSION  SET
A          5          documented  1        just now
A          6          sst-v2      1        just now
C          •••        documented  1        just now
OLD_ONE    two\u{fffd}lines  sst-v2      1        just now  undeclared
";
    let err = format!("stage `dev` of `orders`, SSM at {}\n", ssm.endpoint());
    assert_eq!(app.run(["parameters", "list"]), Said { code: 0, out: out.to_owned(), err });
    let said = app.run(["parameters", "list", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let values: Vec<_> = json["parameters"].as_array().unwrap().iter().map(|row| row["value"].clone()).collect();
    assert_eq!(values, ["5".into(), "6".into(), serde_json::Value::Null, "two\nlines".into()]);
    assert_eq!(json["parameters"][3]["path"], "/sst/orders/dev/Parameter/OLD_ONE/value");
    assert_eq!(json["parameters"][3]["declared"], false);
}

#[test]
fn no_copies_are_no_failure_and_no_permission_is_one() {
    let (ssm, app) = copies();
    let said = app.run(["parameters", "list", "--stage", "new"]);
    let err = format!(
        "stage `new` of `orders`, SSM at {}\nno parameter is there: a deployment writes them (`bind-config synth --out DIR`)\n",
        ssm.endpoint()
    );
    assert_eq!(said, Said { code: 0, out: String::new(), err });
    assert_eq!(app.ok("parameters list --stage new --json").matches("\"parameters\": []").count(), 1);
    ssm.inject(Fault::deny().on(Operation::GetParametersByPath));
    let said = app.run(["parameters", "list"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(
        said.err.starts_with("error: the parameters were not read: AWS denies ssm:GetParametersByPath on "),
        "{}",
        said.err
    );
}

#[test]
fn a_variable_of_the_binding_itself_comes_before_all_else() {
    let ssm = LocalSsm::with_secrets("orders", "dev", [("STRIPE_KEY", "canary"), ("PLAIN", "canary")]).unwrap();
    let app = App::on(&ssm, ORDERS)
        .with("SST_Secret_value_STRIPE_KEY", "sk_canary_of_a_shell")
        .with("SST_Parameter_value_VERSION", "canary");
    app.write(
        ".env.dev",
        "SST_Secret_value_db_password=canary\nSST_Parameter_value_MAX_ITEMS=7\nSST_Secret_value_PLAIN=\n",
    );
    let out = "\
NAME         KIND       TYPE              FROM
MAX_ITEMS    parameter  u64     required  under `bind` SST_Parameter_value_MAX_ITEMS of an .env file; else bind.toml
PLAIN        secret     string  required  /sst/orders/dev/Secret/PLAIN/value (version 1)
SENTRY_DSN   secret     url     optional  not set: neither /sst/orders/dev/Secret/SENTRY_DSN/value nor /sst/orders/.fallback/Secret/SENTRY_DSN/value
STRIPE_KEY   secret     string  required  under `bind` SST_Secret_value_STRIPE_KEY of the environment; else /sst/orders/dev/Secret/STRIPE_KEY/value (version 1)
VERSION      parameter  string  required  under `bind` SST_Parameter_value_VERSION of the environment; else bind.toml
db-password  secret     string  required  under `bind` SST_Secret_value_db_password of an .env file; else not set: /sst/orders/dev/Secret/db_password/value
";
    let err = format!("`orders` in stage `dev`, SSM at {}\n", ssm.endpoint());
    assert_eq!(app.run(["show", "--stage", "dev"]), Said { code: 0, out: out.to_owned(), err });
    let json: serde_json::Value = serde_json::from_str(&app.ok("show --stage dev --json")).unwrap();
    let rows = json["bindings"].as_array().unwrap().iter();
    let sources: Vec<_> = rows.map(|row| (row["source"].as_str().unwrap(), row["override"].as_str())).collect();
    let (file, shell) = (Some("env-file"), Some("environment"));
    let expected = [
        ("bind.toml", file),
        ("stage", None),
        ("store", None),
        ("stage", shell),
        ("bind.toml", shell),
        ("store", file),
    ];
    assert_eq!(sources, expected);
}

#[test]
fn for_a_list_of_copies_no_key_is_asked_for() {
    let (ssm, app) = copies();
    ssm.put(NewParameter::secure("/sst/orders/dev/parameters/D", "canary").key("alias/own")).unwrap();
    ssm.inject(Fault::deny_key("alias/own"));

    let out = app.ok("parameters list");

    assert!(out.contains("\nD          •••  ") && !out.contains("canary"), "{out}");
    assert!(ssm.calls().iter().all(|call| !call.with_decryption));
}
