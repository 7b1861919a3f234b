//! What stands around it: profiles, values that the caller gives, another `bind`, its own variables and folder.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::process::Stdio;

use bind_config_local::LocalSsm;

use super::{bound, nothing, orders, sh, variables};
use crate::app::{App, ORDERS, Said, said};

#[test]
fn profile_and_region_reach_the_command() {
    let app = nothing().with("AWS_REGION", "eu-west-1").with("SST_REGION", "eu-west-2").with("AWS_PROFILE", "old");
    let print = "echo $AWS_PROFILE $AWS_REGION $AWS_DEFAULT_REGION $SST_REGION";
    assert_eq!(app.run(sh(print)).out, "old eu-west-1 eu-west-2\n");
    let said = app.run(["bind", "--profile", "ops", "--region", "us-west-1", "--", "sh", "-c", print]);
    assert_eq!(said.out, "ops us-west-1 us-west-1 us-west-1\n");
}

#[test]
fn a_profile_that_is_named_comes_before_the_keys_of_the_environment() {
    let (ssm, app) = orders();
    let right = ssm.variables("", "");
    let key = |name: &str| right.value(name).unwrap().to_owned();
    let profile = format!(
        "[profile ops]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        key("AWS_ACCESS_KEY_ID"),
        key("AWS_SECRET_ACCESS_KEY")
    );
    app.write(".aws/config", &profile);
    let app = app.with("AWS_ACCESS_KEY_ID", "AKIAOFANOTHER").with("AWS_SECRET_ACCESS_KEY", "another");
    app.write(".env", "AWS_ACCESS_KEY_ID=of_a_file\nAWS_SESSION_TOKEN=of_a_file\n");
    assert_eq!(app.run(["bind", "--stage", "dev", "--", "env"]).code, 2);
    let script = "echo $AWS_PROFILE ${AWS_ACCESS_KEY_ID-none} ${AWS_SECRET_ACCESS_KEY-none} ${AWS_SESSION_TOKEN-none} $SST_Secret_value_PLAIN";
    let said = app.run(["bind", "--stage", "dev", "--profile", "ops", "--", "sh", "-c", script]);
    assert_eq!(said, Said { code: 0, out: "ops none none none a b\n".to_owned(), err: String::new() });
    assert_eq!(app.ok("secrets get PLAIN --stage dev --profile ops"), "a b");
}

#[test]
fn a_profile_may_say_where_the_values_are_read_from() {
    // No such region is AWS's, so that whoever asked AWS would ask nobody.
    let ssm = LocalSsm::builder().region("xx-nowhere-1").start().unwrap();
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_12345678").unwrap();
    let keys = ssm.variables("", "");
    let key = |name: &str| keys.value(name).unwrap().to_owned();
    let app = App::new(ORDERS).with("AWS_EC2_METADATA_DISABLED", "true").with("AWS_CONFIG_FILE", "aws.ini");
    let profile = format!(
        "[profile here]\nregion = xx-nowhere-1\nendpoint_url = {}\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        ssm.endpoint(),
        key("AWS_ACCESS_KEY_ID"),
        key("AWS_SECRET_ACCESS_KEY")
    );
    app.write("aws.ini", &profile);

    let command = "bind --stage dev --profile here --function api -- printenv SST_Secret_value_STRIPE_KEY";

    let said = app.run(command.split(' '));
    assert_eq!(said, Said { code: 0, out: "sk_12345678\n".to_owned(), err: String::new() });
}

#[test]
fn one_value_is_given_by_the_environment_and_the_others_come_from_the_stage() {
    let (_ssm, app) = orders();
    let app = app.with("SST_Secret_value_PLAIN", "own").with("SST_Parameter_value_MAX_ITEMS", "3");
    let values = bound(&app, "bind --stage dev");
    assert_eq!(values["SST_Secret_value_PLAIN"], "own");
    assert_eq!(values["SST_Parameter_value_MAX_ITEMS"], "3");
    assert_eq!(values["SST_Secret_value_STRIPE_KEY"], "sk_12345678");
    // An empty secret is none, as for a function.
    assert_eq!(bound(&app.with("SST_Secret_value_PLAIN", ""), "bind --stage dev")["SST_Secret_value_PLAIN"], "a b");
}

#[test]
fn a_value_that_the_environment_gives_is_told_wherever_it_comes_from() {
    let (_ssm, app) = orders();
    let app = app.with("SST_Secret_value_PLAIN", "own").with("SST_Parameter_value_MAX_ITEMS", "3");
    let err = "from the environment instead of the stage: SST_Parameter_value_MAX_ITEMS, SST_Secret_value_PLAIN\n";
    let said = app.run(["bind", "--stage", "dev", "--", "printenv", "SST_Secret_value_PLAIN"]);
    assert_eq!(said, Said { code: 0, out: "own\n".to_owned(), err: err.to_owned() });
    assert_eq!(app.run(["bind", "--stage", "dev", "--quiet", "--", "true"]).err, "");
}

#[test]
fn a_value_may_be_given_as_a_marker() {
    let (ssm, app) = orders();
    ssm.put(bind_config_local::NewParameter::secure("/shared/key", "elsewhere")).unwrap();
    let app = app
        .with("SST_Secret_value_PLAIN", "__FETCH_FROM_SSM__:/shared/key")
        .with("SST_Secret_value_db_password", "__FETCH_FROM_SECRET__:STRIPE_KEY");
    let values = bound(&app, "bind --stage dev");
    assert_eq!(
        (values["SST_Secret_value_PLAIN"].as_str(), values["SST_Secret_value_db_password"].as_str()),
        ("elsewhere", "sk_12345678")
    );
}

#[test]
fn one_value_is_given_by_an_env_file_which_is_told() {
    let (_ssm, app) = orders();
    app.write(".env.local", "SST_Secret_value_PLAIN=own\nSST_Parameter_value_MAX_ITEMS=4\n");
    let said = app.run(["bind", "--stage=dev", "--", "env", "-0"]);
    let values = variables(&said.out);
    assert_eq!(
        (values["SST_Secret_value_PLAIN"].as_str(), values["SST_Parameter_value_MAX_ITEMS"].as_str()),
        ("own", "4")
    );
    let err = "from an .env file instead of the stage: SST_Parameter_value_MAX_ITEMS, SST_Secret_value_PLAIN\n";
    assert_eq!((said.code, said.err.as_str()), (0, err));
    assert_eq!(app.run(["bind", "--stage=dev", "--quiet", "--", "true"]).err, "");
}

#[test]
fn a_bind_of_another_stage_around_it_gives_no_values() {
    let (ssm, app) = orders();
    for (name, value) in [("db_password", "of_prod"), ("PLAIN", "of_prod"), ("SENTRY_DSN", "https://prod")] {
        ssm.put_secret("orders", "prod", name, value).unwrap();
    }
    let inner = env!("CARGO_BIN_EXE_bind-config");
    let alone = bound(&app, "bind --stage prod --function api");
    assert_eq!(alone["SST_Secret_value_STRIPE_KEY"], "sk_of_prod");
    let said = app.run(format!("bind --stage dev -- {inner} bind --stage prod --function api -- env -0").split(' '));
    let warning = "warning: `SST_STAGE` of the environment is not `prod`, so these are not taken from there: SST_Secret_value_STRIPE_KEY, SST_Parameter_value_VERSION\n";
    assert_eq!((said.code, said.err.as_str(), variables(&said.out)), (0, warning, alone));
    // The same stage, and what was changed in between.
    let values =
        bound(&app, &format!("bind --stage dev -- env SST_Secret_value_PLAIN=own {inner} bind --function worker"));
    assert_eq!((values["SST_Secret_value_PLAIN"].as_str(), values["SST_STAGE"].as_str()), ("own", "dev"));
}

#[test]
fn what_a_bind_around_it_has_for_others_does_not_reach_the_command() {
    let (_ssm, app) = orders();
    let inner = env!("CARGO_BIN_EXE_bind-config");
    let alone = bound(&app, "bind --stage dev --function api");
    assert_eq!(bound(&app, &format!("bind --stage dev -- {inner} bind --function api")), alone);
    // Nor what a file or a shell has for others.
    app.write(".env", "SST_Secret_value_PLAIN=of_a_file\nSST_Parameter_value_MAX_ITEMS=7\n");
    let app = app.with("SST_Secret_value_db_password", "of_a_shell").with("SST_Secret_value_UNDECLARED", "x");
    assert_eq!(bound(&app, "bind --stage dev --function api"), alone);
    assert_eq!(
        bound(&app.with("SST_Secret_value_STRIPE_KEY", "sk_for_this_run"), "bind --stage dev --function api")["SST_Secret_value_STRIPE_KEY"],
        "sk_for_this_run"
    );
}

#[test]
fn an_empty_stage_or_app_of_the_environment_is_none_and_no_other_one() {
    let (_ssm, app) = orders();
    let app = app.with("SST_STAGE", "").with("SST_APP", "").with("SST_Secret_value_STRIPE_KEY", "sk_for_this_run");
    assert_eq!(bound(&app, "bind --stage dev")["SST_Secret_value_STRIPE_KEY"], "sk_for_this_run");
}

#[test]
fn a_manifest_that_the_command_was_compiled_without_is_told() {
    let (_ssm, app) = orders();
    app.ok("synth");
    let bind = || app.run(["bind", "--stage", "dev", "--", "true"]);
    assert_eq!(bind(), Said { code: 0, out: String::new(), err: String::new() });
    app.write("bind.toml", &ORDERS.replace("any text", "another text"));
    let warning = "warning: bindings.json is not what bind.toml says: run `bind-config synth` (`synth --check` shows the difference)\n";
    assert_eq!(bind(), Said { code: 0, out: String::new(), err: warning.to_owned() });
    app.write(
        "bindings.json",
        "{ \"format\": \"bind-manifest\", \"version\": 1, \"app\": \"a b\", \"bindings\": {} }\n",
    );
    let said = bind();
    assert!(said.code == 0 && said.err.starts_with("warning: `app` must be 1 to 64 letters"), "{said:?}");
    assert!(said.err.ends_with(": run `bind-config synth`\n"), "one line: {said:?}");
    // Whoever has none reads none.
    std::fs::remove_file(app.folder().join("bindings.json")).unwrap();
    assert_eq!(bind().err, "");
}

#[test]
fn what_is_missing_is_told_with_the_store_and_the_flags_that_were_given() {
    let app = App::new("");
    std::fs::remove_file(app.folder().join("bind.toml")).unwrap();
    let declare = |port: &str| {
        app.write("its app/bind.toml", &format!("app = \"orders\"\n[secrets]\nKEY = \"\"\nPORT = {port}\n"));
    };
    let place = ["--store", "local", "--project", "its app"];
    declare("\"any text as yet\"");
    assert_eq!(app.run_with(b"canary", ["secrets", "set", "PORT", "--fallback"].iter().chain(&place)).code, 0);
    declare("{ type = \"u16\" }");

    let said = app.run(["bind", "--stage", "dev"].iter().chain(&place).chain(&["--", "true"]));

    let err = "\
error: the configuration could not be loaded (app `orders`, stage `dev`, the local store)

The following secrets were not found: KEY
  KEY: nothing is stored at
    /sst/orders/dev/Secret/KEY/value
    /sst/orders/.fallback/Secret/KEY/value  (the fallback)
    bind-config secrets set KEY --stage dev --store local --project 'its app'

PORT: the value must be a whole number from 0 to 65535 (u16)
  it is version 1 of /sst/orders/.fallback/Secret/PORT/value: bind-config secrets set PORT --fallback --store local --project 'its app'
";
    assert_eq!(said, Said { code: 1, out: String::new(), err: err.to_owned() });
}

#[test]
fn a_value_of_another_stage_or_app_is_not_taken_and_that_is_told() {
    for (name, value, own) in [("SST_STAGE", "prod", "dev"), ("SST_APP", "billing", "orders")] {
        let (_ssm, app) = orders();
        let app = app.with(name, value).with("SST_Secret_value_STRIPE_KEY", "sk_of_another");
        let said = app.run(["bind", "--stage", "dev", "--function", "api", "--", "env", "-0"]);
        let warning = format!(
            "warning: `{name}` of the environment is not `{own}`, so these are not taken from there: SST_Secret_value_STRIPE_KEY\n"
        );
        assert_eq!((said.code, said.err), (0, warning));
        assert_eq!(variables(&said.out)["SST_Secret_value_STRIPE_KEY"], "sk_12345678");
        let app = app.with(name, own);
        assert_eq!(bound(&app, "bind --stage dev")["SST_Secret_value_STRIPE_KEY"], "sk_of_another");
    }
}

#[test]
fn a_bound_value_that_is_no_text_is_an_error_and_not_the_one_of_the_store() {
    let (_ssm, app) = orders();
    let mut command = app.command(["bind", "--stage", "dev", "--function", "api", "--", "touch", "ran"]);
    command.env("SST_Secret_value_STRIPE_KEY", OsString::from_vec(b"sk_canary\xff".to_vec()));
    let err = "error: `STRIPE_KEY` has no value: `SST_Secret_value_STRIPE_KEY` of the environment is not UTF-8\n";
    assert_eq!(said(command.spawn().unwrap()), Said { code: 1, out: String::new(), err: err.to_owned() });
    assert!(!app.folder().join("ran").exists());
}

#[test]
fn the_callers_own_variables_pass_as_they_are() {
    let app = nothing();
    let mut command = app.command(["bind", "--", "env", "-0"]);
    let odd = (OsString::from_vec(b"ODD\xff".to_vec()), OsString::from_vec(b"\xfe\n=".to_vec()));
    let output = command.env(&odd.0, &odd.1).env("OWN", "a b").env("EMPTY", "").env("SST_FOO", "1").output().unwrap();
    let all: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    for expected in [&b"ODD\xff=\xfe\n="[..], b"OWN=a b", b"EMPTY=", b"SST_FOO=1", b"SST_STAGE=dev"] {
        assert!(all.contains(&expected), "{}", String::from_utf8_lossy(expected));
    }
}

#[test]
fn a_value_that_is_no_text_is_told_where_it_is_needed() {
    let app = App::new("app = \"a\"\nstage = \"dev\"\n[parameters]\nP = { value = { env = \"CAP\" } }\n");
    let mut command = app.command(["bind", "--", "env"]);
    let said = said(command.env("CAP", OsString::from_vec(vec![0xff])).spawn().unwrap());
    let err = "error: `P` has no value: `CAP` of the environment is not UTF-8 (bind.toml:4:23)\n";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (1, "", err));
}

#[test]
fn a_test_program_sees_the_values_in_all_its_processes() {
    let (_ssm, app) = orders();
    let said = app.run(sh("sh -c 'sh -c \"echo $SST_Secret_value_STRIPE_KEY\"' & wait"));
    assert_eq!((said.code, said.out.as_str()), (0, "sk_12345678\n"));
}

#[test]
fn the_folder_is_the_callers() {
    let app = nothing();
    app.write("sub/.env", "FROM=sub\n");
    app.write(".env", "FROM=root\n");
    let mut command = app.command(["bind", "--", "sh", "-c", "pwd -P; echo $FROM"]);
    let said = said(command.current_dir(app.folder().join("sub")).spawn().unwrap());
    let folder = app.folder().canonicalize().unwrap().join("sub");
    assert_eq!((said.code, said.out), (0, format!("{}\nroot\n", folder.display())));
}

#[test]
fn a_command_that_asks_has_the_terminal_or_pipe_of_the_caller() {
    let app = nothing();
    let mut child = app.command(["bind", "--", "cat"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    for line in ["one\n", "two\n"] {
        input.write_all(line.as_bytes()).unwrap();
        let mut back = String::new();
        out.read_line(&mut back).unwrap();
        assert_eq!(back, line);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_copy_that_looks_like_a_marker_reaches_the_command_as_a_value() {
    let ssm = LocalSsm::start().unwrap();
    let app = App::on(&ssm, "app = \"a\"\nstage = \"dev\"\n[parameters]\nTOPIC = { deploy = true }\n");
    ssm.put(bind_config_local::NewParameter::string("/sst/a/dev/parameters/TOPIC", "__FETCH_FROM_SSM__")).unwrap();

    let out = app.ok("bind -- printenv SST_Parameter_value_TOPIC");

    assert_eq!(out, "__LITERAL__:__FETCH_FROM_SSM__\n");
}

#[test]
fn temporary_credentials_are_used_whole() {
    let ssm = LocalSsm::builder().session_token("of-the-session").start().unwrap();
    let app = App::on(&ssm, "app = \"a\"\nstage = \"dev\"\n[secrets]\nKEY = \"x\"\n");
    ssm.put_secret("a", "dev", "KEY", "canary").unwrap();

    assert_eq!(app.ok("bind -- printenv SST_Secret_value_KEY"), "canary\n");

    let without = app.with("AWS_SESSION_TOKEN", "");
    assert_eq!(without.run(["bind", "--", "true"]).code, 2);
}
