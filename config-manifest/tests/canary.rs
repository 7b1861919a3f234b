//! No value is ever in what a mistake says or shows, wherever somebody put it.

use bind_config_manifest::Manifest;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// With the characters that end a string early, or start another language.
const CANARIES: [&str; 7] =
    ["hunter2", "hunter 2", "sk_live_hunter2", "hunter:2", "hunter/2@db", "{hunter2}", "[hunter,2]"];

/// Each with a mistake (two have a good reason), and `@` where a value may have been put.
const PLACES: [&str; 40] = [
    r#""A": { "kind": "secret", "value": "@" }"#,
    r#""A": { "kind": "secret", "Value": "@", "type": "u46" }"#,
    r#""A": { "kind": "secret", "value": @ }"#,
    r#""A": { "kind": "secret", "value": { "kind": "@", "name": "@", "@": ["@"] } }"#,
    r#""A": { "kind": "secret", "value": ["@", "@", { "type": "@" }], "type": "u46" }"#,
    "\"A\": { \"kind\": \"secret\", \"value\": [\n\"@\",\n\"@\"\n], \"type\": \"u46\" }",
    "\"A\": { \"kind\": \"secret\", \"value\":\n\"@\", \"type\": \"u46\" }",
    "\"A\": { \"kind\": \"secret\", \"docs\":\n[\"@\", \"app\", \"@\"] }",
    r#""A": { "kind": "secret", "default": "@" }"#,
    r#""A": { "kind": "secret", "default": { "source": "@" }, "type": 5 }"#,
    r#""A": { "kind": "parameter", "type": "u8", "default": "@" }"#,
    r#""A": { "kind": "parameter", "type": "u8", "default": "@", "example": "@", "docs": "@" }"#,
    r#""A": { "kind": "parameter", "type": { "enum": ["a", "b"] }, "default": "@" }"#,
    r#""A": { "kind": "parameter", "type": { "list": "u8" }, "example": "[\"@\"]" }"#,
    r#""A": { "kind": "parameter", "shape": { "max_length": 1 }, "default": "@" }"#,
    r#""A": { "kind": "parameter", "type": "f64", "shape": { "min": "@", "max": "@" } }"#,
    r#""A": { "kind": "parameter", "type": "duration", "shape": { "min": "@" } }"#,
    r#""A": { "kind": "parameter", "shape": "@" }"#,
    r#""A": { "kind": "parameter", "shape": { "value": "@" } }"#,
    r#""A": { "kind": "secret", "docs": "@ \ud800", "deprecated": "@" }"#,
    r#""A": { "kind": "secret", "docs": ["@"], "deprecated": { "app": "@" } }"#,
    r#""A": { "kind": "secret", "secret": "@", "x-a": "@", "x-b": { "name": "@", "name": "@" } }"#,
    r#""A": { "kind": "secret", "x-b": { "@": "@", "@": 1 } }"#,
    r#""A": "@""#,
    r#""A": ["@"]"#,
    r#""A": @"#,
    r#""A": { "kind": "p@ss @ word", "type": "p@ss @ word" }"#,
    r#""A": { "kind": { "name": "@" }, "type": { "name": "@" } }"#,
    r#""A": { "kind": "secret", "docs": "@, "type": "u8" }"#,
    r#""A": { "kind": "secret", "docs": @", "type": "u8" }"#,
    r#""A": { "kind": "secret", "docs": "x"@"x", "type": "u8" }"#,
    r#""A": { "kind": "secret", "docs": '@', "type": "u8" }"#,
    r#""A": { "kind": "secret", "docs": "\@", "default": "\q @" }"#,
    r#""A": { "kind": "secret", "docs" "@", "type": "u8" }"#,
    r#""A": { "kind": "secret" "docs": "@" }"#,
    r#""A": { "kind": "secret", "docs": "@" "@" }"#,
    r#""A": { "kind": "secret", "docs: "@", "type": "u8" }"#,
    r#""A": { "kind": "secret", // "@" @"#,
    "\"A\": { \"kind\": \"secret\", \"docs\": \"@\n@\", \"type\": \"@\" }",
    r#""A": { "kind": "secret", "docs": "@"#,
];

/// One bracket less, and the value is a kind, a type or a stage, which are shown.
const BESIDE_NAMES: [&str; 4] = [
    r#""A": { "kind": ["@"], "type": ["@"], "required": { "app": "@" }, "fallback": { "app": "@" } }"#,
    r#""A": { "kind": "secret", "type": { "list": ["@"] } }"#,
    r#""A": { "kind": "secret", "type": { "enum": [["@"], { "kind": "@" }] } }"#,
    r#""A": { "kind": "secret", "required": [{ "app": "@" }, ["@"]] }"#,
];

#[test]
fn no_message_and_no_snippet_shows_a_value_wherever_it_is() {
    for place in PLACES.iter().chain(&BESIDE_NAMES) {
        for canary in CANARIES {
            let text = manifest(&place.replace('@', canary));
            let reading = Manifest::read(text.as_bytes());
            assert!(!reading.mistakes.is_empty(), "{text}");
            hides_it(text.as_bytes());
        }
    }
}

#[test]
fn no_value_at_the_top_and_in_functions_is_shown() {
    for canary in CANARIES {
        for others in [
            r#""value": "@""#,
            r#""$schema": ["@"], "generator": "@""#,
            r#""generator": { "name": { "name": "@" }, "secret": "@" }"#,
            r#""functions": "@""#,
            r#""functions": { "api": "@" }"#,
            r#""functions": { "api": { "value": "@", "bind": [["@"], { "bin": "@" }], "bin": ["@"], "x-a": "@" } }"#,
            r#""x-a": { "a": "@", "a": "@" }"#,
            r#""x-a": ["@ \ud800", "@"]"#,
            r#""fingerprint": ["@"], "ssm_prefix": { "app": "@" }"#,
        ] {
            hides_it(manifest(&format!(r#"}}, {}, "x-b": {{"#, others.replace('@', canary))).as_bytes());
        }
    }
}

#[test]
fn a_pasted_line_of_an_env_file_shows_its_name_alone() {
    for canary in CANARIES {
        for pasted in [
            r#"}, "A=@": 1, "x-b": {"#,
            r#" "A=@": { "kind": "secret" } "#,
            r#" "A": { "kind": "secret", "A=@": "@" } "#,
            r#" "A": { "kind": "secret", "required": "@", "fallback": "@" } "#,
            r#" "A": { "kind": "secret", "required": "A=@" } "#,
            r#"}, "functions": { "A=@": { "bind": ["A=@"] } }, "x-b": {"#,
            r#"}, "functions": { "api": { "bind": ["A=@"] } }, "x-b": {"#,
            r#"}, "functions": { "api": { "bind": "@" } }, "x-b": {"#,
        ] {
            hides_it(manifest(&pasted.replace('@', canary)).as_bytes());
        }
    }
}

#[test]
fn a_text_that_is_no_manifest_shows_nothing() {
    for canary in CANARIES {
        for text in [
            "@",
            "\"@\"",
            "[\"@\"]",
            "{\"a\": \"@\"}",
            "A=@\nB=@",
            "A = \"@\"",
            "- \"@\"",
            "\u{feff}{\"app\": \"@\"",
            "{\"docs\": \"@",
        ] {
            hides_it(text.replace('@', canary).as_bytes());
        }
        let mut latin = format!("{{ \"docs\": \"{canary} ").into_bytes();
        latin.extend([0xe9, b'"', b'}']);
        hides_it(&latin);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, rng_seed: RngSeed::Fixed(8), ..ProptestConfig::default() })]

    #[test]
    fn no_typing_mistake_makes_a_value_visible(
        place in typed_place(),
        canary in prop::sample::select(vec!["hunter2!", "{hunter2}", "hunter 2", "hunter/2"]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..2_usize, edit()), 1..4),
    ) {
        let good = r#""B": { "kind": "parameter", "docs": "@", "default": "@", "example": "@", "x-a": ["@"] }"#;
        let text = manifest(&format!("{good},\n{place},\n{good}")).replace('@', "\u{1}");
        let mut chars: Vec<char> = text.chars().collect();
        for (at, remove, insert) in edits {
            let at = at.index(chars.len());
            // The values stay whole: half a canary could be a name.
            let remove = if chars[at] == '\u{1}' { 0 } else { remove };
            chars.splice(at..at + remove, insert.chars());
        }
        let text: String = chars.into_iter().collect();
        hides_it(text.replace('\u{1}', canary).as_bytes());
    }
}

/// Without the values that stand where keys do: one brace more, and they are names.
fn typed_place() -> impl Strategy<Value = &'static str> {
    let places = PLACES.into_iter().filter(|place| !place.contains("\"@\":"));
    prop::sample::select(places.collect::<Vec<_>>())
}

fn edit() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "", "", "\"", "\"", "\\", ",", "{", "}", "[", "]", "\n", "'", " ", "x", "\t", "/", "#", "é",
    ])
}

fn hides_it(bytes: &[u8]) {
    let reading = Manifest::read(bytes);
    for mistake in &reading.mistakes {
        let rendered = mistake.render("bindings.json");
        assert!(!rendered.contains("hunter"), "{rendered}\nof\n{}", String::from_utf8_lossy(bytes));
    }
    if let Err(err) = Manifest::parse(bytes) {
        assert!(!format!("{err:?}{err}").contains("hunter"));
    }
}

fn manifest(bindings: &str) -> String {
    format!(r#"{{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": {{ {bindings} }} }}"#)
}
