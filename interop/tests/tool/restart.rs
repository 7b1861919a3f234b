//! What uses a secret starts anew, and loses no variable.

use std::thread;

use bind_config_interop::Store;
use bind_config_interop::lambda::{self, Variables};
use bind_config_interop::tool::{App, Said};

use crate::ORDERS;

const RESTARTED: &str = "SST_ADMIN_SECRET_UPDATED_AT";
/// What a function has besides.
const OWN: [(&str, &str); 3] = [("QUOTED", "it's \"$HOME\"\n"), ("EMPTY", ""), ("RUST_LOG", "info")];
/// Variables that somebody else adds while the tool restarts, and how often it does.
const ADDED: usize = 100;
const RESTARTS: usize = 4;

fn deploy(store: &Store, function: &str, app: &str, stage: &str, secret: &str) {
    let fetched = format!("SST_Secret_value_{secret}");
    let mut variables = vec![("SST_APP", app), ("SST_STAGE", stage), (&*fetched, "__FETCH_FROM_SSM__")];
    variables.extend(OWN);
    lambda::create_idle(store, function, &variables);
}

fn is_restarted(store: &Store, function: &str) -> bool {
    lambda::configuration(store, function).variables.contains_key(RESTARTED)
}

/// Everything that was there is there, and the marker is all that was added.
#[track_caller]
fn assert_restarted(store: &Store, function: &str, before: &Variables) {
    let mut after = lambda::configuration(store, function).variables;
    let marker = after.remove(RESTARTED).unwrap_or_else(|| panic!("{function} was not restarted"));
    assert!(marker.len() == 13 && marker.bytes().all(|byte| byte.is_ascii_digit()), "{marker}");
    assert_eq!(&after, before, "{function}");
}

/// Function and stage of each line of the table; all were restarted.
///
/// What is said besides is not asserted here: MiniStack takes the question for provisioned concurrency for another one, and
/// refuses it.
#[track_caller]
fn restarted(said: &Said) -> Vec<(&str, &str)> {
    let mut lines = said.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(lines.next().as_deref(), Some(["FUNCTION", "STAGE", "RESULT"].as_slice()), "{said:?}");
    lines
        .map(|words| {
            assert!(words[2].trim_end_matches(';') == "restarted", "{said:?}");
            (words[0], words[1])
        })
        .collect()
}

#[test]
fn the_functions_of_the_stage_that_use_the_secret_are_restarted_and_no_others() {
    let store = Store::ministack();
    let app = App::new(&store, ORDERS);
    deploy(&store, "api-dev", "orders", "dev", "STRIPE_KEY");
    deploy(&store, "worker-dev", "orders", "dev", "STRIPE_KEY");
    deploy(&store, "mailer-dev", "orders", "dev", "PLAIN");
    deploy(&store, "api-prod", "orders", "prod", "STRIPE_KEY");
    deploy(&store, "api-of-others", "shop", "dev", "STRIPE_KEY");
    lambda::create_idle(&store, "unrelated", &OWN);
    let before = lambda::configuration(&store, "api-dev");

    let set = app.set("STRIPE_KEY", "sk_canary_1", "--stage dev");

    assert_eq!(restarted(&set), [("api-dev", "dev"), ("worker-dev", "dev")]);
    for function in ["api-dev", "worker-dev"] {
        assert_restarted(&store, function, &before.variables);
    }
    for function in ["mailer-dev", "api-prod", "api-of-others", "unrelated"] {
        assert!(!is_restarted(&store, function), "{function}");
    }
    // The revision that it was written with is not the current one any more, and here that is refused, as by AWS.
    let stale = before.revision.unwrap();
    assert_eq!(lambda::update(&store, "api-dev", &before.variables, &stale), 412);
}

#[test]
fn a_fallback_restarts_the_stages_that_inherit_it() {
    let store = Store::ministack();
    let app = App::new(&store, ORDERS);
    for stage in ["dev", "prod", "staging"] {
        deploy(&store, &format!("api-{stage}"), "orders", stage, "STRIPE_KEY");
    }
    app.set("STRIPE_KEY", "sk_canary_1", "--stage dev --no-restart");
    assert!(!is_restarted(&store, "api-dev"));

    let set = app.set("STRIPE_KEY", "sk_canary_2", "--fallback");

    assert_eq!(restarted(&set), [("api-prod", "prod"), ("api-staging", "staging")]);
    assert!(!is_restarted(&store, "api-dev"), "it has a value of its own");
}

#[test]
fn a_restart_that_races_with_others_loses_no_variable() {
    let store = Store::ministack();
    let app = App::new(&store, ORDERS);
    deploy(&store, "api-dev", "orders", "dev", "STRIPE_KEY");
    let mut expected = lambda::configuration(&store, "api-dev").variables;

    thread::scope(|scope| {
        // Somebody who adds a variable at a time, as carefully as the tool does.
        let other = scope.spawn(|| {
            for number in 0..ADDED {
                add(&store, "api-dev", &format!("ADDED_{number}"));
            }
        });
        for _ in 0..RESTARTS {
            app.ok("secrets restart STRIPE_KEY --stage dev");
        }
        other.join().unwrap();
    });

    expected.extend((0..ADDED).map(|number| (format!("ADDED_{number}"), "kept".to_owned())));
    assert_restarted(&store, "api-dev", &expected);
}

/// Reads the variables, and writes them with one more if nobody else did meanwhile, until that is so.
fn add(store: &Store, function: &str, name: &str) {
    loop {
        let mut now = lambda::configuration(store, function);
        now.variables.insert(name.to_owned(), "kept".to_owned());
        match lambda::update(store, function, &now.variables, now.revision.as_deref().unwrap()) {
            412 => {}
            status => return assert_eq!(status, 200),
        }
    }
}

#[test]
fn a_lambda_that_does_not_say_its_revision_is_not_written_to() {
    // AWS always says it; moto never does.
    let store = Store::moto();
    let app = App::new(&store, ORDERS);
    store.python("role.py", [""; 0]);
    deploy(&store, "api-dev", "orders", "dev", "STRIPE_KEY");
    let before = lambda::configuration(&store, "api-dev");
    assert_eq!(before.revision, None);

    let set = app.run_with("sk_canary_1", ["secrets", "set", "STRIPE_KEY", "--stage", "dev"]);

    assert_eq!(
        (set.code, set.out.as_str()),
        (
            Some(1),
            "FUNCTION  STAGE  RESULT\n\
             api-dev   dev    not restarted: Lambda does not say its revision, and without that nothing is written\n"
        ),
        "{}",
        set.err
    );
    assert!(set.err.contains("`STRIPE_KEY` is set (version 1) in stage `dev` of `orders`"), "{}", set.err);
    assert!(set.err.contains("Again: bind-config secrets restart STRIPE_KEY --stage dev"), "{}", set.err);
    assert!(!set.err.contains("canary"), "{}", set.err);
    assert_eq!(lambda::configuration(&store, "api-dev"), before);
    assert_eq!(app.ok("secrets get STRIPE_KEY --stage dev"), "sk_canary_1");
}
