//! Values arrive byte for byte, and what SSM would refuse is not sent.

use std::fmt::Write as _;

use bind_config_interop::Store;
use bind_config_interop::tool::App;
use serde_json::{Map, Value, json};

/// Values that others have damaged.
fn nasty() -> Vec<String> {
    let mut values: Vec<String> = [
        "it's \"quoted\" `twice`",
        "line 1\nline 2\n",
        "\r\ncarriage\r\n",
        "$HOME ${HOME} $(id) `id` \\$HOME $& $$",
        "a # b",
        "#",
        "=",
        " blanks at the edges ",
        "\\n is no line break \\\\",
        "-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\n",
        "--stage",
        "-",
        "__FETCH_FROM_SSM__",
        "__FETCH_FROM_SECRET__:OTHER",
        "__LITERAL__:text",
        "{\"json\": [1, \"zwei\"]}",
        "a'\nB=injected",
        "%PATH% !x! ^&|<>*?[]~",
        "\t",
        "Grüße, e\u{301}, 🦀, \u{1f468}\u{200d}\u{1f469}",
        "\u{feff}after a byte order mark",
        "undefined",
        "007",
        "1e3",
        "null",
    ]
    .map(str::to_owned)
    .to_vec();
    // The last Standard value, the first and the last Advanced one; and the limit in characters of four bytes.
    values.extend([4096, 4097, 8192].map(|length| "x".repeat(length)));
    values.push("🦀".repeat(4096));
    values
}

fn names(values: &[String]) -> Vec<String> {
    (1..=values.len()).map(|number| format!("V{number:02}")).collect()
}

fn declared(names: &[String]) -> String {
    let mut text = "app = \"values\"\n[secrets]\n".to_owned();
    for name in names {
        writeln!(text, "{name} = \"a value\"").unwrap();
    }
    text
}

/// What `bind` writes for a text: one that looks like a marker is escaped.
fn bound(value: &str) -> String {
    if value.starts_with("__") { format!("__LITERAL__:{value}") } else { value.to_owned() }
}

#[test]
fn values_arrive_byte_for_byte() {
    let values = nasty();
    let names = names(&values);
    for store in Store::of_others() {
        let server = store.name();
        let app = App::new(&store, &declared(&names));

        // One by one into dev, all of them from a file into prod.
        for (name, value) in names.iter().zip(&values) {
            let set = app.run_with(value, ["secrets", "set", name, "--stage", "dev", "--no-restart"]);
            assert_eq!(set.code, Some(0), "{server}: {value:?}: {}", set.err);
        }
        let file: Map<String, Value> =
            names.iter().zip(&values).map(|(name, value)| (name.clone(), json!(value))).collect();
        app.write("all.json", &Value::Object(file).to_string());
        app.ok("secrets load all.json --stage prod");

        for (name, value) in names.iter().zip(&values) {
            for stage in ["dev", "prod"] {
                let got = app.ok(&format!("secrets get {name} --stage {stage}"));
                assert_eq!(&got, value, "{server}: {stage}: {name}");
            }
        }
        for stage in ["dev", "prod"] {
            let listed = app.json(&format!("secrets list --reveal --stage {stage}"));
            for ((name, value), row) in names.iter().zip(&values).zip(listed["secrets"].as_array().unwrap()) {
                let tier = if value.chars().count() > 4096 { "advanced" } else { "standard" };
                // AWS decides about 4,096 characters that are more bytes: MiniStack calls the tier Standard, as we do, moto by
                // the name that it was asked for.
                let expected = json!({ "name": name, "state": "set", "version": 1, "value": value, "tier": tier });
                let found = json!({ "name": row["name"], "state": row["state"], "version": row["version"],
                    "value": row["value"], "tier": row["tier"] });
                assert_eq!(found, expected, "{server}: {stage}");
            }
            let env = app.run(["bind", "--stage", stage, "--", "/usr/bin/env", "-0"]);
            for (name, value) in names.iter().zip(&values) {
                let expected = format!("SST_Secret_value_{name}={}", bound(value));
                assert!(env.out.split('\0').any(|line| line == expected), "{server}: {stage}: {name}: {}", env.err);
            }
        }
    }
}

#[tokio::test]
async fn what_ssm_refuses_is_refused_by_the_tool_although_these_servers_take_it() {
    for store in Store::of_others() {
        let server = store.name();
        let app = App::new(&store, &declared(&["V".to_owned()]));

        // contract.md: both take empty values (moto does not), 8,193 characters, and references to other parameters.
        for (value, word) in
            [(String::new(), "empty"), ("x".repeat(8193), "8193 characters"), ("{{ssm:canary}}".to_owned(), "`{{`")]
        {
            let refused = app.run_with(&value, ["secrets", "set", "V", "--stage", "dev"]);
            assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{server}: {refused:?}");
            let why = refused.err.strip_prefix("error: `V` was not set: ").unwrap_or_default();
            assert!(why.contains(word), "{server}: {word}: {}", refused.err);
            assert!(!refused.err.contains("canary"), "{server}: {}", refused.err);
        }
        let found = store.client().get_parameter().name("/sst/values/dev/Secret/V/value").send().await;
        assert!(found.is_err(), "{server}: something was stored");
    }
}

#[test]
fn what_is_advanced_stays_advanced() {
    for store in Store::of_others() {
        let app = App::new(&store, &declared(&["V".to_owned()]));
        app.set("V", &"x".repeat(4097), "--stage dev");

        app.set("V", "small again", "--stage dev");

        // AWS refuses to go back (SST then deletes the secret first); these servers would: the tool does not try.
        let history = app.json("secrets history V --stage dev");
        let tiers: Vec<_> = history["versions"].as_array().unwrap().iter().map(|version| &version["tier"]).collect();
        assert_eq!(tiers, ["advanced", "advanced"], "{}", store.name());
    }
}
