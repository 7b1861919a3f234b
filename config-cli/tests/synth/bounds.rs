//! At the limits of others, and where a part of it cannot be done.

use std::fs;

use serde_json::Value as Json;

use crate::run::Folder;

#[cfg(unix)]
#[test]
fn where_one_of_the_files_cannot_be_written_none_is() {
    let text = "app = \"orders\"\n[parameters]\nVERSION = \"1.2.0\"\n";
    let folder = Folder::with(&[("bind.toml", text)]);
    folder.run(&["synth", "--stage", "dev", "--out", "build", "--quiet"]).is(0, "", "");
    let before = folder.read("bindings.json");
    folder.write("bind.toml", &text.replace("VERSION", "RELEASE"));
    // A folder that leads nowhere: it can be made for nobody.
    fs::create_dir(folder.path("other")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path("other/dev")).unwrap();

    let run = folder.run(&["synth", "--stage", "dev", "--out", "other"]);

    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    assert!(run.stderr.starts_with("error: DIR/other/dev/"), "{run:?}");
    assert_eq!(folder.read("bindings.json"), before, "the one that could be written is as it was");
    let left: Vec<_> = fs::read_dir(folder.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "nothing is left beside them: {left:?}");
}

#[test]
fn a_large_copy_is_an_advanced_one_from_the_first_character_on_that_makes_it_so() {
    let [fits, larger] = [4_096, 4_097].map(|length| "é".repeat(length));
    let text = format!(
        "app = \"orders\"\n[parameters]\nFITS = {{ value = \"{fits}\", fetch = true }}\nLARGER = {{ value = \"{larger}\", fetch = true }}\n"
    );
    let folder = Folder::with(&[("bind.toml", &text)]);

    folder.run(&["synth", "--stage", "dev", "--out", "build", "--quiet"]).is(0, "", "");

    let template: Json = serde_json::from_str(&folder.read("build/dev/template.json")).unwrap();
    let resources = template["Resources"].as_object().unwrap().values();
    let copies = resources.filter(|it| it["Type"] == "AWS::SSM::Parameter").map(|copy| &copy["Properties"]);
    let tiers: Vec<_> = copies.map(|copy| (copy["Name"].as_str().unwrap(), copy["Tier"].as_str().unwrap())).collect();
    assert_eq!(
        tiers,
        [("/sst/orders/dev/Parameter/FITS/value", "Standard"), ("/sst/orders/dev/Parameter/LARGER/value", "Advanced")]
    );
}

#[test]
fn what_cloudformation_does_not_take_and_what_no_code_sees_are_told() {
    for (number, is_told) in [(200, false), (201, true)] {
        let given = (0..number).map(|number| format!("P{number} = {{ deploy = true }}\n")).collect::<Vec<_>>().concat();
        let functions = "[functions]\nfirst = { bind = [\"P0\", \"P2\"] }\nsecond = { bind = [\"P0\"] }\n";
        let folder = Folder::with(&[("bind.toml", &format!("app = \"orders\"\n[parameters]\n{given}{functions}"))]);

        let run = folder.run(&["synth", "--stage", "dev", "--out", "build"]);

        let note =
            "template.json has 201 parameters, and CloudFormation takes 200: use bindings.tf.json, or split the app\n";
        assert_eq!((run.code, run.stderr.contains("and CloudFormation takes")), (Some(0), is_told), "{}", run.stderr);
        assert_eq!(run.stderr.contains(note), is_told, "{}", run.stderr);
        let note = "no function binds `P1`, `P10`, `P100`, `P101`, ";
        assert!(run.stderr.contains(note), "{}", run.stderr);
        let end = "`P99`: add the name to a `bind` of `[functions]`\n";
        assert!(
            run.stderr.contains(end) && !run.stderr.contains("binds `P2`") && !run.stderr.contains(", `P2`,"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn what_some_function_binds_is_no_note() {
    let text = "app = \"orders\"\n[secrets]\nKEY = \"\"\nOTHER = \"\"\n[functions]\napi = { bind = [\"KEY\"] }\n";
    let folder = Folder::with(&[("bind.toml", text)]);
    let note = "no function binds `OTHER`: add the name to a `bind` of `[functions]`\n";
    folder.run(&["synth"]).is(0, "", &format!("{note}wrote bindings.json\n"));
    folder.write("bind.toml", &format!("{text}worker = {{ bind = \"*\" }}\n"));
    folder.run(&["synth"]).is(0, "", "wrote bindings.json\n");
}

#[test]
fn an_environment_fits_up_to_the_last_byte() {
    let declared = |length: usize| {
        let value = "x".repeat(length);
        format!("app = \"orders\"\n[parameters]\nA = \"{value}\"\n[functions]\napi = {{ bind = [\"A\"] }}\n")
    };
    let folder = Folder::with(&[("bind.toml", &declared(0))]);
    let arguments = ["synth", "--stage", "dev", "--out", "build", "--quiet"];
    // As Lambda measures it: the JSON text of the map.
    let size = || {
        let map: Json = serde_json::from_str(&folder.read("build/dev/api.environment.json")).unwrap();
        map.to_string().len()
    };
    folder.run(&arguments).is(0, "", "");
    let room = 4_096 - size();

    folder.write("bind.toml", &declared(room));
    folder.run(&arguments).is(0, "", "");
    assert_eq!(size(), 4_096);

    folder.write("bind.toml", &declared(room + 1));
    let run = folder.run(&arguments);
    let has = "error: function `api`: its environment in stage `dev` has 4,097 bytes, and Lambda takes 4,096; ";
    assert!(run.code == Some(1) && run.stderr.starts_with(has), "{}", run.stderr);
    assert_eq!(size(), 4_096, "nothing was written");
}

#[test]
fn a_variable_that_no_environment_can_hold_is_refused_and_not_shown() {
    let text =
        "app = \"orders\"\n[parameters]\nA = { value = { env = \"A\" } }\n[environment]\nOWN = { env = \"A\" }\n";
    let folder = Folder::with(&[("bind.toml", text), (".env", "A=hunter\0two\n")]);

    folder.run(&["synth", "--stage", "dev", "--out", "build"]).is(
        1,
        "",
        "error: `A`: the value of the variable `A` in stage `dev` must not have the character U+0000\n\
        \x20--> bind.toml:3:23\n\
         \n\
         `OWN` in `[environment]`: the value of the variable `A` in stage `dev` must not have the character U+0000\n\
        \x20--> bind.toml:5:15\n",
    );
    assert_eq!(folder.names(), [".env", "bind.toml"]);
}

#[test]
fn a_parameter_that_no_copy_can_be_made_of_is_refused_also_where_nobody_fetches_it() {
    // Bound to nobody, so that the room of an environment is not what it has too little of.
    let text =
        "app = \"orders\"\n[parameters]\nTERMS = { value = { env = \"TERMS\" } }\n[functions]\napi = { bind = [] }\n";
    let too_large = "error: `TERMS` cannot be stored in SSM, in stage `dev`: SSM takes at most 8,192 characters\n";
    for (length, code, says) in [(8_192, 0, ""), (8_193, 1, too_large)] {
        let folder = Folder::with(&[("bind.toml", text), (".env", &format!("TERMS={}\n", "x".repeat(length)))]);

        let run = folder.run(&["synth", "--stage", "dev", "--out", "build", "--quiet"]);

        run.is(code, "", says);
        assert_eq!(folder.path("build").exists(), code == 0);
    }
}
