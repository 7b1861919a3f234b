//! `.env` files, as far as the tool reads them: for `bind`, and for parameters that name a variable.

use crate::app::{App, Said};

/// An app whose only parameter is in a variable.
const READS: &str = "app = \"a\"\nstage = \"dev\"\n[parameters]\nP = { value = { env = \"WHAT\" } }\n";

/// What a command gets for these variables.
fn values(app: &App, names: &str) -> String {
    let script =
        names.split(' ').map(|name| format!("printf '%s|' \"${{{name}-unset}}\"")).collect::<Vec<_>>().join("; ");
    let said = app.run(["bind", "--", "sh", "-c", &script]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    said.out
}

fn app(files: &[(&str, &str)]) -> App {
    let app = App::new("app = \"a\"\nstage = \"dev\"\n");
    for (name, text) in files {
        app.write(name, text);
    }
    app
}

#[test]
fn the_last_file_wins() {
    let all = [
        (".env", "A=1\nB=1\nC=1\nD=1\n"),
        (".env.local", "B=2\nC=2\nD=2\n"),
        (".env.dev", "C=3\nD=3\n"),
        (".env.dev.local", "D=4\n"),
        (".env.prod", "A=5\nB=5\nC=5\nD=5\n"),
        (".env.prod.local", "A=6\nB=6\nC=6\nD=6\n"),
    ];
    let app = app(&all);
    assert_eq!(values(&app, "A B C D"), "1|2|3|4|");
    let said = app.run(["bind", "--stage", "prod", "--", "sh", "-c", "echo $A$B$C$D"]);
    assert_eq!(said, Said { code: 0, out: "6666\n".to_owned(), err: String::new() });
}

#[test]
fn the_environment_wins_over_every_file() {
    let app =
        app(&[(".env", "A=file\nB=file\n"), (".env.dev.local", "A=file\nB=file\n")]).with("A", "own").with("B", "");
    assert_eq!(values(&app, "A B"), "own||");
    let app = App::new(READS).with("WHAT", "own");
    app.write(".env.dev.local", "WHAT=file\n");
    assert_eq!(values(&app, "SST_Parameter_value_P"), "own|");
}

#[test]
fn a_parameter_takes_the_files_of_its_stage() {
    let app = App::new(READS);
    app.write(".env", "WHAT=all\n");
    app.write(".env.prod", "WHAT=prod\n");
    assert_eq!(values(&app, "SST_Parameter_value_P"), "all|");
    let said = app.run(["bind", "--stage", "prod", "--", "sh", "-c", "echo $SST_Parameter_value_P"]);
    assert_eq!(said.out, "prod\n");
}

#[test]
fn references_are_replaced_across_files_and_by_the_environment() {
    let files = [
        (".env", "HOST=all\nURL=http://$HOST:${PORT:-80}/\nPRICE=\\$5\nME=$FROM_OUTSIDE\n"),
        (".env.local", "HOST=own\n"),
        (".env.dev", "BOTH=${HOST}-${URL}\n"),
    ];
    let app = app(&files).with("FROM_OUTSIDE", "outside");
    assert_eq!(values(&app, "URL PRICE ME BOTH"), "http://own:80/|$5|outside|own-http://own:80/|");
    assert_eq!(values(&app.with("HOST", "real"), "URL"), "http://real:80/|");
}

#[test]
fn no_command_is_run_and_nothing_goes_on_for_ever() {
    let text =
        "A=$(touch ran)\nB=`touch ran`\nC=$&\nD=$D\nE=${E}x\nF=$G\nG=$F\nH=${H:-${H}}\nI=\"${J}${J}\"\nJ='$I$I'\n";
    let app = app(&[(".env", text)]);
    assert_eq!(values(&app, "A B C"), "$(touch ran)|touch ran|$&|");
    assert!(!app.folder().join("ran").exists());
}

#[test]
fn a_large_value_that_doubles_itself_ends() {
    let mut text = "A0=xxxxxxxxxxxxxxxx\n".to_owned();
    let doubled = (1..60).map(|at| format!("A{at}=$A{0}$A{0}\n", at - 1));
    text.extend(doubled);
    let app = app(&[(".env", &text)]);
    // Larger than an environment, which is told, and not slower than anybody waits.
    let said = app.run(["bind", "--", "true"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (126, "error: `true` cannot be run: the values are too large for an environment\n")
    );
}

#[test]
fn a_file_of_another_system_is_read_as_far_as_it_has_entries() {
    let app = app(&[(".env", "\u{feff}A=1\r\nB=a\u{fffd}b\r\nno entry\r\nexport C='3'\r\n")]);
    assert_eq!(values(&app, "A B C"), "1|a\u{fffd}b|3|");
}

#[test]
fn a_file_that_is_no_text_is_refused_with_its_line_and_without_its_value() {
    let app = app(&[(".env", "A=1\n")]);
    std::fs::write(app.folder().join(".env.dev"), b"A=1\nSST_Secret_value_OTHER=canary\xe9\nC=3\n").unwrap();
    let path = app.folder().canonicalize().unwrap().join(".env.dev");
    let expected = Said { code: 2, out: String::new(), err: format!("error: {}:2: it is not UTF-8\n", path.display()) };
    assert_eq!(app.run(["bind", "--", "touch", "ran"]), expected);
    assert_eq!(app.run(["synth", "--out", "build"]), expected);
    assert!(!app.folder().join("ran").exists() && !app.folder().join("build").exists());
}

#[test]
fn nobody_waits_for_a_pipe_that_has_the_name_of_a_file() {
    for file in [".env", ".env.dev.local"] {
        let app = app(&[]);
        let path = crate::kit::pipe(&app, file);
        let err = format!("error: {}: it is not a plain file\n", path.display());
        assert_eq!(app.run(["bind", "--", "true"]), Said { code: 2, out: String::new(), err });
    }
}

#[test]
fn a_file_may_be_a_link_and_one_that_leads_nowhere_is_named() {
    let app = app(&[("shared/env", "A=shared\n")]);
    let link = app.folder().canonicalize().unwrap().join(".env");
    std::os::unix::fs::symlink("shared/env", &link).unwrap();
    assert_eq!(values(&app, "A"), "shared|");
    std::fs::remove_file(app.folder().join("shared/env")).unwrap();
    let err = format!("error: {}: it is a link that leads nowhere\n", link.display());
    assert_eq!(app.run(["bind", "--", "true"]), Said { code: 2, out: String::new(), err });
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let app = app(&[(".env.dev/x", "")]);
    let said = app.run(["bind", "--", "true"]);
    let path = app.folder().canonicalize().unwrap().join(".env.dev");
    assert_eq!((said.code, said.err), (2, format!("error: {}: it is not a plain file\n", path.display())));
}

#[test]
fn a_file_that_is_too_large_is_named() {
    let app = app(&[]);
    std::fs::File::create(app.folder().join(".env")).unwrap().set_len(33 << 20).unwrap();
    let said = app.run(["bind", "--", "true"]);
    let path = app.folder().canonicalize().unwrap().join(".env");
    assert_eq!((said.code, said.err), (2, format!("error: {}: it is larger than 32 MB\n", path.display())));
}

/// SST v2 was led to another region by a stray `AWS_REGION` in `.env`, and set up its stacks there.
#[test]
fn no_file_chooses_the_stage_the_app_the_store_or_the_credentials_of_the_tool() {
    let ssm = bind_config_local::LocalSsm::with_secrets("a", "dev", [("KEY", "value")]).unwrap();
    let app = App::on(&ssm, "app = \"a\"\n[secrets]\nKEY = \"\"\n");
    let stray = "SST_STAGE=prod\nSST_APP=other\nSST_REGION=eu-west-1\nAWS_REGION=eu-west-1\nAWS_ENDPOINT_URL_SSM=http://127.0.0.1:9\nAWS_ENDPOINT_URL=http://127.0.0.1:9\nAWS_ACCESS_KEY_ID=stray\nAWS_SECRET_ACCESS_KEY=stray\nAWS_PROFILE=stray\n";
    for file in [".env", ".env.local", ".env.dev", ".env.dev.local"] {
        app.write(file, stray);
    }
    assert_eq!(app.run(["stage"]).code, 2);
    assert_eq!(app.ok("secrets get KEY --stage dev"), "value");
    app.ok("synth");
    app.ok("check --stage dev");
    let script = "echo $SST_APP $SST_STAGE $SST_Secret_value_KEY $AWS_PROFILE $SST_REGION";
    let said = app.run(["bind", "--stage", "dev", "--", "sh", "-c", script]);
    assert_eq!((said.code, said.out.as_str()), (0, "a dev value stray eu-west-1\n"), "the command's are its own");
}

#[test]
fn the_files_are_those_beside_the_declaration() {
    let app = app(&[(".env", "A=root\n"), ("sub/.env", "A=sub\nB=sub\n")]);
    let said = app.run(["bind", "--project", "sub", "--", "sh", "-c", "echo $A$B"]);
    assert_eq!((said.code, said.out.as_str()), (0, "root\n"));
}
