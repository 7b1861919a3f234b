//! From `init` to a command that runs with everything that it is bound to.

use bind_config_interop::Store;
use bind_config_interop::tool::App;
use serde_json::json;

use crate::{ORDERS, column};

#[test]
fn an_app_goes_from_init_to_a_check_that_is_ready() {
    for store in Store::of_others() {
        let name = store.name();
        let place = format!("SSM at {}", store.endpoint());
        let app = App::empty(&store);

        app.ok("init orders");
        let declared = app.read("bind.toml").replace("[secrets]\n", "[secrets]\nTOKEN = \"of the partner\"\n");
        app.write("bind.toml", &declared);
        app.ok("synth");
        app.ok("synth --check");
        let before = app.run(["check", "--stage", "dev"]);
        let set = app.set("TOKEN", "canary-1", "--stage dev");
        let after = app.run(["check", "--stage", "dev"]);

        assert!(app.read(".gitignore").starts_with(".env*.local\n.bind-config/\n"), "{name}");
        assert_eq!((before.code, column(&before.out, "STATE")), (Some(1), vec!["missing".to_owned()]), "{name}");
        assert_eq!(
            before.err,
            format!(
                "`orders`, {place}\nstage `dev`\nerror: not ready: 1 problem\n  bind-config secrets set TOKEN --stage dev\n"
            ),
            "{name}"
        );
        assert_eq!(
            set.err,
            format!(
                "`TOKEN` is set (version 1) in stage `dev` of `orders`, {place}.\n\
                 no deployed function uses it in stage `dev` of `orders`\n"
            ),
            "{name}"
        );
        assert_eq!((after.code, column(&after.out, "STATE")), (Some(0), vec!["set".to_owned()]), "{name}");
        assert_eq!(after.err, format!("`orders`, {place}\nstage `dev`\nready\n"), "{name}");
        // The gate itself needs neither store nor credentials where it is asked for the manifest only.
        assert_eq!(
            app.with("AWS_ENDPOINT_URL", "http://127.0.0.1:1").run(["check", "--offline"]).code,
            Some(0),
            "{name}"
        );
    }
}

#[test]
fn a_list_shows_states_and_no_values_unless_they_are_asked_for() {
    for store in Store::of_others() {
        let name = store.name();
        let app = App::new(&store, ORDERS);
        app.set("STRIPE_KEY", "sk_canary", "--stage dev");
        app.set("PLAIN", "canary", "--fallback");
        app.set("db-password", "canary of prod", "--stage prod");
        let undeclared = app.run_with("canary", ["secrets", "set", "OLD_KEY", "--undeclared", "--stage", "dev"]);
        assert_eq!(undeclared.code, Some(0), "{name}: {undeclared:?}");

        let table = app.run(["secrets", "list", "--stage", "dev"]);
        let stages = app.ok("secrets list --all-stages");
        app.ok("synth");
        let check = app.run(["check", "--all-stages"]);
        let json = app.json("secrets list --stage dev");
        let env = app.run(["secrets", "list", "--format", "env", "--reveal", "--stage", "dev"]);

        let said = format!("{table:?}{stages}{check:?}{json}");
        assert!(!said.contains("canary"), "{name}: {said}");
        // In the order of the declaration, then what is not declared.
        let secrets = column(&table.out, "SECRET");
        let in_state = column(&table.out, "STATE");
        let rows: Vec<_> = secrets.iter().map(String::as_str).zip(in_state.iter().map(String::as_str)).collect();
        let expected = [
            ("PLAIN", "fallback"),
            ("SENTRY_DSN", "not set"),
            ("STRIPE_KEY", "set"),
            ("db-password", "missing"),
            ("OLD_KEY", "undeclared"),
        ];
        assert_eq!(rows, expected, "{name}");
        assert_eq!(
            lines(&stages),
            [
                "SECRET dev prod FALLBACK",
                "PLAIN fallback (1) fallback (1) set (1)",
                "SENTRY_DSN not set missing not set",
                "STRIPE_KEY set (1) missing not set",
                "db-password missing set (1) not set",
                "OLD_KEY undeclared (1)",
            ],
            "{name}"
        );
        assert_eq!(
            (check.code, lines(&check.out)),
            (
                Some(1),
                [
                    "NAME dev prod",
                    "PLAIN fallback fallback",
                    "SENTRY_DSN not set missing",
                    "STRIPE_KEY set missing",
                    "VERSION declared declared",
                    "db-password missing set",
                ]
                .map(str::to_owned)
                .to_vec()
            ),
            "{name}: {}",
            check.err
        );
        let of_json = json["secrets"].as_array().unwrap().iter();
        let of_json: Vec<_> =
            of_json.map(|secret| (secret["name"].as_str().unwrap(), secret["state"].as_str().unwrap())).collect();
        let words = expected.map(|(secret, state)| (secret, if state == "not set" { "unset" } else { state }));
        assert_eq!(of_json, words, "{name}");
        assert_eq!(json["stage"], "dev", "{name}");
        assert_eq!(
            (env.code, env.out.as_str()),
            (Some(0), "PLAIN=canary\nSTRIPE_KEY=sk_canary\nOLD_KEY=canary\n"),
            "{name}: {}",
            env.err
        );
    }
}

#[test]
fn a_command_runs_with_what_it_is_bound_to_and_with_nothing_else() {
    for store in Store::of_others() {
        let name = store.name();
        let app = App::new(&store, ORDERS);
        app.set("STRIPE_KEY", "sk_canary", "--stage dev");
        app.set("PLAIN", "plain canary", "--fallback");
        app.ok("synth");

        let api = app.run(["bind", "--stage", "dev", "--function", "api", "--", "/usr/bin/env"]);
        let worker = app.run(["bind", "--stage", "dev", "--", "/usr/bin/env"]);
        app.set("db-password", "of the database", "--stage dev");
        let words = app.run([
            "bind",
            "--stage",
            "dev",
            "--",
            "/bin/sh",
            "-c",
            "printf '%s|' \"$@\"; exit 7",
            "-",
            "--x",
            "a b",
        ]);

        let bound: Vec<&str> = api.out.lines().filter(|line| line.starts_with("SST_")).collect();
        assert_eq!(
            bound,
            [
                "SST_APP=orders",
                "SST_Parameter_value_VERSION=1.2.0",
                "SST_SSM_PREFIX=/sst/orders/dev/",
                "SST_STAGE=dev",
                "SST_Secret_value_STRIPE_KEY=sk_canary",
            ]
            .as_slice(),
            "{name}"
        );
        // It does not start without what it is bound to.
        assert_eq!((worker.code, worker.out.as_str()), (Some(1), ""), "{name}: {worker:?}");
        assert!(worker.err.contains("The following secrets were not found: db_password\n"), "{name}: {}", worker.err);
        assert!(worker.err.contains("bind-config secrets set db_password --stage dev"), "{name}: {}", worker.err);
        assert!(!worker.err.contains("canary"), "{name}: {}", worker.err);
        assert_eq!((words.code, words.out.as_str()), (Some(7), "--x|a b|"), "{name}: {}", words.err);
    }
}

#[tokio::test]
async fn the_copies_of_parameters_are_listed_in_both_layouts() {
    for store in Store::of_others() {
        let app = App::new(&store, ORDERS);
        store.string("/sst/orders/dev/parameters/VERSION", "1.2.0").await;
        store.string("/sst/orders/dev/Parameter/TOPIC/value", "orders").await;
        store.secure("/sst/orders/dev/Parameter/ODD/value", "canary").await;

        let listed = app.json("parameters list --stage dev");

        let rows: Vec<_> = listed["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| json!([row["name"], row["layout"], row["value"], row["declared"]]))
            .collect();
        assert_eq!(
            rows,
            [
                json!(["ODD", "sst-v2", null, false]),
                json!(["TOPIC", "sst-v2", "orders", false]),
                json!(["VERSION", "documented", "1.2.0", true]),
            ],
            "{}",
            store.name()
        );
    }
}

/// Lines with single blanks.
fn lines(table: &str) -> Vec<String> {
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}
