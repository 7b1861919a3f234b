//! `synth`: from `bind.toml` to `bindings.json` and to what a deployment needs.

use std::fs;

#[path = "synth/bounds.rs"]
mod bounds;
#[path = "synth/run.rs"]
mod run;

use run::{Folder, assert_files, fixture};

#[test]
fn a_declaration_becomes_what_a_deployment_needs() {
    let fixture = fixture("synth/orders");
    let folder = Folder::of_fixture(&fixture);

    let run = folder.run(&["synth", "--stage", "prod", "--out", "build"]);

    run.is(
        0,
        "",
        "`BRACES` has no copy in SSM: SSM takes no value with `{{` and `}}`\n\
         `EMPTY` has no copy in SSM: SSM takes no empty value\n\
         api.env lacks what whoever deploys gives: `TOPIC_NAME`\n\
         job.v2.env: SST_Parameter_value_GREETING cannot be written to a .env file because its value has a `$NAME`, `${...}` or \
         `\\$`, which readers that expand replace\n\
         job.v2.env lacks what whoever deploys gives: `LOG_LEVEL`, `TOPIC_NAME`, `WORKERS`\n\
         wrote bindings.json\n\
         wrote build/prod/api.env\n\
         wrote build/prod/api.environment.json\n\
         wrote build/prod/api.policy.json\n\
         wrote build/prod/bindings.tf.json\n\
         wrote build/prod/idle.env\n\
         wrote build/prod/idle.environment.json\n\
         wrote build/prod/job.v2.env\n\
         wrote build/prod/job.v2.environment.json\n\
         wrote build/prod/job.v2.policy.json\n\
         wrote build/prod/template.json\n",
    );
    let mut files = folder.files();
    files.retain(|name, _| name == "bindings.json" || name.starts_with("build/"));
    // The secret of the `.env` file, which nobody asked for.
    assert!(!files.values().any(|text| text.contains("hunter2")));
    assert_files(&files, &fixture);
}

#[test]
fn without_functions_there_is_one_set_of_files_for_the_app() {
    let fixture = fixture("synth/whole-app");
    let folder = Folder::of_fixture(&fixture);

    let run = folder.run(&["synth", "--out", "build", "--quiet"]);

    run.is(0, "", "");
    let mut files = folder.files();
    files.retain(|name, _| name != "bind.toml");
    assert_files(&files, &fixture);
}

#[test]
fn the_manifest_is_the_same_whatever_the_stage() {
    let folder = Folder::with(&[("bind.toml", STAGES)]);
    let mut manifests = Vec::new();
    for stage in [&["--stage", "dev"][..], &["--stage", "prod"], &[]] {
        let _ = fs::remove_file(folder.path("bindings.json"));
        folder.run(&[&["synth"], stage].concat()).is(0, "", "wrote bindings.json\n");
        manifests.push(folder.read("bindings.json"));
    }
    assert_eq!(manifests[0], manifests[1]);
    assert_eq!(manifests[0], manifests[2]);
    assert!(!manifests[0].contains("1.2.0"), "{}", manifests[0]);
}

#[test]
fn a_file_is_written_only_if_its_bytes_change_and_what_others_added_is_not_carried_over() {
    let folder = Folder::with(&[("bind.toml", STAGES)]);
    folder.run(&["synth"]).is(0, "", "wrote bindings.json\n");
    let written = folder.read("bindings.json");
    let time = fs::metadata(folder.path("bindings.json")).unwrap().modified().unwrap();

    folder.run(&["synth"]).is(0, "", "unchanged bindings.json\n");
    assert_eq!(fs::metadata(folder.path("bindings.json")).unwrap().modified().unwrap(), time);

    folder.write("bindings.json", &written.replacen('{', "{\n  \"x-mine\": 1,", 1));
    folder.run(&["synth", "--json"]).is(
        0,
        "{\n  \"app\": \"orders\",\n  \"error\": null,\n  \"notes\": [],\n  \"removed\": [],\n  \"stage\": null,\n  \"store\": null,\n  \"unchanged\": [],\n  \"written\": [\n    \"bindings.json\"\n  ]\n}\n",
        "",
    );
    assert_eq!(folder.read("bindings.json"), written);
}

#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_rights_and_a_link_leads_where_it_led() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::with(&[("bind.toml", STAGES), ("committed/bindings.json", "old")]);
    let rights = |name| fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(folder.path("committed/bindings.json"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("committed/bindings.json", folder.path("bindings.json")).unwrap();

    folder.run(&["synth"]).is(0, "", "wrote bindings.json\n");

    assert!(fs::symlink_metadata(folder.path("bindings.json")).unwrap().is_symlink());
    assert!(folder.read("committed/bindings.json").starts_with('{'));
    assert_eq!(rights("committed/bindings.json"), 0o640);
    assert_eq!(folder.names(), ["bind.toml", "bindings.json", "committed/bindings.json"]);
}

#[test]
fn check_shows_what_would_change_and_writes_nothing() {
    let folder = Folder::with(&[("bind.toml", STAGES)]);
    let arguments = ["synth", "--stage", "dev", "--out", "build"];
    assert_eq!(folder.run(&arguments).code, Some(0));
    folder.run(&[&arguments[..], &["--check"]].concat()).is(0, "", "everything is as bind.toml says\n");

    folder.write("bind.toml", &STAGES.replace("1.2.0", "1.3.0").replace("[functions]", "[functions]\nnew = { }"));
    let before = folder.files();
    let run = folder.run(&[&arguments[..], &["--check"]].concat());
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stderr,
        "not as bind.toml says: bindings.json, build/dev/api.env, build/dev/api.environment.json, build/dev/bindings.tf.json, \
         build/dev/new.env, build/dev/new.environment.json, build/dev/template.json: run `bind-config synth --stage dev --out build`\n"
    );
    let diffs: Vec<&str> = run.stdout.split_inclusive('\n').collect();
    assert_eq!(
        diffs[12..21].concat(),
        "--- a/build/dev/api.env\n\
         +++ b/build/dev/api.env\n\
         @@ -1,5 +1,5 @@\n \
          BIND_FINGERPRINT=d894e6b0f5b7bb8190f2d173e54dc10b\n \
          SST_APP=orders\n\
         -SST_Parameter_value_VERSION=1.2.0\n\
         +SST_Parameter_value_VERSION=1.3.0\n \
          SST_SSM_PREFIX=/sst/orders/dev/\n \
          SST_STAGE=dev\n",
    );
    assert_eq!(folder.files(), before);
    folder.run(&[&arguments[..], &["--check", "--json"]].concat()).is(
        1,
        r#"{
  "app": "orders",
  "drift": [
    "bindings.json",
    "build/dev/api.env",
    "build/dev/api.environment.json",
    "build/dev/bindings.tf.json",
    "build/dev/new.env",
    "build/dev/new.environment.json",
    "build/dev/template.json"
  ],
  "error": {
    "code": "drift",
    "message": "not as bind.toml says: bindings.json, build/dev/api.env, build/dev/api.environment.json, build/dev/bindings.tf.json, build/dev/new.env, build/dev/new.environment.json, build/dev/template.json: run `bind-config synth --stage dev --out build`"
  },
  "notes": [],
  "stage": "dev",
  "store": null,
  "unchanged": []
}
"#,
        "not as bind.toml says: bindings.json, build/dev/api.env, build/dev/api.environment.json, build/dev/bindings.tf.json, \
         build/dev/new.env, build/dev/new.environment.json, build/dev/template.json: run `bind-config synth --stage dev --out build`\n",
    );
}

#[test]
fn the_files_of_a_function_that_is_gone_go_and_those_of_others_stay() {
    let folder = Folder::with(&[("bind.toml", TWO_FUNCTIONS)]);
    assert_eq!(folder.run(&["synth", "--stage", "dev", "--out", "build", "--quiet"]).code, Some(0));
    folder.write("build/dev/mine.env", "A=1\n");

    folder.write("bind.toml", &TWO_FUNCTIONS.replace("worker = { bind = \"*\" }\n", ""));
    let run = folder.run(&["synth", "--stage", "dev", "--out", "build", "--check"]);
    assert!(run.stdout.contains("--- a/build/dev/worker.env\n+++ /dev/null\n"), "{}", run.stdout);
    let run = folder.run(&["synth", "--stage", "dev", "--out", "build"]);

    run.is(
        0,
        "",
        "wrote bindings.json\n\
         removed build/dev/worker.env\n\
         removed build/dev/worker.environment.json\n\
         removed build/dev/worker.policy.json\n\
         unchanged build/dev/api.env\n\
         unchanged build/dev/api.environment.json\n\
         unchanged build/dev/api.policy.json\n\
         wrote build/dev/bindings.tf.json\n\
         wrote build/dev/template.json\n",
    );
    assert_eq!(
        folder.names(),
        [
            "bind.toml",
            "bindings.json",
            "build/dev/api.env",
            "build/dev/api.environment.json",
            "build/dev/api.policy.json",
            "build/dev/bindings.tf.json",
            "build/dev/mine.env",
            "build/dev/template.json",
        ]
    );
}

#[test]
fn every_problem_is_said_at_once_and_nothing_is_written() {
    let folder = Folder::with(&[("bind.toml", PROBLEMS), (".env.dev", "COUNT=hunter2\n")]);

    let run = folder.run(&["synth", "--stage", "dev", "--out", "build"]);

    run.is(
        1,
        "",
        "error: `COUNT`: the value of the variable `COUNT` in stage `dev` must be a whole number from 0 to 255 (u8)\n\
        \x20--> bind.toml:4:27\n\
         \n\
         `NAME`: the value of the variable `HOME` in stage `dev` must have at most 2 characters\n\
        \x20--> bind.toml:5:26\n\
         \n\
         `NAME`: the value of the variable `HOME` in stage `prod` must have at most 2 characters\n\
        \x20--> bind.toml:5:26\n\
         \n\
         `OWNER` in `[environment]` takes the variable `OWNER`, which is not set for stage `dev`: looked in `.env`, `.env.local`, `.env.dev`, \
         `.env.dev.local` and the environment\n\
        \x20--> bind.toml:11:17\n\
         \n\
         `URL` in the environment of function `api` takes the variable `API_URL`, which is not set for stage `dev`: looked in `.env`, \
         `.env.local`, `.env.dev`, `.env.dev.local` and the environment\n\
        \x20--> bind.toml:14:51\n\
         \n\
         `ONLY_PROD` has no value in stage `dev`, where it is required: give it one in `[stages.dev.parameters]`, or write \
         `deploy = true` if whoever deploys gives it\n\
         \n\
         `TERMS` cannot be stored in SSM, in stage `dev`: SSM takes no empty value\n\
         \n\
         functions `API` and `api`: their files would be the same where letters have no case: rename one\n",
    );
    assert_eq!(folder.names(), [".env.dev", "bind.toml"]);

    // Of another stage as far as it is known here.
    folder.write(".env.prod", "COUNT=hunter2\nHOME=ab\n");
    let run = folder.run(&["synth", "--stage", "dev", "--out", "build"]);
    assert!(
        run.stderr.contains("`COUNT` in stage `prod` must be a whole number from 0 to 255 (u8)\n"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);

    // The manifest alone needs none of these values.
    folder.run(&["synth"]).is(0, "", "wrote bindings.json\n");
}

#[test]
fn a_value_that_cloudformation_would_resolve_is_refused_and_not_shown() {
    let text = r#"app = "orders"
[parameters]
A = "{{resolve:secretsmanager:hunter2}}"
B = { value = { env = "B" } }
C = { value = "x", docs = "not {{resolve:ssm:/hunter2}}" }
D = "{{braces}}"
[stages.dev.parameters]
C = "before {{resolve:ssm:/hunter2}} after"
[environment]
PLAIN = "{{resolve:ssm-secure:/hunter2}}"
[functions]
api = { bind = ["A", "B"], environment = { OWN = { env = "B" } } }
worker = { bind = "*" }
"#;
    let folder = Folder::with(&[("bind.toml", text), (".env", "B={{resolve:ssm:/hunter2}}\n")]);

    folder.run(&["synth", "--stage", "dev", "--out", "build"]).is(
        1,
        "",
        "error: `B`: the value of the variable `B` in stage `dev` must not have `{{resolve:`, in whose place CloudFormation would put \
         another value\n\
        \x20--> bind.toml:4:23\n\
         \n\
         `OWN` in the environment of function `api`: the value of the variable `B` in stage `dev` must not have `{{resolve:`, in whose \
         place CloudFormation would put another value\n\
        \x20--> bind.toml:12:58\n\
         \n\
         `A`: the value that bind.toml has for stage `dev` must not have `{{resolve:`, in whose place CloudFormation would put another \
         value\n\
         \n\
         `C`: the value that bind.toml has for stage `dev` must not have `{{resolve:`, in whose place CloudFormation would put another \
         value\n\
         \n\
         `PLAIN` in `[environment]`: the value that bind.toml has for stage `dev` must not have `{{resolve:`, in whose place \
         CloudFormation would put another value\n",
    );
    assert_eq!(folder.names(), [".env", "bind.toml"]);

    // The manifest alone has no values; and docs are no value, but are in the template where they do no harm only.
    folder.run(&["synth", "--quiet"]).is(0, "", "");
    folder.write(
        "bind.toml",
        "app = \"orders\"\n[parameters]\nC = { value = \"x\", docs = \"not {{resolve:ssm:/a}}\" }\n",
    );
    folder.run(&["synth", "--stage", "dev", "--out", "build", "--quiet"]).is(0, "", "");
    assert!(!folder.read("build/dev/template.json").contains("{{resolve:"));
}

#[cfg(unix)]
#[test]
fn a_spill_waits_for_whoever_changes_the_declaration_and_reads_what_they_wrote() {
    let folder = Folder::with(&[("bind.toml", &large())]);
    let theirs = fs::File::open(folder.path("bind.toml")).unwrap();
    theirs.lock().unwrap();
    std::thread::scope(|scope| {
        let spill = scope.spawn(|| folder.run(&["synth", "--spill", "--quiet"]));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!spill.is_finished() && !folder.read("bind.toml").contains("fetch = true"));
        // As the tool does it: a new file in place of the old one.
        folder.write("new", &large().replace("KEY = \"docs\"", "KEY = \"docs\"\nTHEIRS = \"docs\""));
        fs::rename(folder.path("new"), folder.path("bind.toml")).unwrap();
        drop(theirs);
        spill.join().unwrap().is(0, "", "");
    });
    let declared = folder.read("bind.toml");
    assert!(declared.contains("THEIRS = \"docs\"") && declared.contains("fetch = true"), "{declared}");
    assert!(folder.read("bindings.json").contains("\"THEIRS\""));
}

#[test]
fn mistakes_in_the_declaration_stop_it() {
    let folder = Folder::with(&[("bind.toml", "app = \"orders\"\n[secrets]\nKEY = { value = \"hunter2\" }\n")]);
    let run = folder.run(&["synth", "--out", "build", "--stage", "dev"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("bind.toml:3:") && !run.stderr.contains("hunter2"), "{}", run.stderr);
    assert_eq!(folder.names(), ["bind.toml"]);
}

#[test]
fn an_environment_that_does_not_fit_names_the_largest_and_spill_makes_room() {
    let folder = Folder::with(&[("bind.toml", &large())]);

    folder.run(&["synth"]).is(
        1,
        "",
        "error: function `api`: its environment in stage `prod` has 5,201 bytes, and Lambda takes 4,096; the largest parameters \
         are `C` (2,502), `A` (2,002), `B` (402): `bind-config synth --spill` lets functions fetch the largest at start\n",
    );
    assert_eq!(folder.names(), ["bind.toml"]);

    folder.run(&["synth", "--spill"]).is(
        0,
        "",
        "`fetch = true` in bind.toml: functions fetch C at start\nwrote bind.toml\nwrote bindings.json\n",
    );
    let declared = folder.read("bind.toml");
    assert!(declared.starts_with("# The app.\napp = \"orders\" # its name\n"), "{declared}");
    assert!(declared.contains("fetch = true"), "{declared}");

    folder.run(&["synth", "--spill"]).is(
        0,
        "",
        "every environment fits: nothing more is to be fetched at start\nunchanged bindings.json\n",
    );
    assert_eq!(folder.read("bind.toml"), declared);
    folder.run(&["synth", "--stage", "prod", "--out", "build", "--quiet"]).is(0, "", "");
    assert!(folder.read("build/prod/api.env").contains("SST_Parameter_value_C=__FETCH_FROM_SSM__\n"));
}

#[test]
fn an_environment_that_no_spill_makes_fit_says_so() {
    let secrets = (0..90).map(|n| format!("SOME_SECRET_{n} = \"docs\"\n")).collect::<Vec<_>>().concat();
    let text = format!("app = \"orders\"\nstage = \"dev\"\n[secrets]\n{secrets}");
    let folder = Folder::with(&[("bind.toml", &text)]);

    for arguments in [&["synth"][..], &["synth", "--spill"]] {
        folder.run(arguments).is(
            1,
            "",
            "error: the app (no functions are declared): its environment in stage `dev` has 5,114 bytes, and Lambda takes \
             4,096: declare `[functions]`, so that each one has only what it is bound to\n",
        );
    }
    folder.write("bind.toml", &format!("{text}[functions]\nall = {{ bind = \"*\" }}\n"));
    folder.run(&["synth", "--spill"]).is(
        1,
        "",
        "error: function `all`: its environment in stage `dev` has 5,114 bytes, and Lambda takes 4,096: bind it to fewer: there \
         are not enough parameters that could be fetched at start\n",
    );
    assert_eq!(folder.names(), ["bind.toml"]);
}

#[test]
fn a_policy_that_iam_does_not_take_names_the_way_out() {
    let secrets = (0..50).map(|n| format!("SECRET_{n} = \"docs\"\n")).collect::<Vec<_>>().concat();
    let text = format!("app = \"orders\"\n[secrets]\n{secrets}[functions]\nall = {{ bind = \"*\" }}\n");
    let folder = Folder::with(&[("bind.toml", &text)]);

    folder.run(&["synth", "--stage", "dev", "--out", "build"]).is(
        1,
        "",
        "error: function `all`: its policy names 50 secrets in 9,402 characters, and IAM takes 6,144 as a managed policy: write \
         `grants = \"prefix\"` at the top of bind.toml, or bind fewer\n",
    );

    folder.write("bind.toml", &format!("grants = \"prefix\"\n{text}"));
    folder.run(&["synth", "--stage", "dev", "--out", "build", "--quiet"]).is(0, "", "");
}

#[test]
fn the_region_is_in_the_policies_where_it_is_said() {
    let folder = Folder::with(&[("bind.toml", TWO_FUNCTIONS)]);
    folder.run(&["synth", "--stage", "dev", "--out", "build", "--region", "cn-north-1", "--quiet"]).is(0, "", "");
    let policy = folder.read("build/dev/api.policy.json");
    assert!(policy.contains("arn:aws-cn:ssm:cn-north-1:*:parameter/sst/orders/dev/Secret/KEY/value"), "{policy}");
}

#[test]
fn without_a_declaration_there_is_nothing_to_do() {
    let folder = Folder::with(&[]);
    let run = folder.run(&["synth"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));

    folder.write("bindings.json", r#"{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": {} }"#);
    folder.run(&["synth"]).is(
        2,
        "",
        "error: there is no bind.toml beside `DIR/bindings.json`: whatever wrote that must write it anew, or start with \
         `bind-config init`\n",
    );
}

#[test]
fn files_of_a_deployment_need_a_stage() {
    let folder = Folder::with(&[("bind.toml", STAGES)]);
    folder.run(&["synth", "--out", "build"]).is(
        2,
        "",
        "error: no stage is meant: give `--stage NAME`, or keep a personal one with `bind-config stage use NAME`\n",
    );
    assert_eq!(folder.names(), ["bind.toml"]);
}

/// A parameter of 2,500 characters and others, and comments.
fn large() -> String {
    let [a, b, c] = [2_000, 400, 2_500].map(|length| "x".repeat(length));
    format!(
        "# The app.\napp = \"orders\" # its name\n[secrets]\nKEY = \"docs\"\n[parameters]\nA = \"{a}\" # large\nB = \"{b}\"\n\
         C = {{ value = \"short\", docs = \"larger\" }}\n[stages.prod.parameters]\nC = \"{c}\"\n\
         [functions]\napi = {{ bind = \"*\" }}\n"
    )
}

const STAGES: &str = r#"app = "orders"
[parameters]
VERSION = "1.2.0"
[stages.prod.parameters]
VERSION = "1.0.0"
[functions]
api = { bind = ["VERSION"] }
"#;

const TWO_FUNCTIONS: &str = r#"app = "orders"
[secrets]
KEY = "docs"
[functions]
api = { bind = ["KEY"] }
worker = { bind = "*" }
"#;

const PROBLEMS: &str = r#"app = "orders"
[parameters]
ONLY_PROD = { docs = "elsewhere" }
COUNT = { value = { env = "COUNT" }, type = "u8" }
NAME = { value = { env = "HOME" }, shape = { max_length = 2 } }
TERMS = { value = "", fetch = true }

[stages.prod.parameters]
ONLY_PROD = "here"
[environment]
OWNER = { env = "OWNER" }
[functions]
API = { bind = "*" }
api = { bind = "*", environment = { URL = { env = "API_URL" } } }
"#;
