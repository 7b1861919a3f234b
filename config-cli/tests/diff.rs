//! `diff`: what a new manifest does to code that compiles today.

#[path = "synth/run.rs"]
mod run;

use std::fs;

use run::{Folder, assert_files, fixture};

const NO_GIT: &str =
    "error: `no.json` is not a file, and git says: not a git repository (or any of the parent directories): .git\n";

fn manifest(bindings: &str) -> String {
    format!(r#"{{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": {{ {bindings} }} }}"#)
}

#[test]
fn every_kind_of_difference_is_told_in_every_form() {
    let fixture = fixture("diff");
    let folder = Folder::of_fixture(&fixture);

    let [table, markdown, json] = [&[][..], &["--markdown"], &["--json"]].map(|form| {
        let run = folder.run(&[&["diff", "old.json", "new.json"], form].concat());
        let is_said = run.stderr.starts_with("error: ") && run.stderr.contains(" code that compiles today: ");
        assert_eq!((run.code, run.stderr.is_empty(), is_said), (Some(1), form != ["--json"], form == ["--json"]));
        run.stdout
    });

    let forms = [("report.json", json), ("report.md", markdown), ("report.txt", table)];
    assert_files(&forms.map(|(name, text)| (name.to_owned(), text)).into(), &fixture);
}

#[test]
fn no_difference_is_said_too() {
    let folder = Folder::with(&[("a.json", &manifest(r#""A": { "kind": "secret" }"#))]);
    folder.run(&["diff", "a.json", "a.json"]).is(0, "no difference\n", "");
    folder.run(&["diff", "a.json", "a.json", "--markdown"]).is(0, "**Bindings:** no difference\n", "");
    let json = "{\n  \"breaking\": false,\n  \"changes\": [],\n  \"error\": null\n}\n";
    folder.run(&["diff", "a.json", "a.json", "--json"]).is(0, json, "");
}

#[test]
fn what_compiles_as_before_is_no_failure() {
    let old = manifest(r#""A": { "kind": "secret" }"#);
    let new = manifest(r#""A": { "kind": "secret", "docs": "an A" }, "B": { "kind": "secret" }"#);
    let folder = Folder::with(&[("old.json", &old), ("new.json", &new)]);
    folder.run(&["diff", "old.json", "new.json"]).is(
        0,
        "NAME  CHANGE                          EFFECT\n\
         A     docs: none → an A\n\
         B     added: secret string, required  to be set before the deploy\n\
         \n\
         2 differences, and code compiles as before\n",
        "",
    );
}

#[test]
fn an_optional_secret_that_is_added_needs_no_value_before_the_deploy() {
    let old = manifest("");
    let new = manifest(
        r#""A": { "kind": "secret", "required": false }, "B": { "kind": "secret", "required": ["prod"] }, "C": { "kind": "secret" }"#,
    );
    let folder = Folder::with(&[("old.json", &old), ("new.json", &new)]);
    folder.run(&["diff", "old.json", "new.json"]).is(
        0,
        "NAME  CHANGE                                  EFFECT\n\
         A     added: secret string, optional\n\
         B     added: secret string, required in prod  to be set before the deploy\n\
         C     added: secret string, required          to be set before the deploy\n\
         \n\
         3 differences, and code compiles as before\n",
        "",
    );
}

#[test]
fn a_text_of_others_calls_nobody_and_formats_nothing_in_markdown() {
    let docs = |docs: &str| manifest(&format!(r#""A": {{ "kind": "secret", "docs": "{docs}" }}"#));
    let new = docs("ask @somebody at <b> [x](y) | `or`");
    let folder = Folder::with(&[("old.json", &docs("old")), ("new.json", &new)]);

    let run = folder.run(&["diff", "old.json", "new.json", "--markdown"]);

    let cell = r"| docs: old → ask &#64;somebody at \<b\> \[x\](y) \| \`or\` |";
    assert!(run.stdout.contains(cell) && !run.stdout.contains('@'), "{}", run.stdout);
}

#[test]
fn without_functions_everything_breaks_everywhere() {
    let old = manifest(r#""A": { "kind": "secret" }, "B": { "kind": "secret" }"#);
    let new = manifest(r#""B": { "kind": "secret" }"#);
    let folder = Folder::with(&[("old.json", &old), ("new.json", &new)]);
    folder.run(&["diff", "old.json", "new.json"]).is(
        1,
        "NAME  CHANGE                            EFFECT\n\
         A     removed: secret string, required  breaks every function: the field is gone\n\
         \n\
         1 of 1 difference breaks code that compiles today: every function\n",
        "",
    );
}

#[test]
fn functions_that_are_declared_for_the_first_time_or_no_more_break_code() {
    let without = manifest(r#""A": { "kind": "secret" }"#);
    let with = without.replace("\"bindings\"", r#""functions": { "api": { "bind": ["A"] } }, "bindings""#);
    let folder = Folder::with(&[("without.json", &without), ("with.json", &with)]);
    folder.run(&["diff", "without.json", "with.json"]).is(
        1,
        "NAME  CHANGE                                                  EFFECT\n\
         app   functions: every function sees everything → 1 function  breaks every function: code must say which function it is, or be called like it\n\
         \n\
         1 of 1 difference breaks code that compiles today: every function\n",
        "",
    );
    let run = folder.run(&["diff", "with.json", "without.json"]);
    assert!(run.stdout.contains("breaks api: there is no function any more that code could name"), "{}", run.stdout);
}

#[test]
fn a_revision_of_git_is_compared_with_what_is_there() {
    let folder = Folder::with(&[("service/bindings.json", &manifest(r#""A": { "kind": "secret" }"#))]);
    folder.git(&["init", "-q"]);
    folder.git(&["add", "."]);
    folder.git(&["commit", "-q", "-m", "one"]);
    folder.git(&["tag", "v1.2"]);
    folder.write("service/bindings.json", &manifest(r#""B": { "kind": "parameter" }"#));
    folder.git(&["commit", "-q", "-a", "-m", "two"]);
    folder.write("service/bindings.json", &manifest(r#""C": { "kind": "parameter" }"#));
    let expected = |old: &str, new: &str| {
        format!(
            "NAME  CHANGE                             EFFECT\n\
             {old}  breaks every function: the field is gone\n\
             {new}\n\n\
             1 of 2 differences breaks code that compiles today: every function\n"
        )
    };
    let a = "A     removed: secret string, required ";
    let c = "C     added: parameter string, required";
    for revision in ["v1.2", "HEAD~1", "main~1", "HEAD~1:service/bindings.json"] {
        let run = folder.run(&["diff", revision, "--project", "service"]);
        run.is(1, &expected(a, c), "");
    }
    let b = "B     added: parameter string, required";
    folder.run(&["--project", "service", "diff", "v1.2", "HEAD"]).is(1, &expected(a, b), "");
    let from_head = folder.run(&["--project", "service", "diff"]);
    assert!(from_head.stdout.contains("\nB     renamed: B → C  breaks every function"), "{}", from_head.stdout);
    // A file of that name comes first.
    folder.write("v1.2", &manifest(r#""C": { "kind": "parameter" }"#));
    folder.run(&["--project", "service", "diff", "v1.2"]).is(0, "no difference\n", "");
}

#[test]
fn what_cannot_be_compared_is_not_an_answer() {
    let folder = Folder::with(&[
        ("bindings.json", &manifest("")),
        ("broken.json", r#"{ "format": "bind-manifest", "version": 1, "app": "a b", "bindings": {} }"#),
    ]);
    folder.run(&["diff", "no.json"]).is(2, "", NO_GIT);
    let run = folder.run(&["diff", "broken.json"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.starts_with("error: `app` must be 1 to 64 letters"), "{}", run.stderr);

    folder.git(&["init", "-q"]);
    folder.run(&["diff", "HEAD"]).is(2, "", "error: `HEAD` is neither a file nor a git revision\n");
    folder.write("other", "");
    folder.git(&["add", "other"]);
    folder.git(&["commit", "-q", "-m", "without"]);
    folder.run(&["diff", "HEAD"]).is(
        2,
        "",
        "error: `HEAD` has no bindings.json that could be compared: git says: path 'bindings.json' exists on disk, but not in \
         'HEAD'\n",
    );
    folder.run(&["diff", "--", "--output=x"]).is(2, "", "error: `--output=x` is neither a file nor a git revision\n");
    fs::remove_file(folder.path("bindings.json")).unwrap();
    folder.write("bind.toml", "app = \"orders\"\n");
    folder.run(&["diff", "broken.json"]).is(
        2,
        "",
        "error: `app` must be 1 to 64 letters, digits, `_`, `.` and `-`\n --> DIR/broken.json:1:51\n  |\n1 | { \"format\": \"bind-manifest\", \
         \"version\": 1, \"app\": \"a b\", \"bindings\": {} }\n  |                                                   ^^^^^\n",
    );
    folder.write("fine.json", &manifest(""));
    folder.run(&["diff", "fine.json"]).is(2, "", "error: `DIR/bindings.json` is not there: run `bind-config synth`\n");
}

#[test]
fn what_has_another_type_is_no_new_name_of_what_is_gone() {
    let binding = |name: &str, ty: &str| {
        manifest(&format!(r#""{name}": {{ "kind": "secret", "type": "{ty}", "docs": "where the database is" }}"#))
    };
    let (old, new) = (binding("DATABASE", "string"), binding("DATABASES", "url"));
    let folder = Folder::with(&[("old.json", &old), ("new.json", &new)]);

    folder.run(&["diff", "old.json", "new.json"]).is(
        1,
        "NAME       CHANGE                            EFFECT\n\
         DATABASE   removed: secret string, required  breaks every function: the field is gone\n\
         DATABASES  added: secret url, required       to be set before the deploy\n\
         \n\
         1 of 2 differences breaks code that compiles today: every function\n",
        "",
    );
}
