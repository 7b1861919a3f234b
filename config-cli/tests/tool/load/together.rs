//! Somebody else writes at the same time.

use bind_config_local::{Fault, LocalSsm, Operation};

use super::{LAST, PUT, load, two_of_three};
use crate::app::{App, Said};
use crate::kit::{dev, path, ssm, until_it_happens};

/// A load that fails at its last secret, while somebody else sets one of the others.
fn loads_while(ssm: &LocalSsm, app: &App, late: Fault, theirs: impl FnOnce()) -> Said {
    let held = ssm.inject(late);
    std::thread::scope(|scope| {
        let tool = scope.spawn(|| load(ssm, app, &["new.env"]));
        until_it_happens(ssm, "hold", 1);
        theirs();
        ssm.remove_fault(held);
        tool.join().unwrap()
    })
}

#[test]
fn somebody_elses_write_before_ours_is_told_and_in_the_history() {
    let (ssm, app) = two_of_three();
    let late = Fault::hold().on(Operation::DescribeParameters).times(1);

    let said = loads_while(&ssm, &app, late, || drop(ssm.put_secret("orders", "dev", "db-password", "theirs")));

    let text = "warning: somebody else set `db-password` at the same time (version 2): yours is the current value\n";
    assert!(said.code == 0 && said.err.starts_with(text), "{said:?}");
    assert_eq!(app.ok("secrets get db-password --stage dev --version 2"), "theirs");
    assert_eq!(ssm.version(&path("dev", "db_password")), Some(3));
}

#[test]
fn somebody_elses_removal_before_ours_is_told() {
    let (ssm, app) = two_of_three();
    let late = Fault::hold().on(Operation::DescribeParameters).times(1);

    let said = loads_while(&ssm, &app, late, || ssm.delete(&path("dev", "db_password")).unwrap());

    let text = "warning: somebody else removed `db-password` at the same time: yours is the current value\n";
    assert!(said.code == 0 && said.err.starts_with(text), "{said:?}");
    assert_eq!(ssm.version(&path("dev", "db_password")), Some(1));
}

#[test]
fn what_somebody_else_removed_before_ours_is_not_there_again_where_ours_are_undone() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    let late = Fault::hold().on(Operation::DescribeParameters).times(1);

    let said = loads_while(&ssm, &app, late, || ssm.delete(&path("dev", "STRIPE_KEY")).unwrap());

    assert!(said.err.ends_with("but for `STRIPE_KEY`, where what somebody else set meanwhile stays\n"), "{said:?}");
    assert_eq!((dev(&ssm, "STRIPE_KEY"), dev(&ssm, "PLAIN")), (None, None));
}

#[test]
fn somebody_elses_write_that_ours_came_over_is_put_back_where_ours_are_undone() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    let late = Fault::hold().on(Operation::DescribeParameters).times(1);

    let said = loads_while(&ssm, &app, late, || drop(ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_live_theirs")));

    assert!(said.err.ends_with("but for `STRIPE_KEY`, where what somebody else set meanwhile stays\n"), "{said:?}");
    assert_eq!((dev(&ssm, "STRIPE_KEY").as_deref(), dev(&ssm, "PLAIN")), (Some("sk_live_theirs"), None));
}

#[test]
fn somebody_elses_write_after_ours_stays_where_ours_are_undone() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    let late = Fault::hold().on(PUT).name(path("dev", "PLAIN")).times(1);

    let said = loads_while(&ssm, &app, late, || {
        for name in ["STRIPE_KEY", "PLAIN"] {
            ssm.put_secret("orders", "dev", name, "theirs").unwrap();
        }
    });

    let text = format!(
        "error: `db-password` could not be set: {LAST}; nothing is set: every secret has the value that it had before, but for `PLAIN`, `STRIPE_KEY`, where what somebody else set meanwhile stays\n"
    );
    assert_eq!((said.code, said.err), (2, text));
    assert_eq!((dev(&ssm, "STRIPE_KEY").as_deref(), dev(&ssm, "PLAIN").as_deref()), (Some("theirs"), Some("theirs")));
}

#[test]
fn somebody_elses_write_while_ours_is_undone_stays() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    // The look before it is put back.
    let late = Fault::hold().on(Operation::GetParameter).name(path("dev", "STRIPE_KEY")).times(1);

    let said = loads_while(&ssm, &app, late, || drop(ssm.put_secret("orders", "dev", "STRIPE_KEY", "theirs")));

    assert!(said.err.ends_with("but for `STRIPE_KEY`, where what somebody else set meanwhile stays\n"), "{said:?}");
    assert_eq!((dev(&ssm, "STRIPE_KEY").as_deref(), dev(&ssm, "PLAIN")), (Some("theirs"), None));
}

#[test]
fn a_write_that_happened_and_was_not_confirmed_is_done() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::fail_after_write().on(PUT).name(path("dev", "db_password")).times(8));

    let said = load(&ssm, &app, &["new.env"]);

    assert!(said.code == 0 && said.err.starts_with("3 secrets are set in stage `dev`"), "{said:?}");
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_hunter_new"));
}

#[test]
fn a_new_secret_that_somebody_else_creates_first_is_overwritten_and_told() {
    let (ssm, app) = two_of_three();
    let late = Fault::hold().on(Operation::DescribeParameters).times(1);

    let said = loads_while(&ssm, &app, late, || drop(ssm.put_secret("orders", "dev", "PLAIN", "theirs")));

    let text = "warning: somebody else set `PLAIN` at the same time (version 1): yours is the current value\n";
    assert!(said.code == 0 && said.err.starts_with(text), "{said:?}");
    assert_eq!(app.ok("secrets get PLAIN --stage dev --version 1"), "theirs");
    assert_eq!(ssm.version(&path("dev", "PLAIN")), Some(2));
}

#[test]
fn a_new_secret_that_somebody_else_creates_with_the_same_value_is_not_deleted_when_ours_are_undone() {
    let (ssm, app) = two_of_three();
    ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
    let late = Fault::hold().on(Operation::DescribeParameters).times(1);

    let said = loads_while(&ssm, &app, late, || drop(ssm.put_secret("orders", "dev", "PLAIN", "hunter new")));

    let stays = "  `PLAIN` has the new value (version 1), which somebody else may have set at the same time";
    let text = format!(
        "error: `db-password` could not be set: {LAST}; what had been set was put back, except\n{stays}\nset those by hand, or run the command again\n"
    );
    assert_eq!((said.code, said.err), (2, text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter new"));
    assert_eq!(dev(&ssm, "STRIPE_KEY").as_deref(), Some("sk_live_hunter_old"));
}

#[test]
fn more_than_ten_names_are_looked_at_in_batches_of_ten() {
    let ssm = ssm();
    let names: Vec<String> = (0..25).map(|number| format!("KEY_{number}")).collect();
    let lines = |line: fn(&String) -> String| names.iter().map(line).collect::<Vec<_>>().join("\n");
    let declared = lines(|name| format!("{name} = \"x\""));
    let app = App::on(&ssm, &format!("app = \"orders\"\n[secrets]\n{declared}"));
    app.write("new.env", &lines(|name| format!("{name}=value of {name}")));

    assert_eq!(load(&ssm, &app, &["new.env"]).code, 0);

    for name in &names {
        assert_eq!(dev(&ssm, name), Some(format!("value of {name}")));
    }
    let batches = ssm.calls().into_iter().filter(|call| call.operation == "GetParameters" && call.names.len() > 1);
    let mut sizes: Vec<usize> = batches.map(|call| call.names.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [5, 10, 10]);
}
