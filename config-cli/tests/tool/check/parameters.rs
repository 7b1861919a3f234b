//! Parameters in a stage, and what is said where much is missing.

use crate::app::{App, Said};
use crate::kit::{json, ssm};

use super::check;

#[test]
fn a_parameter_whose_value_is_another_stages_only_is_missing_where_it_is_required() {
    let ssm = ssm();
    let declared = "app = \"orders\"\n[parameters]\nONLY_PROD = \"has a value there\"\nRATE = { required = false }\n";
    let declared = declared.replace("\"has a value there\"", "{ docs = \"has a value there\" }");
    let app = App::on(&ssm, &format!("{declared}[stages.prod.parameters]\nONLY_PROD = \"here\"\n"));
    app.ok("synth");
    let head = |stage: &str| format!("`orders`, SSM at {}\nstage `{stage}`\n", ssm.endpoint());
    let table = |state: &str| {
        format!(
            "NAME       KIND       TYPE    STATE{}  VERSION  SET\nONLY_PROD  parameter  string  {state}\nRATE       parameter  string  not set\n",
            " ".repeat(state.len().max(7) - 5)
        )
    };

    let mended = "  give `ONLY_PROD` a value in bind.toml (stage `dev`)\n";
    let err = format!("{}error: not ready: 1 problem\n{mended}", head("dev"));
    assert_eq!(check(&app, "--stage dev"), Said { code: 1, out: table("missing"), err });
    assert_eq!(json(&check(&app, "--stage dev --json"))["ready"], false);
    let err = format!("{}ready\n", head("prod"));
    assert_eq!(check(&app, "--stage prod"), Said { code: 0, out: table("declared"), err });
    let said = check(&app, "--all-stages");
    assert_eq!((said.code, said.out.contains("DEV")), (0, false), "nobody has declared `dev`: {said:?}");
}

#[test]
fn without_a_declaration_the_parameters_of_a_manifest_are_the_deployments() {
    let ssm = ssm();
    let app = App::on(&ssm, "");
    std::fs::remove_file(app.folder().join("bind.toml")).unwrap();
    app.write(
        "bindings.json",
        r#"{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": { "RATE": { "kind": "parameter" } } }"#,
    );

    let said = check(&app, "--stage dev");

    let out = "NAME  KIND       TYPE    STATE              VERSION  SET\nRATE  parameter  string  by the deployment\n";
    assert_eq!((said.code, said.out.as_str()), (0, out), "{said:?}");
}

#[test]
fn of_many_commands_the_first_are_told_and_that_there_are_more() {
    let ssm = ssm();
    for (secrets, more) in [(20, ""), (21, "  …\n")] {
        let declared = (10..10 + secrets).map(|number| format!("KEY_{number} = \"\"\n")).collect::<Vec<_>>().concat();
        let app = App::on(&ssm, &format!("app = \"orders\"\n[secrets]\n{declared}"));
        app.ok("synth");

        let said = check(&app, "--stage dev");

        let command = |number| format!("  bind-config secrets set KEY_{number} --stage dev\n");
        let commands: Vec<String> = (10..30).map(command).collect();
        let end = format!("error: not ready: {secrets} problems\n{}{more}", commands.concat());
        assert!(said.code == 1 && said.err.ends_with(&end), "{said:?}");
    }
}

#[test]
fn the_commands_mean_the_same_folder_and_the_same_account() {
    let app = App::new("");
    std::fs::remove_file(app.folder().join("bind.toml")).unwrap();
    app.write("its app/bind.toml", "app = \"orders\"\n[secrets]\nKEY = \"\"\n");
    let said = app.run(["synth", "--project", "its app"]);
    assert_eq!(said.code, 0, "{said:?}");
    let place = ["--store", "local", "--profile", "ops", "--region", "eu-west-1", "--project", "its app"];

    let said = app.run(["check", "--stage", "dev"].iter().chain(&place));

    let flags = "--stage dev --store local --profile ops --region eu-west-1 --project 'its app'";
    let end = format!("\n  bind-config secrets set KEY {flags}\n");
    assert!(said.code == 1 && said.err.ends_with(&end), "{said:?}");
}

/// `/team/orders-dev/` is no folder of all stages: what there is of `orders` cannot be told from what there is of others.
#[test]
fn where_a_stage_is_no_folder_of_its_own_those_that_are_declared_are_looked_at_and_that_is_said() {
    for template in ["/team/{app}-{stage}/", "/team/{app}/{stage}-own/"] {
        let ssm = ssm();
        let declared = "[secrets]\nKEY = { required = [\"prod\"] }\n";
        let app = App::on(&ssm, &format!("app = \"orders\"\nssm_prefix = \"{template}\"\n{declared}"));
        for stage in ["prod", "seen-by-nobody"] {
            let said = app.run_with(b"x", ["secrets", "set", "KEY", "--stage", stage]);
            assert_eq!(said.code, 0, "{said:?}");
        }

        let report = json(&app.run(["secrets", "list", "--all-stages", "--json"]));

        let stages: Vec<_> = report["stages"].as_array().unwrap().iter().map(|column| &column["stage"]).collect();
        assert_eq!(stages, [&serde_json::json!("prod"), &serde_json::Value::Null], "{template}");
        assert_eq!(report["complete"], false, "{template}");
    }
}
