//! The JSON Schema: the committed file is the generated one, and it agrees with the reader.

#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bind_config_manifest::{Manifest, json_schema};
use serde_json::Value;

#[test]
fn the_committed_schema_is_the_generated_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("bindings.schema.json");
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration")]
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, json_schema()).unwrap();
    }
    let how = "bindings.schema.json is out of date: run\n  \
               BLESS=1 cargo test -p bind-config-manifest --test schema";
    assert!(fs::read_to_string(file).is_ok_and(|text| text == json_schema()), "{how}");
}

#[test]
fn every_manifest_of_the_repository_fits_the_schema() {
    let validator = validator();
    let mut found = 0;
    for file in json_files(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()) {
        let bytes = fs::read(&file).unwrap();
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { continue };
        if value["format"] != "bind-manifest" || Manifest::parse(&bytes).is_err() {
            continue;
        }
        found += 1;
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {}", file.display(), errors.join("\n"));
    }
    // The samples, and the one of examples/quickstart.
    assert!(found >= 7, "{found}");
}

#[test]
fn what_is_written_fits_the_schema() {
    let validator = validator();
    for file in json_files(&samples("valid")) {
        let written = Manifest::parse(&fs::read(&file).unwrap()).unwrap().to_json();
        assert!(validator.is_valid(&serde_json::from_str(&written).unwrap()), "{}", file.display());
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses_except_where_no_schema_can() {
    let validator = validator();
    let mut accepted = BTreeSet::new();
    for file in json_files(&samples("invalid")) {
        // What is not JSON, or not the same JSON for every reader, is not asked.
        let Ok(value) = serde_json::from_slice::<Value>(&fs::read(&file).unwrap()) else { continue };
        if validator.is_valid(&value) {
            accepted.insert(file.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    let expected = NO_SCHEMA_CAN.iter().flat_map(|(_, files)| files.iter().map(|file| (*file).to_owned())).collect();
    assert_eq!(accepted, expected);
}

/// Why a schema cannot refuse them.
const NO_SCHEMA_CAN: [(&str, &[&str]); 7] = [
    (
        "other readers take one of two equal keys",
        &[
            "binding_extension_key_twice",
            "binding_key_twice",
            "extension_key_twice",
            "function_twice",
            "key_twice",
            "key_twice_behind_an_escape",
            "name_twice",
            "name_twice_behind_an_escape",
        ],
    ),
    ("one place does not know another", &["bind_undeclared", "bind_undeclared_and_far", "name_same_after_folding"]),
    (
        "a text form is not a JSON type",
        &[
            "default_not_of_the_enum",
            "default_not_of_the_list",
            "default_not_of_the_shape",
            "default_not_of_the_type",
            "example_not_of_the_shape",
            "example_not_of_the_type",
            "shape_min_not_read_by_humantime",
            "shape_url_starts_with_a_slash",
        ],
    ),
    (
        "limits are not compared, neither with each other nor with the range of the type",
        &[
            "shape_duration_min_above_max",
            "shape_max_out_of_range",
            "shape_min_above_max",
            "shape_min_length_above_max_length",
            "shape_secret_of_no_length",
            "shape_start_longer_than_max_length",
        ],
    ),
    ("words are not mapped to variants", &["enum_word_self", "enum_words_are_one_variant"]),
    ("1.0 is 1", &["shape_min_not_whole", "version_fraction"]),
    (
        "nothing is computed or counted",
        &["extension_deep", "fingerprint_of_another_manifest", "function_fingerprint_of_another"],
    ),
];

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&serde_json::from_str(&json_schema()).unwrap()).unwrap()
}

fn samples(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests").join(folder)
}

/// In every folder but those that a build or a tool makes.
fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap_or_default().to_owned();
        if path.is_dir() && !path.is_symlink() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
                files.extend(json_files(&path));
            }
        } else if path.is_file() && path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}
