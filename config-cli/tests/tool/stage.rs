//! Which app and which stage are meant, and how that is told.

use crate::app::{App, Said};

const DEV: &str = "app = \"orders\"\nstage = \"dev\"\n";
const BARE: &str = "app = \"orders\"\n";
const NO_STAGE: &str =
    "error: no stage is meant: give `--stage NAME`, or keep a personal one with `bind-config stage use NAME`\n";
const NO_APP: &str = "error: there is no bind.toml and no bindings.json in this folder or above it: `bind-config init` starts an app, `--app NAME` names one, `--project DIR` says where it is\n";

/// The stage that is meant, and why.
fn stage(app: &App, options: &str) -> (String, String) {
    let said = app.run(std::iter::once("stage").chain(options.split_whitespace()));
    assert_eq!(said.code, 0, "{said:?}");
    let why =
        said.err.strip_prefix("stage of `orders`, from ").and_then(|rest| rest.strip_suffix("; its store is `ssm`:\n"));
    (said.out.trim_end().to_owned(), why.unwrap_or(&said.err).to_owned())
}

fn pair(stage: &str, why: &str) -> (String, String) {
    (stage.to_owned(), why.to_owned())
}

fn empty() -> App {
    let app = App::new("");
    std::fs::remove_file(app.folder().join("bind.toml")).unwrap();
    app
}

#[test]
fn the_argument_comes_first_then_the_environment_then_the_declaration_then_the_personal_one() {
    let app = App::new(BARE);
    assert_eq!(app.run(["stage"]), Said { code: 2, out: String::new(), err: NO_STAGE.to_owned() });
    app.ok("stage use mine");
    assert_eq!(stage(&app, ""), pair("mine", "the personal stage in `.bind-config/stage`"));
    app.write("bind.toml", DEV);
    assert_eq!(stage(&app, ""), pair("dev", "`stage` in bind.toml"));
    let app = app.with("SST_STAGE", "env");
    assert_eq!(stage(&app, ""), pair("env", "`SST_STAGE` of the environment"));
    assert_eq!(stage(&app, "--stage arg"), pair("arg", "`--stage`"));
    assert_eq!(stage(&app.with("SST_STAGE", ""), ""), pair("dev", "`stage` in bind.toml"), "an empty one is none");
}

#[test]
fn it_is_told_as_json() {
    let json = App::new(DEV).ok("stage --json");
    let expected = serde_json::json!({ "app": "orders", "stage": "dev", "store": { "kind": "ssm" }, "source": "bind.toml", "error": null });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), expected);
}

#[test]
fn a_personal_stage_is_kept_in_the_folder_of_the_app() {
    let app = App::new(BARE);
    app.write("a/b/c", "");
    let said = app.run(["stage", "use", "mine", "--project", "a/b"]);
    let err = "`mine` is the personal stage of this checkout (.bind-config/stage)\n";
    assert_eq!(said, Said { code: 0, out: String::new(), err: err.to_owned() });
    assert_eq!(app.read(".bind-config/stage"), "mine\n");
    assert_eq!(mode(&app, ".bind-config"), 0o700);
    app.ok("stage use other");
    assert_eq!(stage(&app, "").0, "other");
    app.write(".bind-config/stage", "  by-hand \n\n");
    assert_eq!(stage(&app, "").0, "by-hand");
    app.write(".bind-config/stage", "\n");
    assert_eq!(app.run(["stage"]).err, NO_STAGE);
}

fn mode(app: &App, path: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(app.folder().join(path)).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_personal_stage_that_something_else_hides_is_told() {
    let app = App::new(DEV);
    let err = "`mine` is the personal stage of this checkout (.bind-config/stage)\nwarning: `stage` in bind.toml comes first: the stage that is meant is `dev`\n";
    assert_eq!(app.run(["stage", "use", "mine"]), Said { code: 0, out: String::new(), err: err.to_owned() });
    let said = app.with("SST_STAGE", "env").run(["stage", "use", "mine", "--quiet"]);
    let err = "warning: `SST_STAGE` of the environment comes first: the stage that is meant is `env`\n";
    assert_eq!((said.code, said.err.as_str()), (0, err));
}

#[test]
fn a_personal_stage_has_the_form_of_stages() {
    let app = App::new(BARE);
    for name in ["", "1st", "a_b", "a/b", "../x", ".fallback", "a b", "é", "a\n"] {
        let said = app.run(["stage", "use", name]);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{name:?}");
        assert!(
            said.err.ends_with("cannot be a stage: a stage is a letter, then letters, digits and `-`\n"),
            "{}",
            said.err
        );
    }
    assert!(!app.folder().join(".bind-config").exists());
    for name in ["a", "Z9", "pr-12", "a-"] {
        assert_eq!(app.run(["stage", "use", name]).code, 0, "{name}");
    }
}

#[test]
fn nobody_is_asked_and_nothing_is_done_where_no_stage_is_meant() {
    let app = App::new(&format!("{BARE}store = \"local\"\n[secrets]\nKEY = \"\"\n"));
    for arguments in [
        "secrets list",
        "secrets set KEY",
        "secrets get KEY",
        "secrets remove KEY --yes",
        "check",
        "show",
        "bind true",
        "stage",
    ] {
        let said = app.run_with(b"", arguments.split(' '));
        assert_eq!(said, Said { code: 2, out: String::new(), err: NO_STAGE.to_owned() }, "{arguments}");
    }
    assert!(!app.folder().join(".bind-config").exists());
}

#[test]
fn a_stage_that_is_a_path_is_refused_wherever_it_comes_from() {
    for name in ["../prod", "a/b", ".", "..", ".fallback", "/", "a b", "a*", "{stage}"] {
        let said = App::new(BARE).run(["stage", "--stage", name]);
        let err = format!(
            "error: `--stage` says that the stage is `{name}`: a stage is a letter, then letters, digits and `-`\n"
        );
        assert_eq!(said, Said { code: 2, out: String::new(), err });
        let said = App::new(BARE).with("SST_STAGE", name).run(["stage"]);
        assert!(said.code == 2 && said.err.contains("`SST_STAGE` of the environment says that"), "{said:?}");
        let app = App::new(BARE);
        app.write(".bind-config/stage", name);
        let said = app.run(["stage"]);
        assert!(said.code == 2 && said.err.contains("`.bind-config/stage` says that"), "{said:?}");
    }
    let said = App::new(BARE).run(["stage", "--stage", ""]);
    assert_eq!((said.code, said.err.as_str()), (2, "error: `--stage` is empty: give the stage's name\n"));
}

#[test]
fn a_stage_that_is_no_text_is_not_passed_over() {
    use std::os::unix::ffi::OsStringExt as _;
    let app = App::new(DEV);
    let mut command = app.command(["stage"]);
    let said = crate::app::said(command.env("SST_STAGE", std::ffi::OsString::from_vec(vec![0xff])).spawn().unwrap());
    let err = "error: `SST_STAGE` of the environment is not UTF-8: no stage is\n";
    assert_eq!(said, Said { code: 2, out: String::new(), err: err.to_owned() });
}

#[test]
fn a_stage_that_another_tool_made_can_be_read_and_not_written() {
    let app = App::new(&format!("{BARE}store = \"local\"\n[secrets]\nKEY = \"\"\n"));
    assert_eq!(app.run(["secrets", "list", "--stage", "my_stage.1"]).code, 0);
    let said = app.run_with(b"x", ["secrets", "set", "KEY", "--stage", "my_stage.1"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("`my_stage.1` (`--stage`) cannot be a stage"), "{}", said.err);
}

#[test]
fn outside_of_an_app_it_says_how_to_begin() {
    let app = empty();
    for arguments in
        ["stage", "stage use x", "secrets list", "check", "show", "bind true", "local path", "parameters list", "synth"]
    {
        let said = app.run(arguments.split(' '));
        assert_eq!(said, Said { code: 2, out: String::new(), err: NO_APP.to_owned() }, "{arguments}");
    }
    assert_eq!(std::fs::read_dir(app.folder()).unwrap().count(), 0);
}

#[test]
fn the_nearest_declaration_above_is_meant() {
    let app = App::new(DEV);
    app.write("inner/bind.toml", "app = \"inner\"\nstage = \"i\"\n");
    app.write("inner/deep/x", "");
    app.write("outer/deep/x", "");
    assert_eq!(stage(&app, "--project outer/deep").0, "dev");
    assert_eq!(app.ok("stage --project inner/deep"), "i\n");
    // What is above a folder is so on the disk, not in the text.
    assert_eq!(app.ok("stage --project inner/../outer"), "dev\n");
    std::os::unix::fs::symlink(app.folder().join("inner/deep"), app.folder().join("link")).unwrap();
    assert_eq!(app.ok("stage --project link"), "i\n");
    let said = app.run(["stage", "--project", "nowhere"]);
    assert_eq!((said.code, said.err.as_str()), (2, "error: there is no folder `nowhere`\n"));
    let said = app.run(["stage", "--project", "bind.toml"]);
    assert_eq!((said.code, said.err.as_str()), (2, "error: there is no folder `bind.toml`\n"));
}

/// An app in `inner` of another one's folder, that is declared by something which cannot be read.
fn inner(file: &str, make: impl FnOnce(&App, &std::path::Path)) -> (App, Said) {
    let app = App::new("app = \"outer\"\nstage = \"o\"\n");
    app.write("inner/deep/x", "");
    make(&app, &app.folder().join("inner").join(file));
    let said = app.run(["stage", "--project", "inner/deep"]);
    (app, said)
}

#[test]
fn a_declaration_that_cannot_be_read_does_not_mean_the_app_of_a_folder_above() {
    for file in ["bind.toml", "bindings.json"] {
        let refused = |app: &App, why: &str| {
            let path = app.folder().canonicalize().unwrap().join("inner").join(file);
            Said { code: 2, out: String::new(), err: format!("error: {}: {why}\n", path.display()) }
        };
        let (app, said) = inner(file, |_, path| std::os::unix::fs::symlink("nowhere", path).unwrap());
        assert_eq!(said, refused(&app, "it is a link that leads nowhere"));
        let (app, said) = inner(file, |_, path| std::fs::create_dir(path).unwrap());
        assert_eq!(said, refused(&app, "it is not a plain file"));
        let (app, said) = inner(file, |app, _| drop(crate::kit::pipe(app, &format!("inner/{file}"))));
        assert_eq!(said, refused(&app, "it is not a plain file"));
    }
    // A link to a plain file is as good as that.
    let (_app, said) = inner("bind.toml", |app, path| {
        app.write("elsewhere", "app = \"linked\"\nstage = \"l\"\n");
        std::os::unix::fs::symlink("../elsewhere", path).unwrap();
    });
    assert_eq!((said.code, said.out.as_str()), (0, "l\n"));
}

#[test]
fn a_personal_stage_is_written_into_no_other_file_and_readable_by_its_owner_alone() {
    let app = App::new(BARE);
    let precious = app.write("precious", "mine\n");
    app.write(".bind-config/x", "");
    let path = app.folder().canonicalize().unwrap().join(".bind-config/stage");
    let refused = |why: &str| Said {
        code: 2,
        out: String::new(),
        err: format!("error: {}: {why}: remove it first\n", path.display()),
    };
    std::os::unix::fs::symlink(&precious, &path).unwrap();
    assert_eq!(app.run(["stage", "use", "dev"]), refused("it is a link"));
    assert_eq!(app.read("precious"), "mine\n");
    std::fs::remove_file(&path).unwrap();
    crate::kit::pipe(&app, ".bind-config/stage");
    assert_eq!(app.run(["stage", "use", "dev"]), refused("it is not a plain file"));
    let err = format!("error: {}: it is not a plain file\n", path.display());
    assert_eq!(app.run(["stage"]), Said { code: 2, out: String::new(), err }, "nobody waits for it");
    std::fs::remove_file(&path).unwrap();
    // One that has another name, too, is replaced and not written to.
    std::fs::hard_link(&precious, &path).unwrap();
    let tool = env!("CARGO_BIN_EXE_bind-config");
    let mut command = std::process::Command::new("sh");
    let script = "umask 0; \"$0\" stage use dev && \"$0\" stage use other";
    let status = command.args(["-c", script, tool]).current_dir(app.folder()).stderr(std::process::Stdio::null());
    assert!(status.status().unwrap().success());
    assert_eq!((app.read(".bind-config/stage").as_str(), app.read("precious").as_str()), ("other\n", "mine\n"));
    assert_eq!(mode(&app, ".bind-config/stage"), 0o600);
    let files = std::fs::read_dir(app.folder().join(".bind-config")).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, [".gitignore", "stage", "x"], "nothing is left beside it");
}

#[test]
fn a_manifest_alone_is_a_declaration() {
    let app = empty();
    app.write(
        "bindings.json",
        r#"{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": { "KEY": { "kind": "secret" } } }"#,
    );
    assert_eq!(app.ok("stage --stage dev"), "dev\n");
    let said = app.run(["show", "--stage", "dev", "--store", "local"]);
    let out = "NAME  KIND    TYPE              FROM\nKEY   secret  string  required  not set: neither /sst/orders/dev/Secret/KEY/value nor /sst/orders/.fallback/Secret/KEY/value\n";
    assert_eq!((said.code, said.out.as_str()), (0, out));
    let said = app.run(["show", "nothing", "--stage", "dev"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (2, "error: there is no function `nothing`: no functions are declared, leave it out and everything is meant\n")
    );
    // A bind.toml in the same folder comes first.
    app.write("bind.toml", "app = \"other\"\n");
    assert!(app.ok("stage --stage dev --json").contains("\"app\": \"other\""));
}

#[test]
fn an_app_that_is_named_needs_no_file() {
    let app = empty();
    let said = app.run(["secrets", "list", "--app", "orders", "--stage", "dev", "--store", "local", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("\"app\": \"orders\"") && said.out.contains("\"secrets\": []"), "{}", said.out);
    let said = app.run(["stage", "--app", "a/b"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (2, "error: `--app`: an app is 1 to 64 letters, digits, `_`, `.` and `-`\n")
    );
    let said = app.run(["check", "--app", "orders", "--stage", "dev"]);
    let err = "error: there is no bind.toml and no bindings.json, so there is nothing to check\n";
    assert_eq!((said.code, said.err.as_str()), (2, err), "nothing is not ready");
}

#[test]
fn an_app_that_is_another_is_refused() {
    let app = App::new(DEV);
    assert_eq!(app.ok("stage --app orders"), "dev\n");
    let said = app.run(["stage", "--app", "other"]);
    let folder = app.folder().canonicalize().unwrap();
    let err = format!("error: `--app other` is not the app of `{}`, which is `orders`\n", folder.display());
    assert_eq!(said, Said { code: 2, out: String::new(), err });
}

#[test]
fn a_declaration_that_is_broken_is_shown_with_all_mistakes_and_is_no_answer() {
    let broken = "app = \"orders\"\nstagee = \"dev\"\n[secrets]\nKEY = 5\n[functions]\napi = { bind = [\"KEYY\"] }\n";
    let app = App::new(broken);
    let first = app.run(["stage"]);
    assert_eq!((first.code, first.out.as_str()), (2, ""));
    for line in ["bind.toml:2:1", "bind.toml:4:7", "bind.toml:6:17", "did you mean"] {
        assert!(first.err.contains(line), "{line}: {}", first.err);
    }
    for arguments in [
        "secrets list --stage dev",
        "secrets get KEY --stage dev",
        "check --stage dev",
        "check --offline",
        "show --stage dev",
        "bind --stage dev true",
        "local path",
        "synth",
    ] {
        assert_eq!(app.run(arguments.split(' ')), first, "{arguments}");
    }
    let app = empty();
    app.write("bindings.json", "{ \"format\": \"bind-manifest\", \"version\": 1, \"app\": 5 }");
    let said = app.run(["stage"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("bindings.json"), "{}", said.err);
}
