//! What may be a mistake is told before it is done, and what is none is not.

use bind_config_local::{Fault, LocalSsm, Operation};

use crate::app::{App, Said};
use crate::kit::{path, ssm};

/// `prod` is declared in a list alone, `quality` as the stage that is meant.
const APP: &str = "app = \"orders\"\nstage = \"quality\"\n[secrets]\nKEY = { required = [\"prod\"] }\n";

fn app() -> (LocalSsm, App) {
    let ssm = ssm();
    let app = App::on(&ssm, APP);
    (ssm, app)
}

fn set(app: &App, stage: &[&str]) -> Said {
    let said = app.run_with(b"value", ["secrets", "set", "KEY"].iter().chain(stage));
    assert_eq!(said.code, 0, "{said:?}");
    said
}

fn is_asked(said: &Said, new: &str, near: &str) -> bool {
    let warning = format!("warning: stage `{new}` is new: no secret has been set in it yet; did you mean `{near}`?\n");
    assert_eq!(said.err.contains(&warning), said.err.contains(" is new"), "{said:?}");
    said.err.contains(&warning)
}

#[test]
fn a_new_stage_whose_name_is_nearly_a_declared_one_is_asked_about_whatever_sets_secrets_there() {
    let commands: [&[&str]; 5] = [
        &["set", "KEY", "value", "--stage", "prdo"],
        &["set", "KEY", "value", "--stage", "prdo", "--expect-version", "0"],
        &["load", "one.env", "--stage", "prdo"],
        &["copy", "--from", "dev", "--to", "prdo"],
        &["edit", "--stage", "prdo", "--yes"],
    ];
    for command in commands {
        let (ssm, app) = app();
        ssm.put_secret("orders", "dev", "KEY", "value").unwrap();
        app.write("one.env", "KEY=value\n");
        let app = app.with("EDITOR", "sh -c 'echo KEY=value >> \"$1\"' edit");

        let said = app.run(["secrets"].iter().chain(command));

        assert!(said.code == 0 && is_asked(&said, "prdo", "prod"), "{command:?}: {said:?}");
        assert_eq!(ssm.value(&path("prdo", "KEY")).as_deref(), Some("value"), "it is told, not refused");
        // By now it is a stage like any other.
        ssm.put_secret("orders", "prdo", "KEY", "another").unwrap();
        let said = app.run(["secrets", "load", "one.env", "--stage", "prdo"]);
        assert!(said.code == 0 && !said.err.contains("warning"), "{said:?}");
    }
    let said = set(&app().1.with("SST_STAGE", "qualty"), &[]);
    assert!(is_asked(&said, "qualty", "quality"), "of `stage` in bind.toml: {said:?}");
}

#[test]
fn a_stage_that_somebody_chose_or_that_is_near_none_is_not_asked_about() {
    let is_asked_in = |arguments: &[&str]| {
        let (_ssm, app) = app();
        is_asked(&set(&app, arguments), "", "")
    };
    assert!(!is_asked_in(&[]), "that of bind.toml");
    assert!(!is_asked_in(&["--stage", "quality"]), "the same");
    assert!(!is_asked_in(&["--stage", "prod"]), "one that is declared");
    assert!(!is_asked_in(&["--stage", "zebra"]), "one that is like no other");
    assert!(!is_asked_in(&["--fallback"]), "no stage");
    let ssm = ssm();
    let personal = App::on(&ssm, &APP.replace("stage = \"quality\"\n", ""));
    personal.ok("stage use prdo");
    assert!(!is_asked(&set(&personal, &[]), "", ""), "the personal one was chosen before");
    // Who may not list is not told: for them every stage would be a new one.
    ssm.inject(Fault::deny().on(Operation::GetParametersByPath));
    assert!(!is_asked(&set(&personal, &["--stage", "prodd"]), "", ""));
}

#[test]
fn what_nobody_sees_at_the_edges_of_a_value_is_told_and_kept() {
    let (ssm, app) = app();
    let warning = "warning: there is a blank, a line break or another character that nobody sees at the start or the end of `KEY` (`set --trim` removes a line break)\n";
    for (value, is_told) in [
        ("\u{200b}value", true),
        ("value\u{200d}", true),
        ("\u{feff}value", true),
        ("value\u{2060}", true),
        ("\u{a0}value", true),
        ("value\n", true),
        ("va\u{200b}lue", false),
        ("\u{e9}", false),
    ] {
        let said = app.run_with(value.as_bytes(), ["secrets", "set", "KEY"]);

        assert_eq!((said.code, said.err.contains(warning)), (0, is_told), "{value:?}: {said:?}");
        assert_eq!(ssm.value(&path("quality", "KEY")).as_deref(), Some(value));
    }
}

#[test]
fn where_nothing_is_set_in_a_stage_whose_name_is_nearly_a_declared_one_that_one_is_named() {
    let ssm = ssm();
    let app = App::on(&ssm, &APP.replace("[secrets]\n", "[secrets]\nALL = \"of every stage\"\n"));
    app.ok("synth");
    let near = "stage `prdo` is not in bind.toml: did you mean `prod`?";
    let endpoint = ssm.endpoint();
    let get = |stage: &str| app.run(["secrets", "get", "ALL", "--stage", stage]);
    let none = |stage: &str| format!("error: `ALL` is not set in stage `{stage}` of `orders`, SSM at {endpoint}");
    let check = |stage: &str| app.run(["check", "--stage", stage, "--quiet"]);
    let set = |stage: &str| format!("  bind-config secrets set ALL --stage {stage}\n");
    let bind = |stage: &str| app.run(["bind", "--stage", stage, "--", "true"]);

    assert_eq!(get("prdo").err, format!("{}; {near}\n", none("prdo")));
    assert_eq!(check("prdo").err, format!("error: not ready: 1 problem\n{near}\n{}", set("prdo")));
    let said = bind("prdo");
    assert!(said.code == 1 && said.err.ends_with(&format!("--stage prdo\n{near}\n")), "{said:?}");
    // One that is like no other, and one that is declared.
    for stage in ["zebra", "quality"] {
        assert_eq!(get(stage).err, format!("{}\n", none(stage)));
        assert_eq!(check(stage).err, format!("error: not ready: 1 problem\n{}", set(stage)));
        let said = bind(stage);
        assert!(said.code == 1 && said.err.trim_end().ends_with(&format!("--stage {stage}")), "{said:?}");
    }
    // A stage that has something is one, whatever it is called.
    ssm.put_secret("orders", "prdo", "KEY", "value").unwrap();
    assert_eq!(check("prdo").err, format!("error: not ready: 1 problem\n{}", set("prdo")));
}

#[test]
fn a_place_that_all_stages_share_is_told_to_whoever_changes_something_there() {
    let ssm = ssm();
    let app = App::on(&ssm, &APP.replacen('\n', "\nssm_prefix = \"/shared/\"\n", 1));
    let warning = "warning: `ssm_prefix` has no `{stage}` in it: every stage has the same secrets\n";

    let said = set(&app, &["--stage", "prod"]);
    assert!(said.err.starts_with(warning), "{said:?}");
    assert_eq!(app.ok("secrets get KEY --stage quality"), "value");
    assert!(!set(&app, &["--fallback"]).err.contains(warning), "it is of all stages anyway");
    let said = app.run(["secrets", "remove", "KEY", "--stage", "prod", "--yes"]);
    assert!(said.code == 0 && said.err.starts_with(warning), "{said:?}");
    assert_eq!(app.run(["secrets", "get", "KEY", "--stage", "quality"]).code, 1);
}
