//! Freeze and thaw: a process that is stopped in the middle of a load, while the store's clock goes on for longer than a signature
//! lives, and is let go on.

use std::process::{Command, Stdio};
use std::time::Duration;

use bind_config_local::{Fault, LocalSsm, Operation};
use bind_config_runtime::Bound;

use crate::bindings::{Config, bind, secret};
use crate::static_config::{assert_passed, is_child, process_of, runtime};
use crate::{APP, STAGE, store};

static CONFIG: Bound<Config> = Bound::new("CONFIG");
/// A signature lives five minutes.
const LATER: i64 = 600;

/// Loads in the process that is stopped, and has the value.
fn load() {
    bind(vec![secret("A")]);
    runtime().block_on(CONFIG.load()).unwrap();
    assert_eq!(CONFIG.value("A"), Some("value"));
}

/// Stops `test` for so long while its first request waits, which then meets `fault`. The errors that the store answered.
fn stopped(test: &str, fault: Option<Fault>, time: Duration) -> Vec<Option<String>> {
    let ssm = store();
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();
    let held = ssm.inject(Fault::hold().times(1));
    if let Some(fault) = fault {
        ssm.inject(fault.times(1));
    }
    let mut process = process_of("freeze", test, &ssm, &[("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")]);
    let child = process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let signal = |name: &str| Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success();
    wait_for_a_request(&ssm);

    assert!(signal("-STOP"));
    ssm.set_clock_offset(LATER);
    ssm.remove_fault(held);
    std::thread::sleep(time);
    assert!(signal("-CONT"));

    assert_passed(&child.wait_with_output().unwrap());
    ssm.calls().into_iter().map(|call| call.error).collect()
}

/// For as long as a load may take: then it has ended, and will never ask.
fn wait_for_a_request(ssm: &LocalSsm) {
    for _ in 0..8_000 {
        if ssm.count(Operation::GetParameters) > 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("nothing was asked");
}

#[test]
fn an_answer_that_came_while_the_process_was_frozen_is_taken() {
    const TEST: &str = "an_answer_that_came_while_the_process_was_frozen_is_taken";
    if is_child(TEST) {
        return load();
    }
    assert_eq!(stopped(TEST, None, Duration::from_millis(500)), [None]);
}

#[test]
fn a_request_that_was_lost_while_the_process_was_frozen_is_signed_for_the_time_of_the_store() {
    const TEST: &str = "a_request_that_was_lost_while_the_process_was_frozen_is_signed_for_the_time_of_the_store";
    if is_child(TEST) {
        return load();
    }
    let errors = stopped(TEST, Some(Fault::reset()), Duration::from_millis(500));
    // The process's own clock is what it was: once it is refused, and corrected.
    assert_eq!(errors, [None, Some("InvalidSignatureException".to_owned()), None]);
}

#[test]
fn a_process_that_was_frozen_for_longer_than_a_start_may_take_loads_all_the_same() {
    const TEST: &str = "a_process_that_was_frozen_for_longer_than_a_start_may_take_loads_all_the_same";
    if is_child(TEST) {
        return load();
    }
    // The three seconds of an attempt, and the eight of a start.
    let errors = stopped(TEST, Some(Fault::reset()), Duration::from_secs(12));
    assert_eq!(errors, [None, Some("InvalidSignatureException".to_owned()), None]);
}
