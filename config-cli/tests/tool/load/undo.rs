//! A write in the middle that fails: those before it are undone.

use bind_config_local::{Fault, NewParameter, Operation, Tier};

use super::{LAST, PUT, app_with, load, stored, two_of_three};
use crate::kit::{dev, path, ssm, tier_and_key};

/// A write fails for good: what was there before is there again, byte for byte, and what was new is gone.
fn is_rolled_back(fault: Fault, failed: &str, why: &str) {
    let (ssm, app) = two_of_three();
    let before = stored(&ssm);
    ssm.inject(fault);

    let said = load(&ssm, &app, &["new.env"]);

    let text = format!(
        "error: `{failed}` could not be set: {why}; nothing is set: every secret has the value that it had before\n"
    );
    assert_eq!((said.code, said.err), (2, text));
    assert_eq!(stored(&ssm), before);
}

#[test]
fn a_denied_write_in_the_middle_undoes_those_before_it() {
    is_rolled_back(Fault::deny().on(PUT).name(path("dev", "db_password")), "db-password", LAST);
    let second = LAST.replace("db_password", "PLAIN");
    is_rolled_back(Fault::deny().on(PUT).name(path("dev", "PLAIN")), "PLAIN", &second);
    let first = LAST.replace("db_password", "STRIPE_KEY");
    is_rolled_back(Fault::deny().on(PUT).name(path("dev", "STRIPE_KEY")).times(1), "STRIPE_KEY", &first);
}

#[test]
fn a_store_that_fails_in_the_middle_undoes_those_before_it() {
    let why = "AWS failed (InternalServerError), several times: try again";
    is_rolled_back(Fault::server_error().on(PUT).name(path("dev", "db_password")), "db-password", why);
}

#[test]
fn an_answer_that_is_lost_once_stops_nothing() {
    for name in ["STRIPE_KEY", "PLAIN", "db_password"] {
        let (ssm, app) = two_of_three();
        ssm.inject(Fault::fail_after_write().on(PUT).name(path("dev", name)).times(1));

        let said = load(&ssm, &app, &["new.env"]);

        assert_eq!(said.code, 0, "{name}: {said:?}");
        assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_hunter_new"));
        assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter new"));
        assert_eq!(dev(&ssm, "db_password").as_deref(), Some("hunter-new"));
    }
}

#[test]
fn a_value_that_has_raised_the_tier_is_undone_in_that_tier() {
    let ssm = ssm();
    let app = app_with(&ssm, &format!("PLAIN={}\nSTRIPE_KEY=sk_live_hunter\n", "x".repeat(5000)));
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "hunter old").key("alias/own")).unwrap();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "STRIPE_KEY")));

    let said = load(&ssm, &app, &["new.env"]);

    assert!(said.err.ends_with("nothing is set: every secret has the value that it had before\n"), "{said:?}");
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter old"));
    assert_eq!(tier_and_key(&app, "PLAIN"), ("advanced".to_owned(), "alias/own".to_owned()));
}

#[test]
fn tiers_and_keys_are_kept() {
    let (ssm, app) = two_of_three();
    ssm.put(NewParameter::secure(path("dev", "STRIPE_KEY"), "sk_live_hunter").key("alias/own").tier(Tier::Advanced))
        .unwrap();

    assert_eq!(load(&ssm, &app, &["new.env"]).code, 0);

    assert_eq!(tier_and_key(&app, "STRIPE_KEY"), ("advanced".to_owned(), "alias/own".to_owned()));
    assert_eq!(tier_and_key(&app, "db-password"), ("standard".to_owned(), "alias/aws/ssm".to_owned()));
    assert_eq!(ssm.count(Operation::DeleteParameter), 0);
}

#[test]
fn what_cannot_be_put_back_is_named_with_the_value_that_it_has() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    ssm.inject(Fault::deny().on(Operation::DeleteParameter));

    let said = load(&ssm, &app, &["new.env"]);

    let delete = "AWS denies ssm:DeleteParameter on arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/dev/Secret/PLAIN/value: these credentials need that permission";
    let text = format!(
        "error: `db-password` could not be set: {LAST}; what had been set was put back, except\n  `PLAIN` has the new value (version 1): {delete}\nset those by hand, or run the command again\n"
    );
    assert_eq!((said.code, said.err), (2, text));
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_hunter_old"));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter new"));
}

#[test]
fn a_rollback_that_is_denied_names_every_secret_that_has_the_new_value() {
    let (ssm, app) = two_of_three();
    // Two writes pass, then no other.
    ssm.inject(Fault::deny().on(PUT).on(Operation::DeleteParameter).after(2));

    let said = load(&ssm, &app, &["new.env"]);

    assert_eq!(said.code, 2);
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(lines.len(), 4, "{said:?}");
    assert!(
        lines[1].starts_with("  `PLAIN` has the new value (version 1): AWS denies ssm:DeleteParameter on "),
        "{said:?}"
    );
    assert!(
        lines[2].starts_with("  `STRIPE_KEY` has the new value (version 2): AWS denies ssm:PutParameter on "),
        "{said:?}"
    );
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_hunter_new"));
    assert_eq!(dev(&ssm, "db_password").as_deref(), Some("hunter old\r\n\n"));
}

#[test]
fn a_value_that_nobody_can_look_at_any_more_is_not_said_to_be_the_old_one() {
    let (ssm, app) = two_of_three();
    let name = path("dev", "db_password");
    ssm.inject(Fault::fail_after_write().on(PUT).name(&name));
    ssm.inject(Fault::deny().on(Operation::GetParameter).name(&name));

    let said = load(&ssm, &app, &["new.env"]);

    let text = "error: whether `db-password` is set is not known: AWS failed (InternalServerError), several times: try again; every other secret has the value that it had before\n";
    assert_eq!((said.code, said.err.as_str()), (2, text));
    assert_eq!((dev(&ssm, "STRIPE_KEY").as_deref(), dev(&ssm, "PLAIN")), (Some("sk_live_hunter_old"), None));
}
