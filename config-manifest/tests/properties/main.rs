//! What holds for every manifest and for every text.

#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod arbitrary;

use bind_config_manifest::Manifest;
use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::value::{Scalar, Shape, Type, elements, is_less};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_the_same_manifest(manifest in arbitrary::manifest()) {
        let written = manifest.to_json();
        let read = Manifest::parse(written.as_bytes()).unwrap();
        prop_assert_eq!(&read, &manifest);
        prop_assert_eq!(read.to_json(), written);
        prop_assert_eq!(read.fingerprint(), manifest.fingerprint());
    }

    #[test]
    fn blanks_and_the_order_of_keys_do_not_matter(manifest in arbitrary::manifest()) {
        let value: serde_json::Value = serde_json::from_str(&manifest.to_json()).unwrap();
        prop_assert_eq!(Manifest::parse(value.to_string().as_bytes()).unwrap(), manifest);
    }

    #[test]
    fn what_is_written_fits_the_schema(manifest in arbitrary::manifest()) {
        static SCHEMA: std::sync::LazyLock<jsonschema::Validator> = std::sync::LazyLock::new(|| {
            let schema = serde_json::from_str(&bind_config_manifest::json_schema()).unwrap();
            jsonschema::draft202012::new(&schema).unwrap()
        });
        let written = serde_json::from_str(&manifest.to_json()).unwrap();
        prop_assert!(SCHEMA.is_valid(&written), "{:?}", SCHEMA.iter_errors(&written).map(|error| error.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        show(&bytes);
    }

    #[test]
    fn any_text_of_json_pieces_is_read(pieces in prop::collection::vec(piece(), 0..40)) {
        show(pieces.concat().as_bytes());
    }

    #[test]
    fn a_changed_manifest_is_read(manifest in arbitrary::manifest(), edits in prop::collection::vec(edit(), 1..6)) {
        let mut text = manifest.to_json().into_bytes();
        for (at, remove, insert) in edits {
            let at = at.index(text.len());
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.bytes());
            if text.is_empty() {
                break;
            }
        }
        show(&text);
    }

    #[test]
    fn folding_is_idempotent_and_keeps_ids_ids(id in "[A-Za-z][A-Za-z0-9_-]{0,127}") {
        let folded = name::fold(&id).into_owned();
        prop_assert_eq!(name::fold(&folded), folded.as_str());
        prop_assert_eq!(name::check_id(&id).is_ok(), id != "APP" && id != "STAGE");
        prop_assert!(!folded.contains('-') && folded.len() == id.len());
        prop_assert_eq!(name::env_var(Kind::Secret, &id), name::env_var(Kind::Secret, &folded));
    }

    #[test]
    fn two_names_share_a_path_only_if_they_fold_into_one(a in "[A-C_-]{1,4}", b in "[A-C_-]{1,4}") {
        let same = name::fold(&a) == name::fold(&b);
        let path = |id: &str| name::path("/sst/x/y/", Kind::Secret, id);
        prop_assert_eq!(path(&a) == path(&b), same);
        prop_assert_eq!(name::fallback_path("x", &a) == name::fallback_path("x", &b), same);
    }

    #[test]
    fn a_filled_prefix_has_the_app_and_the_stage_verbatim(template in ".{0,20}", app in ".{0,8}", stage in ".{0,8}") {
        let filled = name::expand_prefix(&format!("{template}|{{app}}|{{stage}}|"), &app, &stage);
        let tail = format!("|{app}|{stage}|");
        prop_assert!(filled.ends_with(&tail));
        let _ = name::check_prefix(&template);
    }

    #[test]
    fn no_text_is_too_odd_for_a_type_or_a_shape(text in odd_text(), min in odd_text(), max in odd_text(), length in any::<u64>()) {
        for scalar in Scalar::ALL {
            let fits = scalar.check(&text).is_ok();
            let shape = Shape {
                starts_with: Some(min.as_str()), min_length: Some(length), max_length: Some(length / 2),
                min: Some(min.as_str()), max: Some(max.as_str()),
            };
            let _ = (shape.check(scalar, &text), Type::List(scalar).check(&text), elements(scalar, &text));
            prop_assert!(!is_less(scalar, &text, &text));
            if fits {
                prop_assert_eq!(Shape::<&str>::ANY.check(scalar, &text), Ok(()));
            }
        }
    }

    #[test]
    fn a_misfit_never_holds_the_text(text in "[#-~]{12,40}") {
        for scalar in Scalar::ALL {
            for misfit in [scalar.check(&text), Type::List(scalar).check(&text)].into_iter().filter_map(Result::err) {
                prop_assert!(!misfit.to_string().contains(&text));
            }
        }
    }
}

/// Reads and renders, and looks at what must hold for every reading.
fn show(bytes: &[u8]) {
    let reading = Manifest::read(bytes);
    for mistake in &reading.mistakes {
        let lines: Vec<String> = mistake.render("bindings.json").lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 5, "{mistake}");
        assert!(lines.iter().all(|line| line.chars().count() < 800), "{mistake}");
        assert!(lines[4].ends_with('^'), "{mistake}");
    }
    if reading.mistakes.is_empty() {
        let written = reading.manifest.to_json();
        assert_eq!(Manifest::parse(written.as_bytes()).unwrap(), reading.manifest);
    }
    assert!(reading.broken.iter().all(|id| !reading.manifest.bindings.contains_key(id)));
}

fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    (any::<prop::sample::Index>(), 0..12_usize, prop_oneof![Just(String::new()), piece(), ".{0,3}"])
}

fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\n",
        " ",
        "1",
        "-",
        "1e999",
        "true",
        "null",
        "\"a\"",
        "\"value\"",
        "\"kind\"",
        "\"secret\"",
        "\"type\"",
        "\"enum\"",
        "\"bindings\":{",
        "\"\\ud800\"",
        "\"\\u0061\"",
        "é",
        "\u{feff}",
        "\"format\":\"bind-manifest\",",
        "\"version\":1,",
        "\"app\":\"a\",",
        "\"functions\":{",
        "\"bind\":[",
        "\"shape\":{",
        "\"A\":{",
        "\"min\":",
        "\"x-a\":",
        "\"default\":",
        "\"1m\"",
        "\"required\":",
        "\"*\"",
        "\0",
        "\r\n",
    ];
    prop::sample::select(pieces.to_vec()).prop_map(str::to_owned)
}

fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,30}",
        "[0-9+\\-.eE]{0,25}",
        "([0-9]{1,25} ?(s|ms|ns|m|h|days|y|month|w) ?){1,3}",
        "[\\[\\]{},:\" 0-9a-z\\\\]{0,25}",
        Just("inf".to_owned()),
        Just("NaN".to_owned()),
    ]
}
