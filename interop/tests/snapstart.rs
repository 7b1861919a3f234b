//! A function with SnapStart, on `lambda_runtime` and a Runtime API of the test: no snapshot is taken here, and none restored.

use std::process::{Child, Command, Stdio};

use bind_config_interop::runtime_api::RuntimeApi;
use bind_config_local::LocalSsm;
use serde_json::{Value, json};

const RESTORED: &str = env!("CARGO_BIN_EXE_restored");
/// It loads before `run`, as one without SnapStart does.
const TOO_EARLY: &str = env!("CARGO_BIN_EXE_bootstrap");

fn store(greeting: Option<&str>) -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_secret("interop", "dev", "API_KEY", "key_0123456789").unwrap();
    if let Some(greeting) = greeting {
        ssm.put_secret("interop", "dev", "GREETING", greeting).unwrap();
    }
    ssm
}

/// Ends with the test.
struct Function(Child);

impl Function {
    fn start(program: &str, ssm: &LocalSsm, api: &RuntimeApi) -> Self {
        let variables = ssm
            .variables("interop", "dev")
            .with("SST_Secret_value_GREETING", "__FETCH_FROM_SSM__")
            .with("SST_Parameter_value_BATCH", "41")
            .with("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
            .with("AWS_LAMBDA_RUNTIME_API", api.address())
            .with("AWS_LAMBDA_FUNCTION_NAME", "greeter")
            .with("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .with("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .with("AWS_LAMBDA_LOG_STREAM_NAME", "log")
            .with("AWS_LAMBDA_LOG_GROUP_NAME", "log");
        let child = Command::new(program).env_clear().envs(variables).stderr(Stdio::null()).spawn();
        Function(child.unwrap())
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_restored_function_has_the_values_of_after_the_restore() {
    let (ssm, api) = (store(Some("before")), RuntimeApi::start(&json!({ "name": "Ada" })));
    let _function = Function::start(RESTORED, &ssm, &api);

    assert_eq!(api.next().0, "/restore/next");
    assert!(ssm.calls().is_empty(), "nothing is asked that a snapshot would keep");
    ssm.put_secret("interop", "dev", "GREETING", "after").unwrap();
    api.restore();

    assert_eq!(api.next().0, "/invocation/next");
    let (path, body) = api.next();
    assert_eq!(path, "/invocation/1/response");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({ "greeting": "after, Ada", "key_length": 14, "batch": 42 }));
}

#[test]
fn a_load_that_fails_after_the_restore_is_what_the_runtime_reports() {
    let (ssm, api) = (store(None), RuntimeApi::start(&json!({})));
    let mut function = Function::start(RESTORED, &ssm, &api);
    assert_eq!(api.next().0, "/restore/next");
    api.restore();

    let (path, body) = api.next();

    assert_eq!(path, "/restore/error");
    let body: Value = serde_json::from_str(&body).unwrap();
    let message = body["errorMessage"].as_str().unwrap();
    assert!(message.contains("The following secrets were not found: GREETING"), "{message}");
    assert!(!function.0.wait().unwrap().success());
}

#[test]
fn a_function_that_loads_before_the_snapshot_is_refused_with_the_reason() {
    let (ssm, api) = (store(Some("before")), RuntimeApi::start(&json!({})));
    let mut function = Function::start(TOO_EARLY, &ssm, &api);

    let (path, body) = api.next();

    assert_eq!(path, "/init/error");
    assert!(body.contains("load_after_restore"), "{body}");
    assert!(ssm.calls().is_empty());
    assert!(!function.0.wait().unwrap().success());
}
