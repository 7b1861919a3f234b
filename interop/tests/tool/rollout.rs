//! Many secrets at once: loaded, taken back, copied, edited, removed.

use bind_config_interop::Store;
use bind_config_interop::tool::App;

use crate::ORDERS;

#[test]
fn a_file_is_planned_then_loaded_as_a_whole_and_taken_back() {
    for store in Store::of_others() {
        let server = store.name();
        let app = App::new(&store, ORDERS);
        app.set("STRIPE_KEY", "sk_canary_1", "--stage dev");
        app.set("PLAIN", "canary", "--stage dev");
        let bad = app.write("bad.env", "STRIPE_KEY=rk_canary\ndb-password=canary_2\n").display().to_string();
        app.write("good.env", "STRIPE_KEY=sk_canary_2\nPLAIN=canary\ndb-password='$canary # 2'\n");

        let plan = app.run(["secrets", "load", "good.env", "--plan", "--stage", "dev"]);
        let planned = app.run(["secrets", "get", "db-password", "--stage", "dev"]);
        let refused = app.run(["secrets", "load", &bad, "--stage", "dev"]);
        let untouched = app.run(["secrets", "get", "db-password", "--stage", "dev"]);
        let loaded = app.run(["secrets", "load", "good.env", "--stage", "dev"]);
        let got = app.ok("secrets get db-password --stage dev");
        let back = app.run(["secrets", "rollback", "STRIPE_KEY", "--stage", "dev"]);
        let first = app.ok("secrets get STRIPE_KEY --stage dev");
        let second = app.ok("secrets get STRIPE_KEY --version 2 --stage dev");
        let forth = app.run(["secrets", "rollback", "STRIPE_KEY", "--to", "2", "--stage", "dev"]);
        let history = app.json("secrets history STRIPE_KEY --stage dev");

        assert_eq!(
            (plan.code, plan.out.as_str(), plan.err.as_str()),
            (
                Some(0),
                "NAME         CHANGE\nSTRIPE_KEY   changed, from version 1\nPLAIN        same\ndb-password  new\n",
                format!("a plan: nothing is set in stage `dev` of `orders`, SSM at {}\n", store.endpoint()).as_str()
            ),
            "{server}"
        );
        assert_eq!((planned.code, untouched.code), (Some(1), Some(1)), "{server}: {planned:?} {untouched:?}");
        assert_eq!(refused.code, Some(1), "{server}");
        assert!(refused.err.ends_with(": 1 of 2 cannot be\n"), "{server}: {}", refused.err);
        assert_eq!((loaded.code, &loaded.out), (Some(0), &plan.out), "{server}");
        assert!(loaded.err.starts_with("2 secrets are set in stage `dev` of `orders`, "), "{server}: {}", loaded.err);
        assert_eq!(got, "$canary # 2", "{server}");
        assert_eq!((back.code, first.as_str()), (Some(0), "sk_canary_1"), "{server}: {}", back.err);
        assert_eq!((forth.code, second.as_str()), (Some(0), "sk_canary_2"), "{server}: {}", forth.err);
        let versions: Vec<_> =
            history["versions"].as_array().unwrap().iter().map(|version| &version["version"]).collect();
        assert_eq!(versions, [4, 3, 2, 1], "{server}");
        let said = format!("{plan:?}{planned:?}{refused:?}{}{back:?}{forth:?}{history}", loaded.err);
        assert!(!said.contains("canary"), "{server}: {said}");
    }
}

#[test]
fn a_stage_is_copied_and_a_secret_is_removed() {
    for store in Store::of_others() {
        let server = store.name();
        let app = App::new(&store, ORDERS);
        app.set("STRIPE_KEY", "sk_canary_1", "--stage dev");
        app.set("PLAIN", "canary", "--stage dev");
        app.set("PLAIN", "canary of prod", "--stage prod");

        let refused = app.run(["secrets", "copy", "--from", "dev", "--to", "prod"]);
        let between = app.run(["secrets", "get", "STRIPE_KEY", "--stage", "prod"]);
        let copied = app.run(["secrets", "copy", "--from", "dev", "--to", "prod", "--overwrite"]);
        let got = app.ok("secrets get PLAIN --stage prod");
        let unasked = app.run(["secrets", "remove", "PLAIN", "--stage", "prod"]);
        let removed = app.run(["secrets", "remove", "PLAIN", "--yes", "--stage", "prod"]);
        let gone = app.run(["secrets", "get", "PLAIN", "--stage", "prod"]);
        let again = app.run(["secrets", "remove", "PLAIN", "--yes", "--stage", "prod"]);

        assert_eq!((refused.code, between.code), (Some(1), Some(1)), "{server}: {refused:?} {between:?}");
        assert!(
            refused.err.contains("in stage `prod` of `orders` `PLAIN` has another value already"),
            "{}",
            refused.err
        );
        assert_eq!((copied.code, got.as_str()), (Some(0), "canary"), "{server}: {}", copied.err);
        assert_eq!(unasked.code, Some(2), "{server}: {unasked:?}");
        assert_eq!(removed.code, Some(0), "{server}: {removed:?}");
        let place = format!("stage `prod` of `orders`, SSM at {}", store.endpoint());
        for answer in [gone, again] {
            assert_eq!(
                (answer.code, answer.out, answer.err),
                (Some(1), String::new(), format!("error: `PLAIN` is not set in {place}\n")),
                "{server}"
            );
        }
        assert_eq!(app.ok("secrets get PLAIN --stage dev"), "canary", "{server}");
    }
}

#[test]
fn an_editor_changes_what_was_edited_and_nothing_else() {
    for store in Store::of_others() {
        let server = store.name();
        let app = App::new(&store, ORDERS);
        app.set("STRIPE_KEY", "sk_canary_1", "--stage dev");
        app.set("PLAIN", "two\nlines\n", "--stage dev");
        // Keeps what it was given, adds a value, changes one.
        app.write("edit", "cp \"$1\" seen && sed -e 's/^STRIPE_KEY=.*/STRIPE_KEY=sk_canary_2/' -e 's/^# db_password=.*/db_password=new/' \"$1\" >edited && cat edited >\"$1\"\n");
        let app = app.with("EDITOR", "sh edit");

        let edited = app.run(["secrets", "edit", "--yes", "--stage", "dev"]);

        assert_eq!(edited.code, Some(0), "{server}: {edited:?}");
        assert!(!edited.err.contains("canary") && !edited.out.contains("canary"), "{server}: {edited:?}");
        assert!(app.read("seen").contains("sk_canary_1"), "{server}");
        let versions: Vec<_> = ["STRIPE_KEY", "PLAIN", "db-password"]
            .map(|name| {
                let got = app.json(&format!("secrets get {name} --stage dev"));
                (got["value"].as_str().unwrap().to_owned(), got["version"].as_i64().unwrap())
            })
            .to_vec();
        assert_eq!(
            versions,
            [("sk_canary_2".to_owned(), 2), ("two\nlines\n".to_owned(), 1), ("new".to_owned(), 1)],
            "{server}"
        );
    }
}

#[test]
fn a_version_that_is_not_the_expected_one_stops_a_write() {
    for store in Store::of_others() {
        let server = store.name();
        let app = App::new(&store, ORDERS);
        app.set("PLAIN", "first", "--stage dev --expect-version 0");

        let stale = app.run_with("canary", ["secrets", "set", "PLAIN", "--stage", "dev", "--expect-version", "0"]);

        assert_eq!(
            (stale.code, stale.err.as_str()),
            (Some(1), "error: `PLAIN` is at version 1, not at version 0: nothing is set\n"),
            "{server}"
        );
        app.set("PLAIN", "second", "--stage dev --expect-version 1");
        assert_eq!(app.ok("secrets get PLAIN --stage dev"), "second", "{server}");
    }
}
