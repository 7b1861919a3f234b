//! The static: one load for everybody, whatever happens to whom. Each test has a static of its own; they share the
//! process's environment, so they run in one process of their own that has the variables.

use std::io::Read as _;
use std::process::{Command, Output, Stdio};

use bind_config_local::{Fault, LocalSsm, Operation};
use bind_config_runtime::__private::load_from;
use bind_config_runtime::{Bound, Environment};

use crate::bindings::{Config, bind, secret};
use crate::{APP, STAGE, store};

fn in_process(test: &str, ssm: &LocalSsm, variables: &[(&str, &str)]) -> Output {
    in_process_of("static_config", test, ssm, variables)
}

/// Runs a test of this binary again, as [`process_of`].
pub(crate) fn in_process_of(module: &str, test: &str, ssm: &LocalSsm, variables: &[(&str, &str)]) -> Output {
    process_of(module, test, ssm, variables).output().unwrap()
}

/// A test of this binary, as a process with the environment of the store, changed: an empty value removes.
pub(crate) fn process_of(module: &str, test: &str, ssm: &LocalSsm, variables: &[(&str, &str)]) -> Command {
    let mut this = Command::new(std::env::current_exe().unwrap());
    this.args(["--exact", &format!("{module}::{test}"), "--nocapture"]).env_clear();
    this.envs(ssm.variables(APP, STAGE)).env("BIND_CONFIG_TEST_CHILD", test);
    for (name, value) in variables {
        if value.is_empty() {
            this.env_remove(name)
        } else {
            this.env(name, value)
        };
    }
    this
}

/// Whether this process is the one that `process_of` made.
#[expect(clippy::disallowed_methods, reason = "the harness of the test, not what it tests")]
pub(crate) fn is_child(test: &str) -> bool {
    std::env::var("BIND_CONFIG_TEST_CHILD").is_ok_and(|child| child == test)
}

pub(crate) fn assert_passed(output: &Output) {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // A name that no test has is a success too.
    assert!(output.status.success() && stdout.contains("ok. 1 passed"), "{stdout}\n{stderr}");
}

fn with_a() -> LocalSsm {
    let ssm = store();
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();
    ssm
}

static CONFIG: Bound<Config> = Bound::new("CONFIG");

#[test]
fn reading_before_the_load_panics_at_the_line_that_reads() {
    static UNLOADED: Bound<Config> = Bound::new("UNLOADED");
    bind(vec![secret("A")]);

    let place = std::sync::Arc::new(std::sync::Mutex::new(None));
    let seen = place.clone();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let here = panic.location().filter(|place| place.file() == file!());
        if let Some(here) = here {
            *seen.lock().unwrap() = Some(here.line());
        } else {
            before(panic);
        }
    }));
    let line = line!() + 1;
    let panic = std::panic::catch_unwind(|| UNLOADED.0.len()).unwrap_err();
    let _ = std::panic::take_hook();

    assert_eq!(*place.lock().unwrap(), Some(line));
    let text = panic.downcast_ref::<String>().unwrap();
    let watched = if cfg!(feature = "watch") { "; or take the value from the `Watched` that was loaded" } else { "" };
    let expected =
        "UNLOADED (function `api`) was read before it was loaded: write `UNLOADED.load().await?` first in main";
    assert_eq!(*text, format!("{expected}{watched}"));
}

#[test]
fn a_set_configuration_is_everybodys_and_stays() {
    static SET: Bound<Config> = Bound::new("SET");
    bind(vec![secret("A")]);

    SET.set(Config(vec![Some("first".to_owned())])).unwrap();
    let error = SET.set(Config(vec![Some("second".to_owned())])).unwrap_err();

    assert_eq!(SET.value("A"), Some("first"));
    assert_eq!(SET.sources().field("A").unwrap().origin.as_str(), "program");
    assert_eq!(error.to_string(), "SET is already loaded: it can be set once in a process, and only before the load");
}

#[test]
fn what_the_program_loaded_itself_can_be_everybodys_and_keeps_its_sources() {
    const TEST: &str = "what_the_program_loaded_itself_can_be_everybodys_and_keeps_its_sources";
    if !is_child(TEST) {
        assert_passed(&in_process(TEST, &with_a(), &[]));
        return;
    }
    bind(vec![secret("A")]);
    let loaded = runtime().block_on(load_from::<Config>(&Environment::process())).unwrap();

    CONFIG.set(loaded).unwrap();

    assert_eq!(CONFIG.value("A"), Some("value"));
    assert_eq!(CONFIG.sources().field("A").unwrap().origin.as_str(), "stage");
}

#[test]
fn everybody_gets_the_same_configuration_from_one_load() {
    const TEST: &str = "everybody_gets_the_same_configuration_from_one_load";
    if !is_child(TEST) {
        let ssm = with_a();
        ssm.inject(Fault::delay(std::time::Duration::from_millis(100)));
        assert_passed(&in_process(TEST, &ssm, &[]));
        assert_eq!(ssm.count(Operation::GetParameters), 1);
        return;
    }
    bind(vec![secret("A")]);
    runtime().block_on(async {
        let (a, b, c) = tokio::join!(CONFIG.load(), CONFIG.load(), CONFIG.load());
        let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());

        assert!(std::ptr::eq(a, b) && std::ptr::eq(b, c));
        assert_eq!(CONFIG.value("A"), Some("value"));
        assert!(std::ptr::eq(CONFIG.load().await.unwrap(), a));
    });
}

#[test]
fn a_failed_load_is_everybodys_who_waited_and_can_be_repeated() {
    const TEST: &str = "a_failed_load_is_everybodys_who_waited_and_can_be_repeated";
    if !is_child(TEST) {
        let ssm = with_a();
        ssm.inject(Fault::token_expired().times(1));
        assert_passed(&in_process(TEST, &ssm, &[]));
        assert_eq!(ssm.count(Operation::GetParameters), 2);
        return;
    }
    bind(vec![secret("A")]);
    runtime().block_on(async {
        let (a, b, c) = tokio::join!(CONFIG.load(), CONFIG.load(), CONFIG.load());
        assert!(a.is_err() && b.is_err() && c.is_err());

        assert!(CONFIG.get().is_none());
        assert_eq!(format!("{CONFIG:?}"), "Bound { name: \"CONFIG\", loaded: false, .. }");
        // The success is everybody's as well: nobody who waits for it gets the failure of before.
        let (a, b) = tokio::join!(CONFIG.load(), CONFIG.load());
        assert_eq!((a.unwrap().value("A"), b.unwrap().value("A")), (Some("value"), Some("value")));
    });
}

#[test]
fn what_is_set_while_a_load_fails_is_what_the_load_gives() {
    const TEST: &str = "what_is_set_while_a_load_fails_is_what_the_load_gives";
    if !is_child(TEST) {
        let ssm = with_a();
        ssm.inject(Fault::token_expired());
        assert_passed(&in_process(TEST, &ssm, &[]));
        return;
    }
    bind(vec![secret("A")]);
    runtime().block_on(async {
        let set = async { CONFIG.set(Config(vec![Some("set".to_owned())])) };
        let (loaded, set) = tokio::join!(CONFIG.load(), set);

        assert_eq!((set, loaded.unwrap().value("A")), (Ok(()), Some("set")));
    });
}

#[test]
fn a_load_that_takes_long_says_what_it_waits_for() {
    const TEST: &str = "a_load_that_takes_long_says_what_it_waits_for";
    if is_child(TEST) {
        bind(vec![secret("A")]);
        // How it ends is not asked here.
        let _ = runtime().block_on(CONFIG.load());
        return;
    }
    let slow = with_a();
    slow.inject(Fault::never_answer().times(2));
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let credentials = format!("http://{}/", silent.local_addr().unwrap());
    let without = [("AWS_ACCESS_KEY_ID", ""), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", credentials.as_str())];
    let (quick, slow_store) = (with_a(), format!("from {};", slow.endpoint()));
    let (store, credentials) = std::thread::scope(|scope| {
        let store = scope.spawn(|| in_process(TEST, &slow, &[]));
        let credentials = scope.spawn(|| in_process(TEST, &quick, &without));
        (store.join().unwrap(), credentials.join().unwrap())
    });

    for (output, from) in [(store, slow_store.as_str()), (credentials, "from the sources of AWS credentials;")] {
        assert_passed(&output);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(&format!("warning: still loading after 3 seconds, {from} it ends after 20")), "{text}");
    }
    let output = in_process(TEST, &quick, &[]);
    assert_passed(&output);
    assert!(!String::from_utf8(output.stderr).unwrap().contains("still loading"));
}

#[test]
fn a_load_that_its_caller_holds_and_does_not_poll_keeps_nobody_waiting() {
    const TEST: &str = "a_load_that_its_caller_holds_and_does_not_poll_keeps_nobody_waiting";
    if !is_child(TEST) {
        let ssm = with_a();
        ssm.inject(Fault::delay(std::time::Duration::from_millis(300)));
        assert_passed(&in_process(TEST, &ssm, &[]));
        assert_eq!(ssm.count(Operation::GetParameters), 1);
        return;
    }
    bind(vec![secret("A")]);
    runtime().block_on(async {
        let mut held = CONFIG.load();
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), &mut held).await.is_err());

        assert_eq!(CONFIG.load().await.unwrap().value("A"), Some("value"));
        assert_eq!(held.await.unwrap().value("A"), Some("value"));
    });
}

/// A load that was begun on a runtime, which stands still once the store has been asked: [`in_process_that_begins`] says when.
fn begin() -> tokio::runtime::Runtime {
    let still = runtime();
    still.spawn(CONFIG.load());
    let asked = still.spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()).unwrap());
    still.block_on(asked).unwrap();
    still
}

/// A test that calls [`begin`], in a process of its own. The store answers its first request late, and others a little.
fn in_process_that_begins(test: &str, ssm: &LocalSsm) -> Output {
    ssm.inject(Fault::delay(std::time::Duration::from_secs(20)).times(1));
    ssm.inject(Fault::delay(std::time::Duration::from_millis(300)).after(1));
    let mut child = process_of("static_config", test, ssm, &[]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while ssm.count(Operation::GetParameters) == 0 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    drop(child.stdin.take());
    child.wait_with_output().unwrap()
}

#[test]
fn a_load_whose_runtime_stands_still_keeps_nobody_waiting() {
    const TEST: &str = "a_load_whose_runtime_stands_still_keeps_nobody_waiting";
    if !is_child(TEST) {
        let ssm = with_a();
        assert_passed(&in_process_that_begins(TEST, &ssm));
        assert_eq!(ssm.count(Operation::GetParameters), 2);
        return;
    }
    bind(vec![secret("A")]);
    let _still = begin();

    assert_eq!(CONFIG.load_blocking().unwrap().value("A"), Some("value"));
}

#[test]
fn a_load_whose_runtime_goes_meanwhile_is_no_problem_of_others() {
    const TEST: &str = "a_load_whose_runtime_goes_meanwhile_is_no_problem_of_others";
    if !is_child(TEST) {
        let ssm = with_a();
        assert_passed(&in_process_that_begins(TEST, &ssm));
        return;
    }
    bind(vec![secret("A")]);
    let still = begin();
    let end = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(100));
        drop(still);
    });

    assert_eq!(CONFIG.load_blocking().unwrap().value("A"), Some("value"));
    end.join().unwrap();
}

#[test]
fn who_waits_does_no_harm_to_who_began_whatever_its_runtime_is() {
    const TEST: &str = "who_waits_does_no_harm_to_who_began_whatever_its_runtime_is";
    if !is_child(TEST) {
        let ssm = with_a();
        ssm.inject(Fault::server_error().times(2));
        ssm.inject(Fault::delay(std::time::Duration::from_millis(300)));
        assert_passed(&in_process(TEST, &ssm, &[]));
        return;
    }
    bind(vec![secret("A")]);
    let wait = || {
        bind(vec![secret("A")]);
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    let gives_up_and_goes = std::thread::spawn(move || {
        wait();
        let load = async { tokio::time::timeout(std::time::Duration::from_millis(50), CONFIG.load()).await.is_err() };
        runtime().block_on(load)
    });
    let gives_up_and_stands_still = std::thread::spawn(move || {
        wait();
        let still = runtime();
        let mut load = CONFIG.load();
        let polled =
            still.block_on(async { tokio::time::timeout(std::time::Duration::ZERO, &mut load).await.is_err() });
        (polled, load, still)
    });

    assert_eq!(runtime().block_on(CONFIG.load()).unwrap().value("A"), Some("value"));

    assert!(gives_up_and_goes.join().unwrap());
    let (polled, load, still) = gives_up_and_stands_still.join().unwrap();
    assert!(polled);
    assert_eq!(still.block_on(load).unwrap().value("A"), Some("value"));
}

#[test]
fn a_load_whose_leader_is_cancelled_is_taken_over() {
    const TEST: &str = "a_load_whose_leader_is_cancelled_is_taken_over";
    if !is_child(TEST) {
        let ssm = with_a();
        ssm.inject(Fault::never_answer().times(1));
        assert_passed(&in_process(TEST, &ssm, &[]));
        assert_eq!(ssm.count(Operation::GetParameters), 2);
        return;
    }
    bind(vec![secret("A")]);
    runtime().block_on(async {
        let leader = tokio::time::timeout(std::time::Duration::from_millis(200), CONFIG.load());
        let follower = CONFIG.load();
        let (leader, follower) = tokio::join!(leader, follower);

        assert!(leader.is_err());
        assert_eq!(follower.unwrap().value("A"), Some("value"));
    });
}

#[test]
fn a_blocking_load_works_outside_of_a_runtime_and_is_refused_inside_of_one() {
    const TEST: &str = "a_blocking_load_works_outside_of_a_runtime_and_is_refused_inside_of_one";
    if !is_child(TEST) {
        assert_passed(&in_process(TEST, &with_a(), &[]));
        return;
    }
    bind(vec![secret("A")]);
    runtime().block_on(async {
        let error = CONFIG.load_blocking().err().unwrap();
        assert_eq!(error.problems()[0].kind(), &bind_config_runtime::ProblemKind::InsideRuntime);
    });
    assert_eq!(CONFIG.load_blocking().unwrap().value("A"), Some("value"));
    // What is there is given to everybody, wherever they ask.
    runtime().block_on(async { assert_eq!(CONFIG.load_blocking().unwrap().value("A"), Some("value")) });
}

#[test]
fn a_load_outside_of_a_runtime_is_an_error_and_no_panic() {
    const TEST: &str = "a_load_outside_of_a_runtime_is_an_error_and_no_panic";
    if !is_child(TEST) {
        assert_passed(&in_process(TEST, &with_a(), &[]));
        return;
    }
    bind(vec![secret("A")]);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut load = std::pin::pin!(CONFIG.load());

    let std::task::Poll::Ready(outcome) = load.as_mut().poll(&mut context) else { panic!("it waits for nobody") };

    assert_eq!(outcome.err().unwrap().problems()[0].kind(), &bind_config_runtime::ProblemKind::OutsideRuntime);
}

#[test]
fn after_a_restore_the_load_is_no_longer_refused() {
    const TEST: &str = "after_a_restore_the_load_is_no_longer_refused";
    if !is_child(TEST) {
        assert_passed(&in_process(TEST, &with_a(), &[("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")]));
        return;
    }
    bind(vec![secret("A")]);
    runtime().block_on(async {
        let error = CONFIG.load().await.err().unwrap();
        assert_eq!(error.problems()[0].kind(), &bind_config_runtime::ProblemKind::BeforeSnapshot);

        assert_eq!(CONFIG.load_after_restore().await.unwrap().value("A"), Some("value"));
        // What is there is given to everybody, whenever they ask.
        assert_eq!(CONFIG.load().await.unwrap().value("A"), Some("value"));
    });
}

#[test]
fn a_failed_start_in_lambda_is_posted_to_the_runtime_api() {
    const TEST: &str = "a_failed_start_in_lambda_is_posted_to_the_runtime_api";
    if is_child(TEST) {
        bind(vec![secret("MISSING")]);
        let error = runtime().block_on(bind_config_runtime::lambda::load(&CONFIG)).err().unwrap();
        assert_eq!(error.problems().len(), 1);
        return;
    }
    let api = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = api.local_addr().unwrap().to_string();
    let own = address.clone();
    let request = std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Read, Write};
        let (connection, _) = api.accept().unwrap();
        let mut reader = BufReader::new(connection);
        let mut head = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").unwrap();
        (head, serde_json::from_slice::<serde_json::Value>(&body).unwrap())
    });

    let variables = [("AWS_LAMBDA_RUNTIME_API", address.as_str()), ("SST_Secret_value_MISSING", "__FETCH_FROM_SSM__")];
    let output = in_process(TEST, &store(), &variables);
    // Where nothing was posted, the thread still waits: this wakes it, and it fails.
    drop(std::net::TcpStream::connect(own));
    assert_passed(&output);

    let (head, body) = request.join().unwrap();
    assert!(head.starts_with("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("Lambda-Runtime-Function-Error-Type: BindConfig.LoadError\r\n"), "{head}");
    assert!(head.contains("Content-Type: application/json\r\n"), "{head}");
    assert_eq!(body["errorType"], "BindConfig.LoadError");
    assert!(body["errorMessage"].as_str().unwrap().contains("The following secrets were not found: MISSING"), "{body}");

    // One that takes the report and never answers, and one that is gone: the start fails all the same, and ends.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    for address in [silent.local_addr().unwrap().to_string(), "127.0.0.1:1".to_owned(), "nonsense".to_owned()] {
        let variables =
            [("AWS_LAMBDA_RUNTIME_API", address.as_str()), ("SST_Secret_value_MISSING", "__FETCH_FROM_SSM__")];
        assert_passed(&in_process(TEST, &store(), &variables));
    }
}

#[cfg(unix)]
#[test]
fn a_setting_that_cannot_be_read_is_not_an_absent_one() {
    use std::os::unix::ffi::OsStrExt as _;

    const TEST: &str = "a_setting_that_cannot_be_read_is_not_an_absent_one";
    if !is_child(TEST) {
        let garbled = std::ffi::OsStr::from_bytes(b"/team\xff/");
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("static_config::{TEST}"), "--nocapture"])
            .env_clear()
            .envs(with_a().variables(APP, STAGE))
            .envs([("BIND_CONFIG_TEST_CHILD", TEST)])
            .envs([("SST_SSM_PREFIX", garbled), ("BIND_FINGERPRINT", garbled)])
            .output()
            .unwrap();
        assert_passed(&output);
        return;
    }
    bind(vec![secret("A")]);
    let error = runtime().block_on(CONFIG.load()).err().unwrap();
    let start = error.problems().iter().filter(|problem| problem.name().is_none()).map(ToString::to_string);
    assert_eq!(start.collect::<Vec<_>>(), ["BIND_FINGERPRINT is not UTF-8", "SST_SSM_PREFIX is not UTF-8"]);
}

#[test]
fn a_load_can_be_spawned() {
    fn is_send(_: impl Send) {}
    is_send(CONFIG.load());
    let environment = Environment::default();
    is_send(bind_config_runtime::__private::load_from::<Config>(&environment));
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
