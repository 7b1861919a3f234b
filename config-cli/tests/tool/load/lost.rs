//! Answers that are lost while something is set or undone, and looks that are denied.

use bind_config_local::{Fault, NewParameter, Operation, Tier};

use super::{LAST, PUT, app_with, load, stored, two_of_three};
use crate::app::{App, ORDERS};
use crate::kit::{dev, path, plain, ssm, tier_and_key, until, until_it_happens};

#[test]
fn a_value_whose_answer_was_lost_is_undone_to_the_value_from_before() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::fail_after_write().on(PUT).name(path("dev", "STRIPE_KEY")).times(1));
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));

    let said = load(&ssm, &app, &["new.env"]);

    assert!(said.err.ends_with("nothing is set: every secret has the value that it had before\n"), "{said:?}");
    // Old, ours, ours again, old.
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_hunter_old"));
    assert_eq!(ssm.version(&path("dev", "STRIPE_KEY")), Some(4));
}

#[test]
fn what_somebody_else_removed_and_set_anew_before_ours_is_put_back_where_ours_are_undone() {
    let (ssm, app) = two_of_three();
    for value in ["sk_live_hunter_2", "sk_live_hunter_3"] {
        ssm.put_secret("orders", "dev", "STRIPE_KEY", value).unwrap();
    }
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    let held = ssm.inject(Fault::hold().on(Operation::DescribeParameters).times(1));

    let said = std::thread::scope(|scope| {
        let tool = scope.spawn(|| load(&ssm, &app, &["new.env"]));
        until_it_happens(&ssm, "hold", 1);
        ssm.delete(&path("dev", "STRIPE_KEY")).unwrap();
        ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_theirs").unwrap();
        ssm.remove_fault(held);
        tool.join().unwrap()
    });

    assert!(said.err.ends_with("but for `STRIPE_KEY`, where what somebody else set meanwhile stays\n"), "{said:?}");
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_theirs"));
}

#[test]
fn what_can_neither_be_put_back_nor_looked_at_is_not_said_to_be_as_it_was() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    ssm.inject(Fault::deny().on(Operation::GetParameter).name(path("dev", "STRIPE_KEY")));

    let said = load(&ssm, &app, &["new.env"]);

    assert_eq!(said.code, 2);
    let text =
        "except\n  `STRIPE_KEY` has the new value (version 2), as far as is known: AWS denies ssm:GetParameter on ";
    assert!(said.err.contains(text), "{said:?}");
    assert_eq!(dev(&ssm, "PLAIN"), None, "the others are put back");
}

#[test]
fn a_raised_tier_is_kept_where_nobody_may_look_at_it_any_more() {
    let ssm = ssm();
    let app = app_with(&ssm, &format!("STRIPE_KEY=sk_live_{}\nPLAIN=hunter\n", "x".repeat(5000)));
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_live_hunter_old").unwrap();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "PLAIN")));
    // The plan looks once.
    ssm.inject(Fault::deny().on(Operation::DescribeParameters).after(1));
    let history = ssm.inject(Fault::deny().on(Operation::GetParameterHistory));

    let said = load(&ssm, &app, &["new.env"]);

    assert!(said.err.ends_with("nothing is set: every secret has the value that it had before\n"), "{said:?}");
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_hunter_old"));
    ssm.remove_fault(history);
    assert_eq!(tier_and_key(&app, "STRIPE_KEY").0, "advanced");
}

#[test]
fn a_write_that_happened_before_the_store_was_throttled_is_found() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "2");
    ssm.put_secret("orders", "dev", "PLAIN", "old").unwrap();
    ssm.inject(Fault::fail_after_write().on(PUT).times(1));
    ssm.inject(Fault::throttled().on(PUT));

    let said = plain(&ssm, app.run_with(b"new", ["secrets", "set", "PLAIN", "--stage", "dev"]));

    assert_eq!((said.code, dev(&ssm, "PLAIN").as_deref()), (0, Some("new")), "{said:?}");
    assert_eq!(ssm.version(&path("dev", "PLAIN")), Some(2));
}

#[test]
fn what_somebody_else_creates_first_keeps_its_own_key() {
    let ssm = ssm();
    let app = App::on(&ssm, &ORDERS.replacen('\n', "\nkms_key = \"alias/ours\"\n", 1));
    let held = ssm.inject(Fault::hold().on(Operation::GetParameters).times(1));

    let said = std::thread::scope(|scope| {
        let tool = scope.spawn(|| app.run_with(b"ours", ["secrets", "set", "PLAIN", "--stage", "dev"]));
        until_it_happens(&ssm, "hold", 1);
        ssm.put(NewParameter::secure(path("dev", "PLAIN"), "theirs").key("alias/theirs").tier(Tier::Advanced)).unwrap();
        ssm.remove_fault(held);
        tool.join().unwrap()
    });

    assert_eq!((said.code, dev(&ssm, "PLAIN").as_deref()), (0, Some("ours")), "{said:?}");
    assert_eq!(tier_and_key(&app, "PLAIN"), ("advanced".to_owned(), "alias/theirs".to_owned()));
}

#[test]
fn an_undo_that_happened_without_any_answer_is_not_told_as_one_that_failed() {
    let (ssm, app) = two_of_three();
    let app = app.with("AWS_MAX_ATTEMPTS", "1");
    let before = stored(&ssm);
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    // The value that is put back, and the removal of what was new.
    ssm.inject(Fault::fail_after_write().on(PUT).name(path("dev", "STRIPE_KEY")).after(1));
    ssm.inject(Fault::fail_after_write().on(Operation::DeleteParameter));

    let said = load(&ssm, &app, &["new.env"]);

    let text = format!(
        "error: `db-password` could not be set: {LAST}; nothing is set: every secret has the value that it had before\n"
    );
    assert_eq!((said.code, said.err), (2, text));
    assert_eq!(stored(&ssm), before);
}

#[test]
fn what_somebody_else_sets_while_an_undo_has_no_answer_is_said_to_stay() {
    let (ssm, app) = two_of_three();
    let app = app.with("AWS_MAX_ATTEMPTS", "1");
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    let held = ssm.inject(Fault::hold().on(PUT).name(path("dev", "STRIPE_KEY")).after(1));
    ssm.inject(Fault::fail_after_write().on(PUT).name(path("dev", "STRIPE_KEY")).after(1));

    let said = std::thread::scope(|scope| {
        let tool = scope.spawn(|| load(&ssm, &app, &["new.env"]));
        // It is counted before it is carried out.
        until("the undo", || ssm.version(&path("dev", "STRIPE_KEY")) >= Some(3));
        ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_theirs").unwrap();
        ssm.remove_fault(held);
        tool.join().unwrap()
    });

    let text = format!(
        "error: `db-password` could not be set: {LAST}; nothing is set: every secret has the value that it had before, but for \
         `STRIPE_KEY`, where what somebody else set meanwhile stays\n"
    );
    assert_eq!((said.code, said.err), (2, text));
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_theirs"));
}
