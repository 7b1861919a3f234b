//! The handle: variables, the end of a store, runtimes, the log, and that nothing prints a value.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod raw;
mod sdk;

use std::collections::HashMap;
use std::io::Read;
use std::net::TcpStream;
use std::process::Command;

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation, StartError};
use raw::Raw;
use sdk::client;

#[test]
fn the_variables_name_what_is_stored_for_the_app_and_stage() {
    let ssm = LocalSsm::builder().region("eu-west-1").credentials("AKIDTEST", "secret").start().unwrap();
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_1").unwrap();
    ssm.put_secret("orders", "prod", "PROD_KEY", "sk_2").unwrap();
    ssm.put_secret("billing", "dev", "OTHER", "sk_3").unwrap();
    ssm.put_fallback_secret("orders", "db-password", "hunter2").unwrap();
    ssm.put_parameter("orders", "dev", "MAX_ITEMS", "25").unwrap();

    let variables: HashMap<String, String> = ssm.variables("orders", "dev").into_iter().collect();

    let endpoint = ssm.endpoint();
    let expected = [
        ("AWS_ENDPOINT_URL_SSM", endpoint.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDTEST"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("SST_APP", "orders"),
        ("SST_STAGE", "dev"),
        ("SST_Secret_value_STRIPE_KEY", "__FETCH_FROM_SSM__"),
        ("SST_Secret_value_db_password", "__FETCH_FROM_SSM__"),
        ("SST_Parameter_value_MAX_ITEMS", "__FETCH_FROM_SSM__"),
    ];
    assert_eq!(variables, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn the_paths_are_those_of_the_wire_contract() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_secret("orders", "dev", "api-key", "x").unwrap();
    ssm.put_fallback_secret("orders", "api-key", "x").unwrap();
    ssm.put_parameter("orders", "dev", "VERSION", "1").unwrap();

    let expected = [
        "/sst/orders/.fallback/Secret/api_key/value",
        "/sst/orders/dev/Parameter/VERSION/value",
        "/sst/orders/dev/Secret/api_key/value",
    ];
    assert_eq!(ssm.names(), expected);
}

#[test]
fn variables_are_added_and_left_out() {
    let ssm = LocalSsm::start().unwrap();

    let variables = ssm.variables("orders", "dev").with("SST_STAGE", "prod").without("SST_APP").with("X", "y");

    assert_eq!(variables.value("SST_STAGE"), Some("prod"));
    assert_eq!((variables.value("SST_APP"), variables.value("X")), (None, Some("y")));
    assert_eq!(variables.iter().count(), 6);
}

#[test]
fn a_child_process_takes_the_variables() {
    let ssm = LocalSsm::start().unwrap();
    let output = Command::new("env").env_clear().envs(ssm.variables("orders", "dev")).output().unwrap();

    let text = String::from_utf8(output.stdout).unwrap();

    assert!(text.contains(&format!("AWS_ENDPOINT_URL_SSM=http://{}\n", ssm.address())), "{text}");
}

#[test]
fn a_dropped_store_closes_its_connections_and_its_port() {
    let ssm = LocalSsm::start().unwrap();
    ssm.inject(Fault::never_answer());
    let address = ssm.address();
    let mut idle = TcpStream::connect(address).unwrap();
    let mut waiting = TcpStream::connect(address).unwrap();
    std::io::Write::write_all(&mut waiting, &Raw::new(&ssm, "DescribeParameters", "{}").bytes()).unwrap();
    while ssm.connections() < 2 || ssm.calls().is_empty() {
        std::thread::yield_now();
    }

    drop(ssm);

    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
    assert_eq!(waiting.read(&mut [0]).unwrap_or(0), 0);
    assert!(TcpStream::connect(address).is_err());
    // The port is free again.
    LocalSsm::builder().port(address.port()).start().unwrap();
}

#[test]
fn a_store_is_started_with_secrets_or_not_at_all() {
    let ssm = LocalSsm::with_secrets("orders", "dev", [("A", "x"), ("B", "y")]).unwrap();
    let err = LocalSsm::with_secrets("orders", "dev", [("A", "x"), ("B", "")]).unwrap_err();

    assert_eq!(ssm.variables("orders", "dev").value("SST_Secret_value_B"), Some("__FETCH_FROM_SSM__"));
    assert_eq!(err.to_string(), "SSM refuses the value of `B`");
    assert!(std::error::Error::source(&err).unwrap().to_string().starts_with("ValidationException: "));
}

#[test]
fn a_taken_port_is_an_error() {
    let ssm = LocalSsm::start().unwrap();

    let err = LocalSsm::builder().port(ssm.address().port()).start().unwrap_err();

    assert!(matches!(err, StartError::Server(_)));
    assert_eq!(err.to_string(), "the local SSM could not start its server");
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_in_the_caller_does_not_stop_the_server() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_secret("orders", "dev", "KEY", "x").unwrap();

    // The caller's clock leaps while the client waits, so nothing of it may be a timeout.
    let answer = tokio::task::spawn_blocking({
        let bytes = Raw::new(&ssm, "DescribeParameters", "{}");
        let ssm = std::sync::Arc::new(ssm);
        move || bytes.send(&ssm).status
    });

    assert_eq!(answer.await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_started_and_dropped_within_a_runtime() {
    for _ in 0..5 {
        let ssm = LocalSsm::start().unwrap();
        client(&ssm).describe_parameters().send().await.unwrap();
    }
}

#[test]
fn many_connections_are_served_at_once() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_secret("orders", "dev", "KEY", "x").unwrap();
    let bytes = Raw::new(&ssm, "GetParameters", r#"{"Names":["/sst/orders/dev/Secret/KEY/value"]}"#).bytes();
    let mut streams: Vec<_> = (0..200).map(|_| TcpStream::connect(ssm.address()).unwrap()).collect();

    for stream in &mut streams {
        std::io::Write::write_all(stream, &bytes).unwrap();
    }

    assert!(streams.iter_mut().all(|stream| raw::read_answer(stream).status == 200));
    assert_eq!((ssm.connections(), ssm.count(Operation::GetParameters)), (200, 200));
}

#[tokio::test]
async fn the_log_has_names_and_outcomes() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    client.get_parameters().names("/A").names("/B:1").with_decryption(true).send().await.unwrap();
    client.get_parameter().name("/A").send().await.unwrap_err();
    client.get_parameters_by_path().path("/app").send().await.unwrap();

    let calls = ssm.calls();

    let summary: Vec<_> = calls
        .iter()
        .map(|call| {
            let error = call.error.as_deref();
            (call.sequence, call.operation.as_str(), call.names.join(","), call.with_decryption, call.status, error)
        })
        .collect();
    assert_eq!(
        summary,
        [
            (0, "GetParameters", "/A,/B:1".to_owned(), true, Some(200), None),
            (1, "GetParameter", "/A".to_owned(), false, Some(400), Some("ParameterNotFound")),
            (2, "GetParametersByPath", "/app".to_owned(), false, Some(200), None),
        ]
    );
    ssm.clear_calls();
    assert!(ssm.calls().is_empty());
}

#[test]
fn nothing_prints_a_value() {
    let canary = "canary-5a1f";
    let ssm = LocalSsm::builder().credentials("AKID", canary).session_token(canary).start().unwrap();
    let new = NewParameter::secure("/app/KEY", canary).create_only();
    let mut texts = vec![format!("{new:?}")];
    ssm.put(new.clone()).unwrap();
    ssm.put_secret("app", "stage", "KEY", canary).unwrap();
    ssm.put_managed_secret("db", canary).unwrap();
    for refused in [
        new,
        NewParameter::secure("/app/KEY", canary.repeat(1000)),
        NewParameter::string("/app/KEY", canary),
        NewParameter::string("/app/X", canary).allowed_pattern("^x$"),
        NewParameter::string("/app/X", format!("{{{{{canary}}}}}")),
        NewParameter::list("/app/X", format!("{canary},,")),
        NewParameter::string("/app/{}", canary),
    ] {
        let err = ssm.put(refused).unwrap_err();
        texts.extend([format!("{err:?}"), err.to_string()]);
    }
    for body in [
        format!(r#"{{"Name":"/app/Y","Value":"{canary}"#),
        format!(r#"{{"Name":"/app/Y","Value":["{canary}"]}}"#),
        format!(r#"{{"Name":"/app/Y","Value":"{canary}","Type":"String","Overwrite":"{canary}"}}"#),
        format!(r#"{{"Name":"/app/Y","Value":"{canary}","Type":"String"}}"#),
    ] {
        let mut raw = Raw::new(&ssm, "PutParameter", &body);
        raw.token = Some(canary.to_owned());
        texts.push(format!("{:?}", raw.send(&ssm)));
    }
    let variables = ssm.variables("app", "stage");
    texts.extend([format!("{ssm:?}"), format!("{variables:?}"), format!("{:?}", ssm.calls())]);

    for text in &texts {
        assert!(!text.contains(canary), "{text}");
    }
    assert!(texts.iter().any(|text| text.contains("/app/KEY")));
    assert_eq!(ssm.value("/app/Y").as_deref(), Some(canary), "the last request was carried out");
}
