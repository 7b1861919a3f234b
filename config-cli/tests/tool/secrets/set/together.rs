//! Two who set at once, and answers that are lost.

use bind_config_local::{Fault, LocalSsm, Operation};

use super::{done, set_with};
use crate::app::{App, ORDERS, Said};
use crate::kit::{dev, expected, path, plain, ssm, until, until_it_happens};

#[test]
fn an_expected_version_is_compared_before_anything_is_set() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    let set = |value: &str, version: &str| plain(&ssm, set_with(&app, value, &["PLAIN", "--expect-version", version]));

    let text = "error: `PLAIN` is not set, not at version 1: nothing is set\n";
    assert_eq!(set("hunter2", "1"), expected(1, "", text));
    assert_eq!(set("hunter2", "0"), expected(0, "", &done("PLAIN", 1)));
    let text = "error: `PLAIN` is at version 1, not at version 0: nothing is set\n";
    assert_eq!(set("hunter3", "0"), expected(1, "", text));
    // Version 2 is the claim: the old value once more.
    assert_eq!(set("hunter3", "1"), expected(0, "", &done("PLAIN", 3)));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 2"), "hunter2");
    let text = "error: `PLAIN` is at version 3, not at version 1: nothing is set\n";
    assert_eq!(set("hunter4", "1"), expected(1, "", text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter3"));
    assert_eq!(ssm.version(&path("dev", "PLAIN")), Some(3));
}

/// An app whose `PLAIN` is `old`, at version 1.
fn with_old() -> (LocalSsm, App) {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();
    (ssm, app)
}

/// Sets `PLAIN`, and has somebody else do something after the tool has read it and before it writes.
fn set_while(ssm: &LocalSsm, app: &App, arguments: &[&str], reads: Operation, theirs: impl FnOnce()) -> Said {
    let held = ssm.inject(Fault::hold().on(reads).times(1));
    std::thread::scope(|scope| {
        let tool = scope.spawn(|| set_with(app, "ours", arguments));
        until_it_happens(ssm, "hold", 1);
        theirs();
        ssm.remove_fault(held);
        plain(ssm, tool.join().unwrap())
    })
}

fn set_with_somebody_in_between(ssm: &LocalSsm, app: &App, arguments: &[&str], reads: Operation) -> Said {
    set_while(ssm, app, arguments, reads, || drop(ssm.put_secret("orders", "dev", "PLAIN", "theirs")))
}

#[test]
fn somebody_elses_change_in_between_is_told() {
    let (ssm, app) = with_old();

    let said = set_with_somebody_in_between(&ssm, &app, &["PLAIN"], Operation::DescribeParameters);

    let warning = "warning: somebody else set `PLAIN` at the same time (version 2): yours is the current value\n";
    assert_eq!(said, expected(0, "", &format!("{warning}{}", done("PLAIN", 3))));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 2"), "theirs");
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("ours"));
}

#[test]
fn somebody_elses_new_secret_is_not_overwritten_in_silence() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with_somebody_in_between(&ssm, &app, &["PLAIN"], Operation::GetParameters);

    let warning = "warning: somebody else set `PLAIN` at the same time (version 1): yours is the current value\n";
    assert_eq!(said, expected(0, "", &format!("{warning}{}", done("PLAIN", 2))));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 1"), "theirs");
}

#[test]
fn with_an_expected_version_somebody_elses_change_in_between_stays() {
    let (ssm, app) = with_old();

    let said =
        set_with_somebody_in_between(&ssm, &app, &["PLAIN", "--expect-version", "1"], Operation::DescribeParameters);

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    // Ours was never written: the claim came over theirs, which was put back.
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("theirs"));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 3"), "old");
    assert_eq!(ssm.version(&path("dev", "PLAIN")), Some(4));
}

#[test]
fn with_an_expected_version_what_somebody_else_removes_in_between_stays_removed() {
    let (ssm, app) = with_old();

    let arguments = ["PLAIN", "--expect-version", "1"];
    let said = set_while(&ssm, &app, &arguments, Operation::DescribeParameters, || {
        ssm.delete(&path("dev", "PLAIN")).unwrap();
    });

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!(dev(&ssm, "PLAIN"), None);
}

#[test]
fn with_an_expected_version_what_somebody_else_removes_and_sets_anew_stays() {
    let (ssm, app) = with_old();

    let arguments = ["PLAIN", "--expect-version", "1"];
    let said = set_while(&ssm, &app, &arguments, Operation::DescribeParameters, || {
        ssm.delete(&path("dev", "PLAIN")).unwrap();
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
    });

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("theirs"));
}

#[test]
fn where_somebody_elses_value_cannot_be_put_back_it_is_told_how_to() {
    let (ssm, app) = with_old();

    let arguments = ["PLAIN", "--expect-version", "1"];
    let said = set_while(&ssm, &app, &arguments, Operation::DescribeParameters, || {
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
        // The claim passes, and nothing after it.
        ssm.inject(Fault::deny().on(Operation::PutParameter).after(1));
    });

    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.err.contains("theirs is version 2, the value from before that is current again (version 3)"),
        "{said:?}"
    );
    assert!(said.err.ends_with("\n  bind-config secrets rollback PLAIN --to 2\n"), "{said:?}");
}

#[test]
fn somebody_elses_removal_in_between_is_told() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["old", "older"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }

    let said = set_while(&ssm, &app, &["PLAIN"], Operation::DescribeParameters, || {
        ssm.delete(&path("dev", "PLAIN")).unwrap();
    });

    let warning = "warning: somebody else removed `PLAIN` at the same time: yours is the current value\n";
    assert_eq!(said, expected(0, "", &format!("{warning}{}", done("PLAIN", 1))));
}

#[test]
fn with_version_zero_expected_somebody_elses_new_secret_stays() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    let said = set_with_somebody_in_between(&ssm, &app, &["PLAIN", "--expect-version", "0"], Operation::GetParameters);

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!((dev(&ssm, "PLAIN").as_deref(), ssm.version(&path("dev", "PLAIN"))), (Some("theirs"), Some(1)));
}

#[test]
fn an_answer_that_was_lost_is_no_second_change() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));
    let said = plain(&ssm, set_with(&app, "one", &["PLAIN"]));
    assert_eq!(said, expected(0, "", &done("PLAIN", 1)));
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));
    assert_eq!(plain(&ssm, set_with(&app, "two", &["PLAIN"])), expected(0, "", &done("PLAIN", 3)));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("two"));
}

#[test]
fn a_write_that_happened_without_any_answer_is_found() {
    let (ssm, app) = with_old();
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter));

    let said = plain(&ssm, set_with(&app, "new", &["PLAIN"]));

    assert_eq!((said.code, dev(&ssm, "PLAIN").as_deref()), (0, Some("new")), "{said:?}");
}

#[test]
fn a_claim_whose_answer_was_lost_sets_nothing_and_says_at_which_version_to_try_again() {
    let (ssm, app) = with_old();
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));

    let set = |version: &str| plain(&ssm, set_with(&app, "new", &["PLAIN", "--expect-version", version]));

    let text = "error: `PLAIN` was not set: its value is what it was, at version 3 now, either because an answer was lost or \
                because somebody else sets it at the same time. Again: `--expect-version 3`\n";
    assert_eq!(set("1"), expected(1, "", text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("old"));
    assert_eq!(set("3"), expected(0, "", &done("PLAIN", 5)));
}

#[test]
fn after_a_claim_a_lost_answer_to_the_write_itself_is_no_loss() {
    let (ssm, app) = with_old();
    // Every answer from the second write on, so that only a look tells.
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).after(1));

    let said = plain(&ssm, set_with(&app, "new", &["PLAIN", "--expect-version", "1"]));

    assert_eq!((said.code, dev(&ssm, "PLAIN").as_deref()), (0, Some("new")), "{said:?}");
    assert!(!said.err.contains("somebody else"), "{said:?}");
}

#[test]
fn killed_at_any_write_an_expected_version_leaves_the_old_or_the_new_value() {
    for (writes, value) in [(0, "old"), (1, "old"), (2, "new")] {
        let ssm = ssm();
        let app = App::on(&ssm, ORDERS);
        ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();
        // The write before which, or after which, nothing is heard any more.
        let fault = if writes == 2 { Fault::hold().after(1) } else { Fault::unheard().after(writes) };
        let held = ssm.inject(fault.on(Operation::PutParameter));
        let mut command = app.command(["secrets", "set", "PLAIN", "new", "--stage", "dev", "--expect-version", "1"]);
        let mut child = command.spawn().unwrap();
        let all = if writes == 2 { 1 } else { writes + 1 };
        until("a write", || ssm.hits(held) >= 1 && ssm.count(Operation::PutParameter) as u64 >= all);
        child.kill().unwrap();
        child.wait().unwrap();
        ssm.remove_fault(held);

        assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some(value), "killed at write {writes}");
        let version = ssm.version(&path("dev", "PLAIN")).unwrap().to_string();
        assert_eq!(set_with(&app, "new", &["PLAIN", "--expect-version", &version]).code, 0);
        assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("new"));
    }
}

#[test]
fn a_new_secret_whose_answer_was_lost_is_set_where_none_was_expected() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));

    let said = plain(&ssm, set_with(&app, "new", &["PLAIN", "--expect-version", "0"]));

    assert_eq!(said, expected(0, "", &done("PLAIN", 1)));
    assert_eq!((dev(&ssm, "PLAIN").as_deref(), ssm.version(&path("dev", "PLAIN"))), (Some("new"), Some(1)));
}

/// Somebody sets something after the claim, and the first answer to our own value is lost.
#[test]
fn somebody_elses_value_after_the_claim_is_told_also_where_an_answer_was_lost() {
    let (ssm, app) = with_old();
    // The look behind the claim.
    let said = set_while(&ssm, &app, &["PLAIN", "--expect-version", "1"], Operation::GetParameter, || {
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
        ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));
    });

    let error =
        "error: somebody else set `PLAIN` at the same time: yours is the current value, theirs is in the history\n";
    assert_eq!(said, expected(1, "", &format!("{}{error}", done("PLAIN", 5))));
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 3"), "theirs");
}

#[test]
fn the_version_that_is_told_of_somebody_else_is_theirs_also_where_an_answer_was_lost() {
    let (ssm, app) = with_old();

    let said = set_while(&ssm, &app, &["PLAIN"], Operation::DescribeParameters, || {
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
        ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));
    });

    let warning = "warning: somebody else set `PLAIN` at the same time (version 2): yours is the current value\n";
    assert_eq!(said, expected(0, "", &format!("{warning}{}", done("PLAIN", 4))));
}

#[test]
fn who_expects_the_version_of_a_claim_waits_for_the_value_that_follows_it() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["old", "old"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }
    let looks = || ssm.count(Operation::GetParameter);

    let said = std::thread::scope(|scope| {
        let tool = scope.spawn(|| set_with(&app, "ours", &["PLAIN", "--expect-version", "2"]));
        // The version before, and what is there now.
        until("a look at what is there", || looks() >= 2);
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
        plain(&ssm, tool.join().unwrap())
    });

    let text = "error: `PLAIN` was changed by somebody else at the same time: nothing is set\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!((dev(&ssm, "PLAIN").as_deref(), ssm.version(&path("dev", "PLAIN"))), (Some("theirs"), Some(3)));
}

#[test]
fn a_claim_whose_value_is_never_answered_is_not_said_to_be_unset() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1");
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();
    // After the claim, and the look behind it.
    ssm.inject(Fault::reset().on(Operation::PutParameter).after(1));
    ssm.inject(Fault::deny().on(Operation::GetParameter).after(1));

    let said = set_with(&app, "new", &["PLAIN", "--expect-version", "1"]);

    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.starts_with("error: whether `PLAIN` is set is not known: SSM at "), "{said:?}");
}

#[test]
fn a_write_that_was_never_answered_is_not_said_to_be_undone_by_what_is_answered_after_it() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "2");
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();
    // It may still be under way when what comes after it fails.
    ssm.inject(Fault::unheard().on(Operation::PutParameter).times(1));
    ssm.inject(Fault::server_error().on(Operation::PutParameter));

    let said = set_with(&app, "new", &["PLAIN"]);

    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.starts_with("error: whether `PLAIN` is set is not known: SSM at "), "{said:?}");
}
