//! What is asked for, where no store of a test minds: numbers, pages, tiers, and which endpoint is asked at all.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::answers::server_with;
use super::{COMMANDS, at, run};
use crate::kit::{json as report, path};
use crate::server::Server;

#[test]
fn tiers_are_asked_for_fifty_at_a_time_and_read_page_by_page() {
    let name = |at: usize| format!("NAME_{at:03}");
    let stored: Vec<Json> = (0..120)
        .map(|at| json!({ "Name": path("dev", &name(at)), "Type": "SecureString", "Version": 1, "Value": "sealed" }))
        .collect();
    let server = Server::start(move |asked| {
        let asked_for = asked.json();
        let found = match asked.what.as_str() {
            "GetParametersByPath" if asked_for["Path"].as_str().unwrap().contains("/dev/") => json!(stored),
            "DescribeParameters" => {
                let names = asked_for["ParameterFilters"][0]["Values"].as_array().unwrap();
                // AWS gives as many to a page as it likes.
                let from = asked_for["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
                let described = |name: &Json| {
                    let tier = if name.as_str().unwrap().contains("NAME_1") { "Advanced" } else { "Standard" };
                    json!({ "Name": name, "Tier": tier, "Version": 1 })
                };
                let page: Vec<Json> = names.iter().skip(from).take(20).map(described).collect();
                let next = (from + 20 < names.len()).then(|| (from + 20).to_string());
                return (200, json!({ "Parameters": page, "NextToken": next }).to_string());
            }
            _ => json!([]),
        };
        (200, json!({ "Parameters": found }).to_string())
    });
    let secrets: Vec<String> = (0..120).map(|at| format!("{} = \"\"\n", name(at))).collect();
    let app = at(&server);
    app.write("bind.toml", &format!("app = \"orders\"\n[secrets]\n{}", secrets.concat()));

    let said = app.run("secrets list --stage dev --json".split(' '));

    let rows = report(&said)["secrets"].as_array().unwrap().clone();
    let tiers: BTreeMap<_, _> =
        rows.iter().map(|row| (row["name"].as_str().unwrap().to_owned(), row["tier"].clone())).collect();
    let expected = (0..120).map(|at| (name(at), json!(if at < 100 { "standard" } else { "advanced" })));
    assert_eq!(tiers, expected.collect(), "{said:?}");
    // AWS takes fifty values of a filter, and refuses more.
    let all = server.asked().into_iter().filter(|asked| asked.what == "DescribeParameters");
    let sizes: Vec<usize> =
        all.map(|asked| asked.json()["ParameterFilters"][0]["Values"].as_array().unwrap().len()).collect();
    assert!(sizes.iter().all(|size| *size <= 50), "{sizes:?}");
}

#[test]
fn where_characters_and_bytes_say_different_tiers_it_is_left_to_aws() {
    for (value, tier) in [
        ("x".repeat(4096), "Standard"),
        ("x".repeat(4097), "Advanced"),
        ("é".repeat(2048), "Standard"),
        ("é".repeat(2049), "Intelligent-Tiering"),
        ("é".repeat(4096), "Intelligent-Tiering"),
        ("é".repeat(4097), "Advanced"),
    ] {
        let server = server_with("PutParameter", 200, json!({ "Version": 1 }).to_string());

        let said = at(&server).run_with(value.as_bytes(), "secrets set PLAIN --stage dev".split(' '));

        assert_eq!(said.code, 0, "{} bytes", value.len());
        let asked = server.asked().into_iter().find(|asked| asked.what == "PutParameter").unwrap().json();
        assert_eq!(asked["Tier"], tier, "{} bytes", value.len());
    }
}

#[test]
fn an_endpoint_that_is_to_be_ignored_is_neither_asked_nor_passed_on() {
    let server = Server::always(200, "{}");
    for variable in ["AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL"] {
        let app = at(&server).with("AWS_ENDPOINT_URL_SSM", "").with(variable, &server.endpoint());
        let app = app.with("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        // AWS itself is asked over TLS, which here fails before anything leaves this machine.
        let app = app.with("AWS_CA_BUNDLE", "/nowhere/roots.pem");
        for (command, _) in COMMANDS {
            let said = run(&app, command);
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{command}: {said:?}");
            assert!(said.err.starts_with("error: AWS cannot be asked: ") && said.err.contains("/nowhere/"), "{said:?}");
        }
        // Nor is it where a function's start would ask; no host can be called so, and nobody is asked either.
        let app = app.with("AWS_CA_BUNDLE", "").with("AWS_REGION", &"a".repeat(64));
        let said = run(&app, "bind --stage dev -- true");
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains("no request could be made for SSM in aaa"), "{said:?}");
    }
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}
