//! `--expect-version`: what a claim keeps, how far back one is looked for, and what is said where nobody knows what is so.

use bind_config_local::{Fault, NewParameter, Operation, Tier};

use super::{done, set_with};
use crate::app::{App, ORDERS};
use crate::kit::{dev, expected, json, path, plain, ssm, until};

#[test]
fn a_claim_and_the_value_that_follows_it_have_key_and_tier_of_what_was_there() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "old").key("alias/own").tier(Tier::Advanced)).unwrap();

    let said = plain(&ssm, set_with(&app, "new", &["PLAIN", "--expect-version", "1"]));

    assert_eq!(said, expected(0, "", &done("PLAIN", 3)));
    let report = json(&app.run(["secrets", "history", "PLAIN", "--stage", "dev", "--json"]));
    let versions: Vec<_> = report["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| {
            (version["version"].as_i64().unwrap(), version["tier"].as_str().unwrap(), version["key"].as_str().unwrap())
        })
        .collect();
    let kept = |version| (version, "advanced", "alias/own");
    assert_eq!(versions, [kept(3), kept(2), kept(1)]);
}

#[test]
fn a_claim_that_repeats_the_value_of_three_versions_ago_is_one_too() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["old", "another", "a third", "old"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }

    let said = std::thread::scope(|scope| {
        let tool = scope.spawn(|| set_with(&app, "ours", &["PLAIN", "--expect-version", "4"]));
        // The three versions before, and what is there now; or it does not look, and has set it.
        until("a look at what is there", || ssm.count(Operation::GetParameter) >= 4 || tool.is_finished());
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
        plain(&ssm, tool.join().unwrap())
    });

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!((dev(&ssm, "PLAIN").as_deref(), ssm.version(&path("dev", "PLAIN"))), (Some("theirs"), Some(5)));
}

/// What came first may be ours, whose answer was lost, or somebody's.
#[test]
fn a_new_secret_that_is_there_and_may_be_ours_is_not_said_to_be_unset_where_nobody_may_look() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));
    ssm.inject(Fault::deny().on(Operation::GetParameter));

    let said = set_with(&app, "new", &["PLAIN", "--expect-version", "0"]);

    let arn = format!("arn:aws:ssm:us-east-1:123456789012:parameter{}", path("dev", "PLAIN"));
    let text = format!(
        "error: whether `PLAIN` is set is not known: AWS denies ssm:GetParameter on {arn}: these credentials need that permission\n"
    );
    assert_eq!(said, expected(2, "", &text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("new"));
}

#[test]
fn a_write_that_was_never_answered_is_not_said_to_be_unset_by_what_is_answered_to_the_next_one() {
    for answer in [Fault::throttled(), Fault::server_error()] {
        let ssm = ssm();
        let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "2");
        ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();
        ssm.inject(Fault::reset().on(Operation::PutParameter).times(1));
        let held = ssm.inject(Fault::hold().on(Operation::PutParameter));
        ssm.inject(answer.clone().on(Operation::PutParameter));

        let said = std::thread::scope(|scope| {
            let tool = scope.spawn(|| set_with(&app, "new", &["PLAIN"]));
            // So that a look does not tell.
            until("the second try", || ssm.count(Operation::PutParameter) >= 2);
            ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
            ssm.remove_fault(held);
            plain(&ssm, tool.join().unwrap())
        });

        let text = "error: whether `PLAIN` is set is not known: SSM at URL cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run and answer?\n";
        assert_eq!(said, expected(2, "", text), "{answer:?}");
    }
}
