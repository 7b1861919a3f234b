//! The sample manifests: what is accepted, and the whole text of every refusal.

#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

use std::fs;
use std::path::{Path, PathBuf};

use bind_config_manifest::Manifest;

#[test]
fn every_valid_manifest_is_read_and_written_back() {
    let files = manifests("valid");
    for file in &files {
        let manifest =
            Manifest::parse(&fs::read(file).unwrap()).unwrap_or_else(|err| panic!("{}: {err}", file.display()));

        let written = manifest.to_json();
        let again = Manifest::parse(written.as_bytes()).unwrap_or_else(|err| panic!("{}: {err}", file.display()));

        assert_eq!(again, manifest, "{}", file.display());
        assert_eq!(again.to_json(), written, "{}", file.display());
    }
    assert!(files.len() >= 6, "{}", files.len());
}

#[test]
fn every_refusal_has_the_text_beside_its_manifest() {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration")]
    let bless = std::env::var_os("BLESS").is_some();
    let files = manifests("invalid");
    let mut differences = Vec::new();
    for file in &files {
        let reading = Manifest::read(&fs::read(file).unwrap());
        assert_eq!(reading.mistakes.len(), 1, "{}: one mistake per file", file.display());

        let name = file.file_name().unwrap().to_str().unwrap();
        let text = reading.mistakes[0].render(name) + "\n";
        let expected = file.with_extension("txt");
        if bless {
            fs::write(expected, text).unwrap();
        } else if fs::read_to_string(expected).ok().as_ref() != Some(&text) {
            differences.push(text);
        }
    }
    let how = "run with BLESS=1 and review the difference";
    assert!(differences.is_empty(), "{}\n{how}", differences.join("\n"));
    assert!(files.len() >= 150, "{}", files.len());
}

#[test]
fn no_refusal_shows_a_value() {
    for file in manifests("invalid") {
        for mistake in Manifest::read(&fs::read(file).unwrap()).mistakes {
            assert!(!format!("{mistake:?}").contains("hunter"), "{mistake}");
        }
    }
}

#[test]
fn no_text_is_left_without_its_manifest() {
    let texts = files("invalid").into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "txt"));
    for text in texts {
        assert!(text.with_extension("json").exists(), "{}", text.display());
    }
}

fn manifests(folder: &str) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")).collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
