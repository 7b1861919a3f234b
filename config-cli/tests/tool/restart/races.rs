//! Somebody else changes the function meanwhile, or Lambda answers late, twice or not at all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bind_config_local::{Fault, LocalSsm, Operation};

use super::{MARKER, READ, SET, UPDATE, api, is_of_lambda, lambda, not_restarted, plain, put, set, table, updates};
use crate::app::{App, ORDERS, said};
use crate::kit::{until, until_it_happens};

/// Sets a variable of the function, in the middle of what the tool does.
fn somebody_else(ssm: &LocalSsm) {
    ssm.set_function_variable("orders-dev-api", "KEEP", "new").unwrap();
    ssm.set_function_variable("orders-dev-api", "NEWVAR", "x").unwrap();
}

/// It is restarted with so many writes, and has all that somebody else sets while the answer to this waits.
fn is_kept(operation: Operation, writes: usize) {
    is_kept_by(&lambda([api("api").variable("KEEP", "old")]), operation, writes);
}

fn is_kept_by(ssm: &LocalSsm, operation: Operation, writes: usize) {
    let held = ssm.inject(Fault::hold().on(operation).times(1));
    let app = App::on(ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();
    until_it_happens(ssm, "hold", 1);
    somebody_else(ssm);
    ssm.remove_fault(held);

    let said = said(child);

    assert_eq!(ssm.count(UPDATE), writes);
    assert_eq!(plain(ssm, said), (0, table(&[("orders-dev-api", "dev", "restarted")]), String::new()));
    let variables = ssm.function_variables("orders-dev-api").unwrap();
    assert_eq!((variables["KEEP"].as_str(), variables["NEWVAR"].as_str()), ("new", "x"));
    assert!(variables.contains_key(MARKER));
    assert_eq!(ssm.function_updates("orders-dev-api"), 1);
}

#[test]
fn a_change_between_listing_and_write_is_kept() {
    // The listing says what was before; the first write is of a revision that is none any more.
    is_kept(Operation::ListFunctions, 2);
}

#[test]
fn a_change_between_a_write_and_its_answer_is_kept() {
    // Theirs has started it anew as well.
    is_kept(UPDATE, 1);
}

#[test]
fn a_change_between_a_write_whose_answer_was_lost_and_the_next_is_kept() {
    let ssm = lambda([api("api").variable("KEEP", "old")]);
    ssm.inject(Fault::server_error().on(UPDATE).times(1));
    // What is looked at is what was before; the second write is of a revision that is none any more, too.
    is_kept_by(&ssm, READ, 3);
}

#[test]
fn a_function_that_changes_all_the_time_loses_no_variable() {
    let ssm = lambda([api("one"), api("two"), api("three")]);
    let names = ["orders-dev-one", "orders-dev-two", "orders-dev-three"];
    let app = App::on(&ssm, ORDERS);
    let is_over = AtomicBool::new(false);

    let (said, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !is_over.load(Ordering::Relaxed) && written < 150 {
                for name in names {
                    ssm.set_function_variable(name, format!("V_{written}"), "x").unwrap();
                }
                written += 1;
                std::thread::sleep(Duration::from_millis(7));
            }
            written
        });
        let said = app.run("secrets restart STRIPE_KEY --stage dev".split(' '));
        is_over.store(true, Ordering::Relaxed);
        (said, writer.join().unwrap())
    });

    assert_eq!(said.code, 0, "{said:?}");
    for name in names {
        let variables = ssm.function_variables(name).unwrap();
        let lost: Vec<_> = (0..written).filter(|at| !variables.contains_key(&format!("V_{at}"))).collect();
        assert!(lost.is_empty(), "{name} lost {lost:?}");
        assert!(variables.contains_key(MARKER));
    }
}

#[test]
fn an_update_of_somebody_else_is_waited_for() {
    let ssm = LocalSsm::builder().update_time(Duration::from_secs(4)).start().unwrap();
    put(&ssm, [api("api")]);
    let app = App::on(&ssm, ORDERS);
    let restart = || app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();

    let first = restart();
    until("the first update", || ssm.function_updates("orders-dev-api") == 1);
    let second = restart();

    for child in [first, second] {
        let rows = [("orders-dev-api", "dev", "restarted")];
        assert_eq!(plain(&ssm, said(child)), (0, table(&rows), String::new()));
    }
    assert_eq!(ssm.function_updates("orders-dev-api"), 2);
    let refused: Vec<_> = ssm.calls().into_iter().filter_map(|call| call.error).collect();
    assert!(refused.iter().any(|error| error == "ResourceConflictException"), "{refused:?}");
}

#[test]
fn a_change_after_ours_starts_it_anew_as_well() {
    let ssm = LocalSsm::builder().update_time(Duration::from_secs(2)).start().unwrap();
    put(&ssm, [api("later"), api("taken")]);
    let app = App::on(&ssm, ORDERS);
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();

    until("both updates", || updates(&ssm, &["orders-dev-later", "orders-dev-taken"]) == [1, 1]);
    // Somebody else's restart, and somebody who has written what was before ours.
    ssm.set_function_variable("orders-dev-later", MARKER, "9999999999999").unwrap();
    ssm.set_function_variable("orders-dev-taken", MARKER, "1").unwrap();
    let said = said(child);

    let rows = [("orders-dev-later", "dev", "restarted"), ("orders-dev-taken", "dev", "restarted")];
    assert_eq!(plain(&ssm, said), (0, table(&rows), String::new()));
    assert_eq!(updates(&ssm, &["orders-dev-later", "orders-dev-taken"]), [1, 1]);
}

#[test]
fn a_lost_answer_neither_fails_nor_restarts_twice() {
    let lost: [fn() -> Fault; 6] =
        [Fault::reset, Fault::reset_midway, Fault::close, Fault::truncate, Fault::malformed, Fault::fail_after_write];
    let names: Vec<String> = (0..lost.len()).map(|at| format!("orders-dev-{at}")).collect();
    let ssm = lambda((0..lost.len()).map(|at| api(&at.to_string())));
    for (fault, name) in lost.iter().zip(&names) {
        ssm.inject(fault().on(UPDATE).name(name).times(1));
        ssm.inject(fault().on(READ).name(name).times(1));
    }

    let said = set(&App::on(&ssm, ORDERS));

    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), "dev", "restarted")).collect();
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{SET}\n")));
    for name in &names {
        assert_eq!(ssm.function_updates(name), 1, "{name}");
    }
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for_for_ever() {
    let ssm = lambda([api("heard"), api("unheard")]);
    ssm.inject(Fault::never_answer().on(UPDATE).name("orders-dev-heard").times(1));
    ssm.inject(Fault::unheard().on(UPDATE).name("orders-dev-unheard").times(1));

    let said = set(&App::on(&ssm, ORDERS));

    let rows = [("orders-dev-heard", "dev", "restarted"), ("orders-dev-unheard", "dev", "restarted")];
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{SET}\n")));
    assert_eq!(updates(&ssm, &["orders-dev-heard", "orders-dev-unheard"]), [1, 1]);
}

#[test]
fn an_update_that_fails_is_told_with_its_reason() {
    let reason = "The image is not there any more";
    let ssm = lambda([api("api"), api("broken").failing_updates(reason)]);

    let said = set(&App::on(&ssm, ORDERS));

    let why = format!("not restarted: Lambda could not update it: {reason}");
    let rows = table(&[("orders-dev-api", "dev", "restarted"), ("orders-dev-broken", "dev", &why)]);
    assert_eq!(plain(&ssm, said), (1, rows, not_restarted(1, 2)));
    assert_eq!(updates(&ssm, &["orders-dev-broken"]), [1]);
}

#[test]
fn a_busy_lambda_is_asked_again_and_at_our_own_pace() {
    let names: Vec<String> = (0..12).map(|at| format!("orders-dev-{at:02}")).collect();
    let ssm = lambda((0..12).map(|at| api(&format!("{at:02}"))));
    let throttled = ssm.inject(Fault::throttled().on(UPDATE).on(READ).on(Operation::ListFunctions).sometimes(15, 7));
    let begun = Instant::now();

    let said = set(&App::on(&ssm, ORDERS));

    let wall = begun.elapsed();
    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), "dev", "restarted")).collect();
    assert_eq!(plain(&ssm, said), (0, table(&rows), format!("{SET}\n")));
    assert!(names.iter().all(|name| ssm.function_updates(name) == 1));
    assert!(ssm.hits(throttled) > 0);
    // However slow the machine is: so many requests take so long where fewer than 15 go in a second.
    let asked = ssm.calls().iter().filter(|call| is_of_lambda(&call.operation)).count();
    assert!(wall >= Duration::from_millis(1000 / 15) * u32::try_from(asked - 1).unwrap(), "{asked} in {wall:?}");
}

#[test]
fn a_function_costs_three_requests() {
    let ssm = lambda(["one", "two", "three"].map(api));

    let said = set(&App::on(&ssm, ORDERS));

    assert_eq!(said.code, 0, "{said:?}");
    let asked = |operation| ssm.calls().iter().filter(|call| call.operation == operation).count();
    assert_eq!(
        (asked("ListFunctions"), asked("UpdateFunctionConfiguration"), asked("ListVersionsByFunction")),
        (1, 3, 3)
    );
    // As often as an update takes its time, which here it hardly does.
    assert!((3..12).contains(&asked("GetFunctionConfiguration")));
}
