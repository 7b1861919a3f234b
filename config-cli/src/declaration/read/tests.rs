//! The sample declarations: what is accepted, and the whole text of every refusal.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::read;
use crate::declaration::mistake::render;
use crate::declaration::{Declaration, Source};

#[test]
fn every_valid_declaration_says_what_stands_beside_it() {
    let files = declarations("valid");
    let differences: Vec<String> = files.iter().filter_map(|file| compared(file, &accepted(file))).collect();
    assert!(differences.is_empty(), "{}\n{HOW}", differences.join("\n"));
    assert!(files.len() >= 4, "{}", files.len());
}

#[test]
fn every_refusal_has_the_text_beside_its_declaration() {
    let files = declarations("invalid");
    let differences: Vec<String> = files.iter().filter_map(|file| compared(file, &refused(file))).collect();
    assert!(differences.is_empty(), "{}\n{HOW}", differences.join("\n"));
    assert!(files.len() >= 60, "{}", files.len());
}

#[test]
fn no_text_is_left_without_its_declaration() {
    for file in files("invalid").into_iter().chain(files("valid")) {
        assert!(file.with_extension("toml").exists(), "{}", file.display());
    }
}

fn accepted(file: &Path) -> String {
    let declaration = read(&fs::read_to_string(file).unwrap())
        .unwrap_or_else(|mistakes| panic!("{}", render(&mistakes, &file.display().to_string())));
    assert_eq!(declaration.manifest.check().map_err(|err| err.to_string()), Ok(()));
    declaration.manifest.to_json() + "\n" + &rest_of(&declaration)
}

/// What is not in the manifest, a line each.
fn rest_of(declaration: &Declaration) -> String {
    let Declaration { layout, store, stage, grants, kms_key, .. } = declaration;
    let mut text = format!("{layout:?} {store:?} {stage:?} {grants:?} {kms_key:?}\n");
    for (id, parameter) in &declaration.parameters {
        let value = parameter.value.as_ref().map_or("-".to_owned(), shown);
        let _ = writeln!(text, "parameter {id} deploy={} fetch={} {value}", parameter.deploy, parameter.fetch);
    }
    for (name, stage) in &declaration.stages {
        let _ = writeln!(text, "stage {name} {:?}", stage.kms_key);
        for (id, source) in &stage.parameters {
            let _ = writeln!(text, "stage {name} {id} {}", shown(source));
        }
    }
    for (name, source) in &declaration.environment {
        let _ = writeln!(text, "variable {name} {}", shown(source));
    }
    for (function, environment) in &declaration.function_environment {
        for (name, source) in environment {
            let _ = writeln!(text, "variable {name} of {function} {}", shown(source));
        }
    }
    text
}

fn shown(source: &Source) -> String {
    match source {
        Source::Text(text) => format!("{text:?}"),
        Source::Env { variable, place } => format!("${variable} {place:?}"),
    }
}

fn refused(file: &Path) -> String {
    let name = file.file_name().unwrap().to_str().unwrap();
    match read(&fs::read_to_string(file).unwrap()) {
        Ok(_) => panic!("{name} is accepted"),
        Err(mistakes) => render(&mistakes, name) + "\n",
    }
}

/// The text, where it is not that of the file beside.
fn compared(file: &Path, text: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration")]
    let bless = std::env::var_os("BLESS").is_some();
    let expected = file.with_extension("txt");
    if bless {
        fs::write(expected, text).unwrap();
        return None;
    }
    let same = fs::read_to_string(expected).ok().as_deref() == Some(text);
    (!same).then(|| format!("{}\n{text}", file.display()))
}

fn declarations(folder: &str) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "toml")).collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/declarations").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

const HOW: &str = "run with BLESS=1 and review the difference";
