//! `secrets rollback`: an earlier value becomes the current one, as a new version.

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation, Tier};

use crate::app::{App, ORDERS, Said};
use crate::kit::{dev, expected, is_silent_about, path, plain, ssm, tier_and_key, until_it_happens};

fn rollback(ssm: &LocalSsm, app: &App, arguments: &[&str]) -> Said {
    let said = app.run(["secrets", "rollback", "--stage", "dev"].iter().chain(arguments));
    is_silent_about(&said, &["hunter", "sk_live"]);
    plain(ssm, said)
}

const DONE: &str = "1 secret is set in stage `dev` of `orders`, SSM at URL.\nno deployed function uses it in stage `dev` of `orders`\n";

#[test]
fn without_a_version_the_one_before_the_current_comes_back() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["hunter1", "hunter2"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }

    let said = rollback(&ssm, &app, &["PLAIN"]);

    let table = "NAME   CHANGE\nPLAIN  changed, from version 2\n";
    assert_eq!(said, expected(0, table, &format!("`PLAIN` goes back to version 1\n{DONE}")));
    assert_eq!((dev(&ssm, "PLAIN").as_deref(), ssm.version(&path("dev", "PLAIN"))), (Some("hunter1"), Some(3)));
}

#[test]
fn a_version_that_is_named_comes_back_and_one_that_is_not_there_is_told() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["hunter1", "hunter2", "hunter3"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }

    assert_eq!(rollback(&ssm, &app, &["PLAIN", "--to", "1"]).code, 0);
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter1"));
    let said = rollback(&ssm, &app, &["PLAIN", "--to", "9"]);
    assert_eq!(
        said,
        expected(1, "", "error: `PLAIN` in stage `dev` of `orders` has no version 9; there are 1, 2, 3, 4\n")
    );
}

#[test]
fn the_current_value_is_not_set_again() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["hunter1", "hunter1"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }

    let said = rollback(&ssm, &app, &["PLAIN", "--to", "2"]);

    let text = "`PLAIN` goes back to version 2\neverything is as it was in stage `dev` of `orders`, SSM at URL.\nwhat is the same \
                was set a short time ago; if that run was cut off: bind-config secrets restart PLAIN --stage dev\n";
    assert_eq!(said, expected(0, "NAME   CHANGE\nPLAIN  same\n", text));
    assert_eq!(ssm.version(&path("dev", "PLAIN")), Some(2));
}

#[test]
fn with_one_version_there_is_nothing_to_go_back_to() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);

    assert_eq!(
        rollback(&ssm, &app, &["PLAIN"]),
        expected(1, "", "error: `PLAIN` in stage `dev` of `orders` is not set\n")
    );
    ssm.put_secret("orders", "dev", "PLAIN", "hunter1").unwrap();
    let text = "error: `PLAIN` in stage `dev` of `orders` has one version only: there is nothing to go back to\n";
    assert_eq!(rollback(&ssm, &app, &["PLAIN"]), expected(1, "", text));
}

#[test]
fn an_earlier_value_that_does_not_fit_any_more_is_refused() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["pk_hunter1", "sk_live_2"] {
        ssm.put_secret("orders", "dev", "STRIPE_KEY", value).unwrap();
    }

    let said = rollback(&ssm, &app, &["STRIPE_KEY"]);

    let table = "NAME        CHANGE\nSTRIPE_KEY  wrong: it must start with `sk_`\n";
    assert_eq!(
        said,
        expected(
            1,
            table,
            "`STRIPE_KEY` goes back to version 1\nerror: nothing is set in stage `dev` of `orders`, SSM at URL: 1 of 1 cannot be\n"
        )
    );
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_2"));
}

#[test]
fn tier_and_key_of_the_current_version_are_kept() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "hunter1")).unwrap();
    ssm.put(NewParameter::secure(path("dev", "PLAIN"), "x".repeat(5000)).key("alias/own").tier(Tier::Advanced))
        .unwrap();

    assert_eq!(rollback(&ssm, &app, &["PLAIN"]).code, 0);

    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter1"));
    assert_eq!(tier_and_key(&app, "PLAIN"), ("advanced".to_owned(), "alias/own".to_owned()));
    assert_eq!(ssm.count(Operation::DeleteParameter), 0);
}

#[test]
fn an_undeclared_leftover_goes_back_too() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["hunter1", "hunter2"] {
        ssm.put_secret("orders", "dev", "LEFT_OVER", value).unwrap();
    }

    assert_eq!(rollback(&ssm, &app, &["LEFT_OVER"]).code, 0);
    assert_eq!(dev(&ssm, "LEFT_OVER").as_deref(), Some("hunter1"));
}

#[test]
fn what_somebody_else_sets_after_the_look_at_the_history_stays() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for value in ["hunter1", "hunter2"] {
        ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
    }
    let held = ssm.inject(Fault::hold().on(Operation::GetParameterHistory).times(1));

    let said = std::thread::scope(|scope| {
        let tool = scope.spawn(|| rollback(&ssm, &app, &["PLAIN"]));
        until_it_happens(&ssm, "hold", 1);
        ssm.put_secret("orders", "dev", "PLAIN", "theirs").unwrap();
        ssm.remove_fault(held);
        tool.join().unwrap()
    });

    let text = "`PLAIN` goes back to version 1\nerror: nothing is set: somebody else has just changed `PLAIN` in stage `dev` of `orders`\n";
    assert_eq!(said, expected(1, "", text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("theirs"));
}
