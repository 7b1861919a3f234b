//! `secrets remove`: asks, says who would miss it, restarts nothing unless asked.

use bind_config_local::{Fault, NewFunction, Operation};

use crate::app::{App, ORDERS};
use crate::kit::{dev, expected, fallback_path, json, path, plain, ssm};

const REMOVE: [&str; 6] = ["secrets", "remove", "PLAIN", "--stage", "dev", "--yes"];

fn function(name: &str) -> NewFunction {
    NewFunction::new(name)
        .variable("SST_APP", "orders")
        .variable("SST_STAGE", "dev")
        .variable("SST_Secret_value_PLAIN", "__FETCH_FROM_SSM__")
}

#[test]
fn a_secret_is_removed_and_that_is_said() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();

    let said = app.run(REMOVE);

    assert_eq!(plain(&ssm, said), expected(0, "", "`PLAIN` is removed from stage `dev` of `orders`, SSM at URL.\n"));
    assert!(ssm.names().is_empty());
}

#[test]
fn a_removal_whose_first_answer_is_lost_is_one() {
    let ssm = ssm();
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    let lost = ssm.inject(Fault::fail_after_write().on(Operation::DeleteParameter).times(1));

    let said = App::on(&ssm, ORDERS).run(REMOVE);

    // The second try finds nothing any more.
    assert_eq!((ssm.hits(lost), ssm.count(Operation::DeleteParameter)), (1, 2));
    assert_eq!(plain(&ssm, said), expected(0, "", "`PLAIN` is removed from stage `dev` of `orders`, SSM at URL.\n"));
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_removed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();

    let said = app.run_with(b"y\n", &REMOVE[..5]);

    assert_eq!(said, expected(2, "", "error: nobody can be asked whether to remove `PLAIN`: give `--yes`\n"));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter2"));
}

#[test]
fn what_is_not_set_is_not_removed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_fallback_secret("orders", "PLAIN", "common").unwrap();

    let said = app.run(REMOVE);

    assert_eq!(
        plain(&ssm, said),
        expected(1, "", "error: `PLAIN` is not set in stage `dev` of `orders`, SSM at URL\n")
    );
    assert_eq!(ssm.names(), [fallback_path("PLAIN")]);
}

#[test]
fn a_denied_removal_is_not_one_of_something_that_is_not_set() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    ssm.inject(Fault::deny().on(Operation::DeleteParameter));

    let said = app.run(REMOVE);

    let resource = "arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/dev/Secret/PLAIN/value";
    let text = format!(
        "error: `PLAIN` was not removed: AWS denies ssm:DeleteParameter on {resource}: these credentials need that permission\n"
    );
    assert_eq!(said, expected(2, "", &text));
    assert_eq!(dev(&ssm, "PLAIN").as_deref(), Some("hunter2"));
}

#[test]
fn the_functions_that_would_fail_are_named_and_nothing_is_restarted() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    for name in ["orders-worker", "orders-api"] {
        ssm.put_function(function(name)).unwrap();
    }

    let said = app.run(REMOVE);

    let text = "warning: without `PLAIN` these functions fail at their next start: `orders-api`, `orders-worker`\n`PLAIN` is removed from stage `dev` of `orders`, SSM at URL.\n";
    assert_eq!(plain(&ssm, said), expected(0, "", text));
    assert_eq!(ssm.count(Operation::UpdateFunctionConfiguration), 0);
}

#[test]
fn with_restart_its_functions_start_anew() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    ssm.put_function(function("orders-api")).unwrap();

    let said = app.run(REMOVE.iter().chain(&["--restart", "--json"]));

    let report = json(&said);
    assert_eq!((said.code, report["name"].as_str()), (0, Some("PLAIN")));
    assert_eq!(
        (report["restarts"][0]["lambda"].as_str(), report["restarts"][0]["result"].as_str()),
        (Some("orders-api"), Some("restarted"))
    );
    assert_eq!(ssm.function_updates("orders-api"), 1);
}

#[test]
fn a_fallback_that_steps_in_is_told() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    ssm.put_fallback_secret("orders", "PLAIN", "common").unwrap();
    ssm.put_function(function("orders-api")).unwrap();

    let said = app.run(REMOVE);

    let text = "`PLAIN` has a fallback: functions take that when they start anew\n`PLAIN` is removed from stage `dev` of `orders`, SSM at URL.\n";
    assert_eq!(plain(&ssm, said), expected(0, "", text));
}

#[test]
fn a_fallback_that_nobody_may_take_steps_in_for_nobody_and_can_be_removed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "db-password", "hunter2").unwrap();
    ssm.put_fallback_secret("orders", "db-password", "common").unwrap();

    let said = app.run(["secrets", "remove", "db-password", "--stage", "dev", "--yes"]);
    assert_eq!(
        plain(&ssm, said),
        expected(0, "", "`db-password` is removed from stage `dev` of `orders`, SSM at URL.\n")
    );
    let said = app.run(["secrets", "remove", "db-password", "--fallback", "--yes"]);
    assert_eq!(
        plain(&ssm, said),
        expected(0, "", "`db-password` is removed from the fallback of `orders`, SSM at URL.\n")
    );
    assert!(ssm.names().is_empty());
}

#[test]
fn an_undeclared_leftover_is_removed_and_a_path_is_no_name() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "LEFT_OVER", "hunter2").unwrap();

    assert_eq!(app.run(["secrets", "remove", "LEFT_OVER", "--stage", "dev", "--yes"]).code, 0);
    let said = app.run(["secrets", "remove", "../prod/PLAIN", "--stage", "dev", "--yes"]);
    assert_eq!((said.code, said.err.starts_with("error: `../prod/PLAIN` cannot be a secret: ")), (1, true), "{said:?}");
    assert_eq!(ssm.value(&path("dev", "LEFT_OVER")), None);
}

#[test]
fn a_lambda_that_may_not_be_asked_is_no_reason_to_keep_a_secret() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    ssm.inject(Fault::deny().on(Operation::ListFunctions));

    let said = app.run(REMOVE);

    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    assert!(
        said.err
            .starts_with("warning: the functions that use it could not be found: AWS denies lambda:ListFunctions on *"),
        "{said:?}"
    );
    assert!(ssm.names().is_empty());
}

#[test]
fn a_removal_of_which_nobody_knows_whether_it_happened_is_not_said_to_have_failed() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1");
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    ssm.inject(Fault::fail_after_write().on(Operation::DeleteParameter));
    ssm.inject(Fault::deny().on(Operation::GetParameter).name(path("dev", "PLAIN")));

    let said = app.run(REMOVE);

    let text =
        "error: whether `PLAIN` is removed is not known: AWS failed (InternalServerError), several times: try again\n";
    assert_eq!(said, expected(2, "", text));
    assert!(ssm.names().is_empty());
}

#[test]
fn a_removal_that_was_never_answered_may_still_be_under_way() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1");
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    ssm.inject(Fault::unheard().on(Operation::DeleteParameter));

    let said = plain(&ssm, app.run(REMOVE));

    let text = "error: whether `PLAIN` is removed is not known: SSM at URL cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run and answer?\n";
    assert_eq!(said, expected(2, "", text));
}

#[test]
fn a_removal_that_happened_without_any_answer_is_found() {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1");
    ssm.put_secret("orders", "dev", "PLAIN", "hunter2").unwrap();
    ssm.inject(Fault::fail_after_write().on(Operation::DeleteParameter));

    let said = app.run(REMOVE);

    assert_eq!(plain(&ssm, said), expected(0, "", "`PLAIN` is removed from stage `dev` of `orders`, SSM at URL.\n"));
    assert!(ssm.names().is_empty());
}
