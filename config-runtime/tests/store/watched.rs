//! A configuration that follows a store: what goes over the wire, and what a program hears of it.

use std::sync::Arc;
use std::time::Duration;

use bind_config_local::{Call, Fault, LocalSsm, NewParameter, Refusal, Variables};
use bind_config_runtime::__private::{Binding, Scalar, Type};
use bind_config_runtime::{CredentialsProblem, LoadError, ProblemKind, Watched};

use crate::bindings::{Config, bind, optional, secret};
use crate::credentials::{endpoints, with_session};
use crate::redaction::{CANARY, Log, OF_AWS, assert_clean};
use crate::static_config::{assert_passed, in_process_of, is_child, runtime};
use crate::{APP, STAGE, environment, kinds, store, variables};

async fn watch(variables: Variables) -> Result<Watched<Config>, LoadError> {
    Watched::builder().load_from(&environment(variables)).await
}

/// A store with these secrets, all of them set to the canary, and bound.
fn with(names: &[&str]) -> LocalSsm {
    let ssm = store();
    bind(names.iter().map(|name| secret(name)).collect());
    for name in names {
        ssm.put_secret(APP, STAGE, name, CANARY).unwrap();
    }
    ssm
}

/// What changes a field.
type Step<'a> = (&'static str, &'a dyn Fn() -> Result<(), Refusal>);

fn path(name: &str) -> String {
    format!("/sst/{APP}/{STAGE}/Secret/{name}/value")
}

/// What the store was asked since this was last called.
fn calls(ssm: &LocalSsm) -> Vec<Call> {
    let calls = ssm.calls();
    ssm.clear_calls();
    calls
}

#[tokio::test]
async fn a_refresh_without_a_change_is_get_parameters_for_ten_names_without_decryption() {
    let names: Vec<String> = (0..23).map(|at| format!("S{at:02}")).collect();
    let ssm = with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let watched = watch(variables(&ssm)).await.unwrap();
    assert!(calls(&ssm).iter().all(|call| call.with_decryption));
    let before = watched.current();

    let after = watched.refresh().await.unwrap();

    let calls = calls(&ssm);
    let mut sizes: Vec<usize> = calls.iter().map(|call| call.names.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [3, 10, 10]);
    assert!(calls.iter().all(|call| call.operation == "GetParameters" && !call.with_decryption), "{calls:?}");
    assert!(Arc::ptr_eq(&before, &after));
}

#[tokio::test]
async fn wherever_a_value_is_its_change_is_seen() {
    let names = ["BY_ARN", "DELETED", "FELL_BACK", "KEYED", "MANAGED", "STAGE"];
    let ssm = with(&names);
    bind(names.map(secret).into_iter().chain([optional(secret("MAYBE"))]).collect());
    ssm.put(NewParameter::secure("/team/other", "1")).unwrap();
    ssm.put(NewParameter::secure("/team/json", r#"{"key":"1","other":"1"}"#)).unwrap();
    ssm.put_managed_secret("db", "1").unwrap();
    ssm.delete(&path("FELL_BACK")).unwrap();
    ssm.put_fallback_secret(APP, "FELL_BACK", "1").unwrap();
    let from = |place: &str| format!("__FETCH_FROM_SSM__:{place}");
    let variables = variables(&ssm)
        .with("SST_Secret_value_BY_ARN", from("arn:aws:ssm:us-east-1:123456789012:parameter/team/other"))
        .with("SST_Secret_value_KEYED", from("/team/json#key"))
        .with("SST_Secret_value_MANAGED", from("/aws/reference/secretsmanager/db"));
    let watched = watch(variables).await.unwrap();
    let mut changes = watched.changes();
    let unchanged = watched.current();
    assert!(Arc::ptr_eq(&unchanged, &watched.refresh().await.unwrap()));

    let set = |name: &str| ssm.put_secret(APP, STAGE, name, "2").map(drop);
    let steps: [Step<'_>; 8] = [
        ("STAGE", &|| set("STAGE")),
        ("DELETED", &|| ssm.delete(&path("DELETED")).and_then(|()| set("DELETED"))),
        ("FELL_BACK", &|| ssm.put_fallback_secret(APP, "FELL_BACK", "2").map(drop)),
        ("FELL_BACK", &|| set("FELL_BACK")),
        ("MAYBE", &|| set("MAYBE")),
        ("BY_ARN", &|| ssm.put(NewParameter::secure("/team/other", "2")).map(drop)),
        ("KEYED", &|| ssm.put(NewParameter::secure("/team/json", r#"{"key":"2"}"#)).map(drop)),
        ("MANAGED", &|| ssm.put_managed_secret("db", "2")),
    ];
    for (name, step) in steps {
        // The store's clock has milliseconds, as SSM's.
        tokio::time::sleep(Duration::from_millis(2)).await;
        step().unwrap();

        let after = watched.refresh().await.unwrap();

        assert_eq!(after.value(name), Some("2"), "{name}");
        let change = changes.next().await.unwrap();
        let fields: Vec<_> = change.fields.iter().map(|field| field.name).collect();
        assert_eq!(fields, [name]);
    }
}

#[tokio::test]
async fn of_secrets_manager_alone_values_come_decrypted() {
    let ssm = with(&["A", "MANAGED"]);
    ssm.put_managed_secret("db", CANARY).unwrap();
    let variables =
        variables(&ssm).with("SST_Secret_value_MANAGED", "__FETCH_FROM_SSM__:/aws/reference/secretsmanager/db");
    let watched = watch(variables).await.unwrap();
    calls(&ssm);

    watched.refresh().await.unwrap();

    let mut asked: Vec<_> = calls(&ssm).into_iter().map(|call| (call.names, call.with_decryption)).collect();
    asked.sort();
    let managed = "/aws/reference/secretsmanager/db".to_owned();
    assert_eq!(asked, [(vec![managed], true), (vec![path("A")], false)]);
}

#[tokio::test]
async fn who_may_not_decrypt_any_more_is_told_when_something_changes() {
    let ssm = store();
    bind(vec![secret("A")]);
    let put = |value: &str| ssm.put(NewParameter::secure(path("A"), value).key("alias/orders")).unwrap();
    put("1");
    let watched = watch(variables(&ssm)).await.unwrap();
    ssm.inject(Fault::deny_key("alias/orders"));

    watched.refresh().await.unwrap();
    assert!(watched.health().failing.is_none());
    put("2");
    let error = watched.refresh().await.unwrap_err();

    assert!(matches!(kinds(&error)[..], [(Some("A"), ProblemKind::Denied { action: "kms:Decrypt", .. })]), "{error}");
    assert_eq!(watched.current().value("A"), Some("1"));
}

#[tokio::test]
async fn a_fallback_that_nobody_needs_any_more_and_may_not_be_read_is_no_problem() {
    let ssm = store();
    bind(vec![secret("A"), secret("B")]);
    ssm.put_secret(APP, STAGE, "B", "b").unwrap();
    ssm.put_fallback_secret(APP, "A", "of all stages").unwrap();
    let watched = watch(variables(&ssm)).await.unwrap();
    ssm.put_secret(APP, STAGE, "A", "own").unwrap();
    ssm.put_secret(APP, STAGE, "B", "rotated").unwrap();
    ssm.inject(Fault::deny().fallback_of(APP));

    let after = watched.refresh().await.unwrap();

    assert_eq!((after.value("A"), after.value("B")), (Some("own"), Some("rotated")));
}

#[tokio::test]
async fn what_fails_twice_and_then_works_fails_no_refresh() {
    let faults = [
        Fault::throttled(),
        Fault::server_error(),
        Fault::reset(),
        Fault::reset_midway(),
        Fault::truncate(),
        Fault::malformed(),
        Fault::leave_out(),
        Fault::clock_skew(600),
    ];
    for fault in faults {
        let ssm = with(&["A"]);
        let watched = watch(variables(&ssm)).await.unwrap();
        let name = format!("{fault:?}");
        let id = ssm.inject(fault.times(2));
        ssm.put_secret(APP, STAGE, "A", "new").unwrap();

        let after = watched.refresh().await.unwrap_or_else(|error| panic!("{name}: {error}"));

        assert_eq!(after.value("A"), Some("new"), "{name}");
        assert!(ssm.hits(id) >= 1 && watched.health().failing.is_none(), "{name}");
    }
}

#[tokio::test]
async fn the_report_of_a_refresh_is_that_of_a_start_below_its_head() {
    let ssm = with(&["A", "B", "FELL_BACK"]);
    ssm.delete(&path("FELL_BACK")).unwrap();
    ssm.put_fallback_secret(APP, "FELL_BACK", "value").unwrap();
    let watched = watch(variables(&ssm)).await.unwrap();
    ssm.inject(Fault::deny().name(path("A")));
    ssm.inject(Fault::deny().fallback_of(APP));

    let error = watched.refresh().await.unwrap_err();

    let start = Watched::<Config>::builder().load_from(&environment(variables(&ssm))).await.unwrap_err();
    assert_eq!(error.problems(), start.problems());
    let said = |error: &LoadError| error.to_string().split_once('\n').unwrap().1.to_owned();
    assert_eq!(said(&error), said(&start));
    assert!(error.to_string().lines().next().unwrap().ends_with("): the values of before stay in use"), "{error}");
    assert_eq!(watched.current().value("A"), Some(CANARY));
}

#[tokio::test]
async fn credentials_that_a_container_rotates_are_asked_for_at_each_refresh() {
    let (_ssm, variables, body) = with_session();
    let (url, heads) = endpoints(vec![
        ("200 OK", body.clone()),
        ("200 OK", body.clone()),
        ("403 Forbidden", String::new()),
        ("200 OK", body),
    ]);
    let watched = watch(variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)).await.unwrap();

    watched.refresh().await.unwrap();
    let error = watched.refresh().await.unwrap_err();
    assert!(
        matches!(kinds(&error)[..], [(None, ProblemKind::Credentials(CredentialsProblem::Endpoint { .. }))]),
        "{error}"
    );
    assert!(watched.health().failing.is_some());
    watched.refresh().await.unwrap();

    assert_eq!(heads.join().unwrap().len(), 4);
    assert_eq!(watched.current().value("A"), Some("value"));
}

#[tokio::test]
async fn before_a_snapshot_it_refuses_as_a_start_does() {
    let ssm = with(&["A"]);

    let error = watch(variables(&ssm).with("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")).await.unwrap_err();

    assert_eq!(kinds(&error), [(None, ProblemKind::BeforeSnapshot)]);
    assert!(calls(&ssm).is_empty());
}

#[tokio::test]
async fn a_start_that_fails_is_a_start_that_fails() {
    let ssm = with(&["A"]);
    ssm.delete(&path("A")).unwrap();

    let error = watch(variables(&ssm)).await.unwrap_err();

    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::NotFound)]);
}

#[test]
fn the_hook_after_a_restore_loads_from_the_process_and_is_refreshed() {
    const TEST: &str = "the_hook_after_a_restore_loads_from_the_process_and_is_refreshed";
    if !is_child(TEST) {
        let ssm = with(&["A"]);
        assert_passed(&in_process_of("watched", TEST, &ssm, &[("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")]));
        assert_eq!(ssm.calls().iter().map(|call| call.with_decryption).collect::<Vec<_>>(), [true, false]);
        return;
    }
    bind(vec![secret("A")]);
    runtime().block_on(async {
        let error = Watched::<Config>::load().await.unwrap_err();
        assert_eq!(kinds(&error), [(None, ProblemKind::BeforeSnapshot)]);
        let watched = Watched::<Config>::builder().load_after_restore().await.unwrap();
        assert_eq!(watched.refresh().await.unwrap().value("A"), Some(CANARY));
    });
}

#[test]
fn two_lines_say_when_refreshes_begin_to_fail_and_when_they_work_again() {
    const TEST: &str = "two_lines_say_when_refreshes_begin_to_fail_and_when_they_work_again";
    if is_child(TEST) {
        bind(vec![secret("A")]);
        return runtime().block_on(async {
            let watched = Watched::<Config>::load().await.unwrap();
            for is_well in [false, false, true, true] {
                assert_eq!(watched.refresh().await.is_ok(), is_well);
            }
        });
    }
    let ssm = with(&["A"]);
    ssm.inject(Fault::token_expired().after(1).times(2));
    // The warning of the deployment's bindings is one of the start alone.
    let output = in_process_of("watched", TEST, &ssm, &[("BIND_FINGERPRINT", "0123")]);

    assert_passed(&output);
    let text = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "warning: the configuration cannot be refreshed, the values of before stay in use: A: AWS does not accept the credentials: ExpiredTokenException",
            "warning: the configuration is refreshed again (refreshes that failed: 2)",
        ]
    );
}

#[test]
fn where_there_is_nothing_to_follow_one_line_says_so() {
    const TEST: &str = "where_there_is_nothing_to_follow_one_line_says_so";
    if is_child(TEST) {
        bind(vec![secret("A")]);
        return runtime().block_on(async {
            let watched = Watched::<Config>::load().await.unwrap();
            watched.refresh().await.unwrap();
        });
    }
    let ssm = with(&[]);
    // Neither credentials nor a store: nobody is asked.
    let nowhere = [("SST_Secret_value_A", "here"), ("AWS_ACCESS_KEY_ID", ""), ("AWS_ENDPOINT_URL_SSM", "nowhere")];
    let output = in_process_of("watched", TEST, &ssm, &nowhere);

    assert_passed(&output);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "warning: the environment has every value itself: none of them is followed\n");
}

#[test]
fn the_warning_of_other_bindings_comes_once() {
    const TEST: &str = "the_warning_of_other_bindings_comes_once";
    if is_child(TEST) {
        bind(vec![secret("A")]);
        return runtime().block_on(async {
            let watched = Watched::<Config>::load().await.unwrap();
            while watched.refresh().await.unwrap().value("A") == Some(CANARY) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
    let ssm = with(&["A"]);
    let output = std::thread::scope(|scope| {
        let child = scope.spawn(|| in_process_of("watched", TEST, &ssm, &[("BIND_FINGERPRINT", "0123")]));
        // It was loaded, and is being refreshed.
        while ssm.calls().len() < 2 && !child.is_finished() {
            std::thread::sleep(Duration::from_millis(5));
        }
        ssm.put_secret(APP, STAGE, "A", "new").unwrap();
        child.join().unwrap()
    });

    assert_passed(&output);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.matches("BIND_FINGERPRINT is 0123").count(), 1, "{text}");
}

#[test]
fn a_start_that_takes_long_is_told_and_a_refresh_that_does_is_not() {
    const TEST: &str = "a_start_that_takes_long_is_told_and_a_refresh_that_does_is_not";
    if !is_child(TEST) {
        assert_passed(&in_process_of("watched", TEST, &store(), &[]));
        return;
    }
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (at_start, later) = (with(&["A"]), with(&["A"]));
    // An attempt that ends after three seconds, and one that takes another.
    let slow_down = |ssm: &LocalSsm, after: u64| {
        ssm.inject(Fault::delay(Duration::from_secs(1)).after(after).times(2));
        ssm.inject(Fault::never_answer().after(after).times(1));
    };
    slow_down(&at_start, 0);
    runtime().block_on(async {
        let start = async { watch(variables(&at_start)).await.unwrap().current().value("A").map(str::to_owned) };
        let refresh = async {
            let watched = watch(variables(&later)).await.unwrap();
            // Which editions there are is known at once.
            slow_down(&later, 1);
            later.put_secret(APP, STAGE, "A", "new").unwrap();
            watched.refresh().await.unwrap().value("A").map(str::to_owned)
        };
        let (started, refreshed) = tokio::join!(start, refresh);
        assert_eq!((started.as_deref(), refreshed.as_deref()), (Some(CANARY), Some("new")));
    });

    let text = log.text();
    let told: Vec<&str> = text.lines().filter(|line| line.contains("still loading")).collect();
    let of_start = format!("still loading after 3 seconds, from {};", at_start.endpoint());
    assert!(told.len() == 1 && told[0].contains(&of_start), "{text}");
}

/// A listener that reads the health in the middle of a warning, as a layer for metrics may.
struct Curious(Arc<std::sync::OnceLock<Watched<Config>>>);

impl std::io::Write for Curious {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        assert!(self.0.get().is_none_or(|watched| watched.health().age < Duration::MAX));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn who_listens_to_the_warnings_may_ask_for_the_health() {
    const TEST: &str = "who_listens_to_the_warnings_may_ask_for_the_health";
    if !is_child(TEST) {
        assert_passed(&in_process_of("watched", TEST, &store(), &[]));
        return;
    }
    let known = Arc::new(std::sync::OnceLock::new());
    let writer = Arc::clone(&known);
    let subscriber = tracing_subscriber::fmt().with_writer(move || Curious(Arc::clone(&writer))).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let ssm = with(&["A"]);
    runtime().block_on(async {
        let watched = watch(variables(&ssm)).await.unwrap();
        assert!(known.set(watched.clone()).is_ok());
        ssm.inject(Fault::token_expired().times(1));
        assert!(watched.refresh().await.is_err());
        assert!(watched.refresh().await.is_ok());
    });
}

#[test]
fn no_target_logs_a_value_of_a_refresh_at_any_level() {
    const TEST: &str = "no_target_logs_a_value_of_a_refresh_at_any_level";
    if !is_child(TEST) {
        assert_passed(&in_process_of("watched", TEST, &store(), &[]));
        return;
    }
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).with_ansi(false);
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let ssm = with(&["A", "NUMBER"]);
    ssm.put_secret(APP, STAGE, "NUMBER", "1").unwrap();
    bind(vec![secret("A"), Binding { ty: Type::Scalar(Scalar::U64), ..secret("NUMBER") }]);
    runtime().block_on(async {
        let watched = watch(variables(&ssm)).await.unwrap();
        watched.refresh().await.unwrap();
        ssm.put_secret(APP, STAGE, "A", format!("{CANARY} again")).unwrap();
        watched.refresh().await.unwrap();
        ssm.put_secret(APP, STAGE, "NUMBER", CANARY).unwrap();
        let error = watched.refresh().await.unwrap_err();
        assert_clean("what is told", &format!("{error} {watched:?} {}", watched.health()));
    });
    drop(guard);

    let log = log.text();
    assert!(log.contains("TRACE") && log.contains(OF_AWS) && log.contains("cannot be refreshed"), "{log}");
    assert_clean("the log", &log);
}
