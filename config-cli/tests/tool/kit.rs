//! What several rooms need: where secrets are, waiting without a clock, and looking for values where none may be.

use std::time::{Duration, Instant};

use bind_config_local::LocalSsm;

use crate::app::{App, Said};

pub(crate) fn ssm() -> LocalSsm {
    LocalSsm::start().unwrap()
}

/// Where a secret of a stage of `orders` is.
pub(crate) fn path(stage: &str, name: &str) -> String {
    format!("/sst/orders/{stage}/Secret/{name}/value")
}

pub(crate) fn fallback_path(name: &str) -> String {
    format!("/sst/orders/.fallback/Secret/{name}/value")
}

/// What `orders` has in stage `dev`.
pub(crate) fn dev(ssm: &LocalSsm, name: &str) -> Option<String> {
    ssm.value(&path("dev", name))
}

/// What was said, with `URL` for an address that differs from run to run.
pub(crate) fn plain(ssm: &LocalSsm, said: Said) -> Said {
    let plain = |text: String| text.replace(&ssm.endpoint(), "URL");
    Said { code: said.code, out: plain(said.out), err: plain(said.err) }
}

pub(crate) fn expected(code: i32, out: &str, err: &str) -> Said {
    Said { code, out: out.to_owned(), err: err.to_owned() }
}

/// Fails where a value stands in what was said.
pub(crate) fn is_silent_about(said: &Said, values: &[&str]) {
    for value in values {
        assert!(!said.out.contains(value) && !said.err.contains(value), "a value was printed: {said:?}");
    }
}

/// Fails where a value stands in what is no data.
pub(crate) fn is_quiet_about(said: &Said, values: &[&str]) {
    for value in values {
        assert!(!said.err.contains(value), "a value was printed to stderr: {said:?}");
    }
}

/// Waits for something that will come. The bound is for what never does.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited too long for: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a fault has happened to a request, and what the request does is done: it is logged then.
pub(crate) fn until_it_happens(ssm: &LocalSsm, fault: &str, times: usize) {
    until(fault, || ssm.calls().iter().filter(|call| call.fault == Some(fault)).count() >= times);
}

/// The current tier and key of a secret, as the tool reports them.
pub(crate) fn tier_and_key(app: &App, name: &str) -> (String, String) {
    let said = app.run(["secrets", "history", name, "--stage", "dev", "--json"]);
    let report = json(&said);
    let latest = &report["versions"][0];
    (latest["tier"].as_str().unwrap().to_owned(), latest["key"].as_str().unwrap().to_owned())
}

pub(crate) fn json(said: &Said) -> serde_json::Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

/// What a report says behind the head that every report on secrets has.
pub(crate) fn body(said: &Said) -> serde_json::Value {
    let mut report = json(said);
    let members = report.as_object_mut().unwrap();
    assert_eq!(members.remove("app"), Some("orders".into()), "{said:?}");
    for member in ["stage", "store", "fallback"] {
        assert!(members.remove(member).is_some(), "no {member}: {said:?}");
    }
    report
}

/// A named pipe in the app's folder, to which nobody writes.
#[cfg(unix)]
pub(crate) fn pipe(app: &App, name: &str) -> std::path::PathBuf {
    let path = app.folder().canonicalize().unwrap().join(name);
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Sends a signal to a process, or to a group of them (a negative number).
#[cfg(unix)]
pub(crate) fn signal(name: &str, process: i64) {
    let status = std::process::Command::new("kill").args(["-s", name, "--", &process.to_string()]).status().unwrap();
    assert!(status.success(), "no process {process}");
}
