//! Which store is meant: said for a command, by a variable, for a stage, for the app.

use bind_config_local::LocalSsm;

use crate::app::{App, Said};
use crate::kit::{dev, json, plain, ssm};

/// `dev` is in the laptop's store, `prod` and the fallback in SSM.
const BOTH: &str =
    "app = \"orders\"\nstage = \"dev\"\n[secrets]\nKEY = \"\"\n[stages]\ndev = { store = \"local\" }\nprod = {}\n";

fn both() -> (LocalSsm, App) {
    let ssm = ssm();
    let app = App::on(&ssm, BOTH);
    (ssm, app)
}

fn set(app: &App, value: &str, arguments: &[&str]) -> Said {
    app.run_with(value.as_bytes(), ["secrets", "set", "KEY"].iter().chain(arguments))
}

#[test]
fn a_stage_may_have_a_store_of_its_own() {
    let (ssm, app) = both();

    let said = set(&app, "laptop", &[]);
    assert!(said.err.ends_with("in stage `dev` of `orders`, the local store (.bind-config/store).\n"), "{said:?}");
    let said = plain(&ssm, set(&app, "real", &["--stage", "prod"]));
    assert!(said.err.contains("`KEY` is set (version 1) in stage `prod` of `orders`, SSM at URL.\n"), "{said:?}");
    let said = plain(&ssm, set(&app, "common", &["--fallback"]));
    assert!(said.err.contains("in the fallback of `orders`, SSM at URL.\n"), "{said:?}");
    let note = "this is the fallback of the store `ssm`; stage `dev` has that of `--store local`\n";
    assert!(said.err.starts_with(note), "{said:?}");
    assert!(!set(&app, "common", &["--fallback", "--store", "ssm"]).err.contains("this is the fallback"));

    assert_eq!(dev(&ssm, "KEY"), None);
    assert_eq!(app.ok("secrets get KEY"), "laptop");
    assert_eq!(app.ok("secrets get KEY --stage prod"), "real");
    let print = ["bind", "--", "sh", "-c", "printf %s \"$SST_Secret_value_KEY\""];
    assert_eq!(app.run(print).out, "laptop");
    assert_eq!(app.ok("stage --json").matches("\"kind\": \"local\"").count(), 1);
}

#[test]
fn an_argument_comes_before_the_variable_and_both_before_what_is_declared() {
    let (ssm, app) = both();
    let app = app.with("BIND_CONFIG_STORE", "ssm");
    assert_eq!(set(&app, "in ssm", &[]).code, 0);
    assert_eq!(dev(&ssm, "KEY").as_deref(), Some("in ssm"));
    assert_eq!(set(&app, "in the file", &["--store", "local"]).code, 0);
    assert_eq!(dev(&ssm, "KEY").as_deref(), Some("in ssm"));
    assert_eq!(app.with("BIND_CONFIG_STORE", "").ok("secrets get KEY"), "in the file", "an empty one is none");
}

#[test]
fn a_variable_that_names_no_store_is_told() {
    let app = both().1.with("BIND_CONFIG_STORE", "Local");
    let err = "error: `BIND_CONFIG_STORE` is `Local`: a store is `ssm` or `local`\n";
    for command in ["secrets list", "check", "secrets list --all-stages", "bind -- env"] {
        assert_eq!(app.run(command.split(' ')), Said { code: 2, out: String::new(), err: err.to_owned() }, "{command}");
    }
}

#[test]
fn all_stages_are_looked_at_each_in_its_store() {
    let (ssm, app) = both();
    set(&app, "laptop", &[]);
    ssm.put_secret("orders", "next", "KEY", "canary").unwrap();
    // What SSM has of a stage that is kept elsewhere is none of that stage.
    ssm.put_secret("orders", "dev", "KEY", "canary").unwrap();
    app.ok("synth");

    let said = plain(&ssm, app.run(["secrets", "list", "--all-stages"]));
    let table = "\
SECRET  next     prod     FALLBACK (ssm)  dev      FALLBACK (local)
KEY     set (1)  missing  not set         set (1)  not set
";
    let err = "`orders`, SSM at URL, the local store (.bind-config/store); versions in brackets\n";
    assert_eq!(said, Said { code: 0, out: table.to_owned(), err: err.to_owned() });

    let said = plain(&ssm, app.run(["check", "--all-stages"]));
    assert_eq!((said.code, said.out.as_str()), (1, "NAME  next  prod     dev\nKEY   set   missing  set\n"));
    let head = "`orders`, SSM at URL of `next`, `prod`, the local store (.bind-config/store) of `dev`\n";
    assert_eq!(said.err, format!("{head}error: not ready: 1 problem\n  bind-config secrets set KEY --stage prod\n"));
    let report = json(&app.run(["check", "--all-stages", "--json"]));
    assert_eq!((&report["stage"], &report["store"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!(report["stages"][2]["store"]["kind"], "local");

    // Where somebody says which, the stages of the other are left out: what a pipeline asks.
    let said = app.run(["check", "--all-stages", "--store", "ssm"]);
    assert_eq!(said.out, "NAME  next  prod\nKEY   set   missing\n");
    assert!(said.err.contains("in another store, so not looked at: dev\n"), "{said:?}");
    let report = json(&app.run(["secrets", "list", "--all-stages", "--store", "ssm", "--json"]));
    let stages: Vec<_> = report["stages"].as_array().unwrap().iter().map(|column| column["stage"].as_str()).collect();
    assert_eq!((stages, &report["left_out"]), (vec![Some("next"), Some("prod"), None], &serde_json::json!(["dev"])));
}

#[test]
fn a_secret_is_copied_from_one_store_to_the_other() {
    let (ssm, app) = both();
    set(&app, "made on a laptop", &[]);
    assert_eq!(app.run(["secrets", "copy", "--from", "dev", "--to", "prod"]).code, 0);
    assert_eq!(ssm.value("/sst/orders/prod/Secret/KEY/value").as_deref(), Some("made on a laptop"));
    ssm.put_secret("orders", "prod", "KEY", "made anew").unwrap();
    assert_eq!(app.run(["secrets", "copy", "--from", "prod", "--to", "dev", "--overwrite"]).code, 0);
    assert_eq!(app.ok("secrets get KEY"), "made anew");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_not_mounted_is_no_store_without_secrets() {
    let app = App::new("app = \"orders\"\nstage = \"dev\"\nstore = \"local\"\n[secrets]\nKEY = \"\"\n");
    std::os::unix::fs::symlink("/nonexistent/volume", app.folder().join(".bind-config")).unwrap();
    for command in ["secrets list", "secrets get KEY", "check", "secrets set KEY --generate"] {
        let said = app.run(command.split(' '));
        assert_eq!(said.code, 2, "{command}: {said:?}");
        assert!(said.err.contains("it is a link that leads nowhere"), "{command}: {said:?}");
    }
}

#[test]
fn who_only_reads_makes_no_store() {
    let app = App::new("app = \"orders\"\nstage = \"dev\"\nstore = \"local\"\n[secrets]\nKEY = \"\"\n");
    for command in [
        "secrets list",
        "secrets list --all-stages",
        "secrets get KEY",
        "secrets history KEY",
        "check",
        "show",
        "parameters list",
        "bind -- env",
        "secrets copy --from next --to dev --plan",
    ] {
        let code = app.run(command.split(' ')).code;
        assert!(code < 2, "{command}: {code}");
        let is_made = app.folder().join(".bind-config").exists();
        assert_eq!(is_made, command.starts_with("secrets copy"), "{command}");
    }
}

#[test]
fn where_one_of_two_stores_cannot_be_asked_the_flag_that_looks_at_the_other_alone_is_named() {
    let (_ssm, app) = both();
    set(&app, "laptop", &[]);
    let app = app.with("AWS_REGION", "").with("AWS_EC2_METADATA_DISABLED", "true");
    let no_region = "error: AWS cannot be asked: no AWS region is set: give `--region`, AWS_REGION, or a `region` in the profile; the store of this laptop needs none (`--store local`)\n";
    let hint = "  stages of the store `ssm` are asked for, too: `--store local` looks at the others alone\n";
    app.ok("synth");

    for command in ["secrets list --all-stages", "check --all-stages"] {
        let said = app.run(command.split(' '));
        assert_eq!(said, Said { code: 2, out: String::new(), err: format!("{no_region}{hint}") }, "{command}");
    }

    assert!(app.ok("secrets list --all-stages --store local").contains("set (1)"));
    let said = app.run("secrets list --all-stages --store ssm".split(' '));
    assert_eq!(said.err, no_region, "nobody has asked for another");
}
