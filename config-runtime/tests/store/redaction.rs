//! No value of a secret is anywhere but in its field: logs of every target at TRACE, errors, panics, sources.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bind_config_local::{Fault, LocalSsm, NewParameter};
use bind_config_runtime::__private::{Binding, Scalar, Shape, Type};
use bind_config_runtime::Bound;
use tracing_subscriber::fmt::MakeWriter;

use crate::bindings::{Config, bind, parameter, secret};
use crate::static_config::{assert_passed, in_process_of, is_child, runtime};
use crate::{APP, STAGE, load, store, variables};

/// What no output may show. Long enough to be in nothing by chance.
pub(crate) const CANARY: &str = "canary-hunter2/Zm9v+bar?&é";

/// What logs at TRACE on the way to a value.
pub(crate) const OF_AWS: &str = "aws_smithy";

/// The canary as logs, dumps and query strings would write it, at every alignment of base64.
fn forms() -> Vec<(String, String)> {
    let joined = |form: &dyn Fn(u8) -> String| CANARY.bytes().map(form).collect::<Vec<_>>().concat();
    let hex = joined(&|byte| format!("{byte:02x}"));
    let url = joined(&|byte| match byte {
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    });
    let decimal = CANARY.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
    let mut forms = vec![
        ("plain".to_owned(), CANARY.to_owned()),
        ("its start".to_owned(), "canary-hunter2".to_owned()),
        ("escaped".to_owned(), CANARY.escape_debug().to_string()),
        ("escaped bytes".to_owned(), CANARY.as_bytes().escape_ascii().to_string()),
        ("HEX".to_owned(), hex.to_uppercase()),
        ("hex".to_owned(), hex),
        ("URL".to_owned(), url),
        ("a list of bytes".to_owned(), decimal),
    ];
    for before in 0..3 {
        let encoded = base64(&[&vec![b'x'; before], CANARY.as_bytes()].concat());
        // Without the characters that the neighbours of the value have a part in.
        let own = encoded.trim_end_matches('=');
        forms.push((format!("base64 at {before}"), own[if before == 0 { 0 } else { 4 }..own.len() - 4].to_owned()));
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..=group.len()).map(|at| char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize])).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

pub(crate) fn assert_clean(what: &str, text: &str) {
    for (form, canary) in forms() {
        assert!(!text.contains(&canary), "{what} shows the value ({form})");
    }
}

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// Whether this process runs this test alone; else one does that is started here. What a thread logs depends on what
/// the others do: `tracing` remembers for all of them at once which events somebody listens to.
fn is_alone(test: &str) -> bool {
    if !is_child(test) {
        assert_passed(&in_process_of("redaction", test, &store(), &[]));
    }
    is_child(test)
}

/// A store whose only secret is the canary, under every name that these tests bind.
fn with_canary() -> LocalSsm {
    let ssm = store();
    for name in ["A", "NUMBER", "SHAPE", "KEY"] {
        ssm.put_secret(APP, STAGE, name, CANARY).unwrap();
    }
    ssm.put(NewParameter::secure("/json", format!(r#"{{"other":"{CANARY}"}}"#))).unwrap();
    ssm
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for text in [
        CANARY.to_owned(),
        base64(CANARY.as_bytes()),
        base64(format!("{{\"v\":\"{CANARY}\"}}").as_bytes()),
        format!("{:?}", CANARY.as_bytes()),
    ] {
        assert!(forms().iter().any(|(_, canary)| text.contains(canary)), "{text}");
    }
    assert_eq!(base64(b"light work"), "bGlnaHQgd29yaw");
}

#[tokio::test]
async fn no_target_logs_a_value_at_any_level_whatever_the_store_answers() {
    if !is_alone("no_target_logs_a_value_at_any_level_whatever_the_store_answers") {
        return;
    }
    let faults = [
        None,
        Some(Fault::truncate()),
        Some(Fault::malformed()),
        Some(Fault::leave_out()),
        Some(Fault::reset_midway()),
        Some(Fault::server_error()),
        Some(Fault::throttled()),
        Some(Fault::deny()),
        Some(Fault::signature_expired()),
    ];
    for fault in faults {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(log.clone())
            .with_ansi(false)
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let ssm = with_canary();
        bind(vec![secret("A")]);
        let what = format!("the log under {fault:?}");
        let id = fault.map(|fault| ssm.inject(fault.times(2)));

        let loaded = load(variables(&ssm)).await;

        drop(guard);
        assert!(id.is_none_or(|id| ssm.hits(id) > 0), "{what}: the fault was not met");
        let log = log.text();
        assert!(log.contains("TRACE") && log.contains(OF_AWS), "AWS's crates log nothing at TRACE: {log}");
        assert_clean(&what, &log);
        assert_clean(&what, &format!("{loaded:?}"));
    }
}

/// A log of the spans that end, as long as the guard lives.
fn spans() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let spans = tracing_subscriber::fmt::format::FmtSpan::CLOSE;
    let subscriber =
        tracing_subscriber::fmt().with_span_events(spans).with_writer(log.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    (log, guard)
}

#[tokio::test]
async fn a_load_is_one_span_with_names_and_counts() {
    if !is_alone("a_load_is_one_span_with_names_and_counts") {
        return;
    }
    let (log, guard) = spans();
    let ssm = with_canary();
    bind(vec![secret("A"), secret("MISSING")]);

    load(variables(&ssm)).await.unwrap_err();

    drop(guard);
    let log = log.text();
    let ours: Vec<_> = log.lines().filter(|line| line.contains("bind_config.load")).collect();
    assert_eq!(ours.len(), 1, "{log}");
    let fields = r#"bind_config.load{app="orders" function="api" bindings=2 fetched=4 requests=1 problems=1}"#;
    assert!(ours[0].contains(fields), "{}", ours[0]);
}

#[cfg(feature = "watch")]
#[tokio::test]
async fn so_is_the_load_with_which_a_watched_configuration_begins() {
    if !is_alone("so_is_the_load_with_which_a_watched_configuration_begins") {
        return;
    }
    let (log, guard) = spans();
    let ssm = with_canary();
    bind(vec![secret("A")]);

    let environment = crate::environment(variables(&ssm));
    drop(bind_config_runtime::Watched::<Config>::load_from(&environment).await.unwrap());

    drop(guard);
    let log = log.text();
    let fields = r#"bind_config.load{app="orders" function="api" bindings=1 fetched=2 requests=1 problems=0}"#;
    assert_eq!(log.lines().filter(|line| line.contains(fields)).count(), 1, "{log}");
}

#[tokio::test]
async fn a_warning_is_an_event_where_somebody_listens() {
    if !is_alone("a_warning_is_an_event_where_somebody_listens") {
        return;
    }
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let ssm = with_canary();
    bind(vec![secret("A")]);

    load(variables(&ssm).with("BIND_FINGERPRINT", "0123")).await.unwrap();

    drop(guard);
    let log = log.text();
    let text = "the deployed bindings are not those this program was built with (BIND_FINGERPRINT is 0123, ";
    assert!(log.lines().any(|line| line.contains("WARN") && line.contains(text)), "{log}");
}

#[test]
fn a_warning_that_a_subscriber_does_not_want_goes_nowhere() {
    const TEST: &str = "a_warning_that_a_subscriber_does_not_want_goes_nowhere";
    if is_child(TEST) {
        bind(vec![secret("A")]);
        let errors_alone = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).finish();
        return tracing::subscriber::with_default(errors_alone, || {
            assert!(runtime().block_on(LOADED.load()).is_ok());
        });
    }
    let ssm = with_canary();
    let output = in_process_of("redaction", TEST, &ssm, &[("BIND_FINGERPRINT", "0123")]);
    assert_passed(&output);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[tokio::test]
async fn a_secret_with_a_line_break_that_an_editor_left_is_loaded_as_it_is_and_warned_of() {
    if !is_alone("a_secret_with_a_line_break_that_an_editor_left_is_loaded_as_it_is_and_warned_of") {
        return;
    }
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let ssm = with_canary();
    let edged = format!("{CANARY}\n");
    ssm.put_secret(APP, STAGE, "BEHIND", &edged).unwrap();
    ssm.put_secret(APP, STAGE, "BEFORE", format!("\u{a0}{CANARY}")).unwrap();
    ssm.put_secret(APP, STAGE, "LIST", format!("[\"{CANARY}\"]\n")).unwrap();
    ssm.put_secret(APP, STAGE, "MARK", format!("\u{feff}{CANARY}")).unwrap();
    ssm.put_secret(APP, STAGE, "PEM", format!("-----BEGIN\n{CANARY}\n-----END\n")).unwrap();
    bind(vec![
        secret("A"),
        secret("BEFORE"),
        secret("BEHIND"),
        parameter("CUT"),
        Binding { ty: Type::List(Scalar::String), ..secret("LIST") },
        secret("MARK"),
        secret("PEM"),
        parameter("SEPARATOR"),
    ]);
    let variables = variables(&ssm)
        .with("SST_Parameter_value_CUT", "__FETCH_FROM_SSM__\r")
        .with("SST_Parameter_value_SEPARATOR", ", ");

    let loaded = load(variables).await.unwrap();

    drop(guard);
    assert_eq!(loaded.value("BEHIND"), Some(edged.as_str()));
    let log = log.text();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(
        warnings[0].ends_with(
            "there is a blank, a line break or another character that nobody sees at the start or the end of `BEFORE`, `BEHIND`, `CUT`, `MARK`: set it without, unless it belongs there"
        ),
        "{log}"
    );
    assert_clean("the warning", &log);
}

#[tokio::test]
async fn no_report_and_no_source_shows_a_value() {
    let ssm = with_canary();
    bind(vec![
        Binding { ty: Type::Scalar(Scalar::U64), ..secret("NUMBER") },
        Binding { shape: Shape { starts_with: Some("sk_"), ..Shape::ANY }, ..secret("SHAPE") },
        secret("KEY"),
        secret("MARKER"),
        secret("REFERENCE"),
    ]);
    let variables = variables(&ssm)
        .with("SST_Secret_value_KEY", "__FETCH_FROM_SSM__:/json#key")
        .with("SST_Secret_value_MARKER", format!("__SEALED__:{CANARY}"))
        .with("SST_Secret_value_REFERENCE", "__FETCH_FROM_SECRET__:A");

    let environment: bind_config_runtime::Environment = variables.clone().into_iter().collect();
    assert_clean("the environment", &format!("{environment:?}"));
    let error = load(variables).await.unwrap_err();

    assert_eq!(error.problems().len(), 4, "{error}");
    assert_clean("the report", &format!("{error} {error:?} {:?}", error.problems()));
    assert!(std::error::Error::source(&error).is_none());
}

#[test]
fn a_program_that_panics_over_its_start_shows_no_value() {
    const TEST: &str = "a_program_that_panics_over_its_start_shows_no_value";
    if !is_child(TEST) {
        let here = ("SST_Secret_value_HERE", CANARY);
        let output = in_process_of(
            "redaction",
            TEST,
            &with_canary(),
            &[here, ("RUST_BACKTRACE", "full"), ("RUST_LOG", "trace")],
        );
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!output.status.success() && text.contains("NUMBER: the value must be a whole number"), "{text}");
        assert_clean("the panic", &text);
        return;
    }
    let number = |name| Binding { ty: Type::Scalar(Scalar::U64), ..secret(name) };
    bind(vec![secret("A"), number("HERE"), number("NUMBER")]);
    runtime().block_on(async { LOADED.load().await.unwrap() });
}

static LOADED: Bound<Config> = Bound::new("LOADED");

#[tokio::test]
async fn a_loaded_configuration_shows_where_its_values_are_from_and_not_what_they_are() {
    let ssm = with_canary();
    bind(vec![secret("A")]);

    let config = load(variables(&ssm)).await.unwrap();

    assert_eq!(config.value("A"), Some(CANARY));
    assert_clean("the configuration", &format!("{config:?} {} {}", config.sources(), config.sources().to_json()));
    assert!(format!("{config:?}").contains("/sst/orders/dev/Secret/A/value"));
}
