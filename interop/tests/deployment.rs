//! From `bind.toml` to a function that answers, and on: deployed by MiniStack's CloudFormation, with a real bootstrap.

use std::path::Path;

use bind_config_interop::tool::App;
use bind_config_interop::{Store, lambda, package, root};
use serde_json::{Value, json};

const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_orders-api");
const FUNCTION: &str = "orders-api";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:orders";

/// The app of `fixtures/orders`, in a folder of its own.
fn orders(store: &Store) -> App {
    let app = App::empty(store);
    for file in ["bind.toml", "bindings.json"] {
        std::fs::copy(root().join("fixtures/orders").join(file), app.folder().join(file)).unwrap();
    }
    app
}

/// Deploys what `synth` wrote, with the stack that includes it, and returns the stack's outputs.
fn deploy(store: &Store, app: &App) -> Value {
    app.ok("synth --stage prod --out build");
    let folder = app.folder().join("build/prod");
    std::fs::copy(root().join("fixtures/orders/stack.json"), folder.join("stack.json")).unwrap();
    std::fs::write(folder.join("api.zip"), lambda::package(Path::new(BOOTSTRAP))).unwrap();
    let stack = folder.join("stack.json").display().to_string();
    let outputs = store.python("deploy.py", ["orders", &stack, &format!("TopicArn={TOPIC}")]);
    serde_json::from_str(&outputs).unwrap()
}

fn invoke(store: &Store) -> lambda::Invoked {
    lambda::invoke(store, FUNCTION, &json!({ "name": "Ada", "limit": 900 }))
}

/// The report that was posted to `init/error`. MiniStack puts all of it into one message, as Python prints it.
#[track_caller]
fn report(invoked: &lambda::Invoked) -> String {
    assert_eq!(invoked.function_error.as_deref(), Some("Unhandled"), "{invoked:?}");
    let message = invoked.payload["errorMessage"].as_str().unwrap_or_default();
    let report =
        message.strip_prefix("init error: {'errorMessage': '").and_then(|rest| rest.split_once("', 'errorType'"));
    report.unwrap_or_else(|| panic!("not a failed start: {invoked:?}")).0.replace("\\n", "\n")
}

#[test]
fn an_app_is_deployed_refuses_to_start_without_its_secrets_and_starts_anew_with_each_new_value() {
    let store = Store::ministack();
    let app = orders(&store);

    // What the binary was compiled from is what is declared.
    app.ok("synth --check");
    let outputs = deploy(&store, &app);

    the_parameters_are_in_ssm(&app);
    the_variables_are_those_of_the_file(&store, &app);
    the_policy_allows_what_is_needed_and_no_more(&store, &outputs);

    // Before anything is set.
    let check = app.run(["check", "--stage", "prod", "--function", "api"]);
    assert_eq!(check.code, Some(1), "{check:?}");
    assert!(
        check.err.ends_with(
            "error: not ready: 3 problems\n  \
             bind-config secrets set POOL_SIZE --stage prod\n  \
             bind-config secrets set STRIPE_KEY --stage prod\n  \
             bind-config secrets set session-key --stage prod\n"
        ),
        "{}",
        check.err
    );
    assert_eq!(
        report(&invoke(&store)),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `prod`, region `us-east-1`)

The following secrets were not found: POOL_SIZE, STRIPE_KEY, session_key
  POOL_SIZE: nothing is stored at
    /sst/orders/prod/Secret/POOL_SIZE/value
    /sst/orders/.fallback/Secret/POOL_SIZE/value  (the fallback, of this account and region)
    bind-config secrets set POOL_SIZE --stage prod
  STRIPE_KEY: nothing is stored at
    /sst/orders/prod/Secret/STRIPE_KEY/value
    /sst/orders/.fallback/Secret/STRIPE_KEY/value  (the fallback, of this account and region)
    bind-config secrets set STRIPE_KEY --stage prod
  session_key: nothing is stored at
    /sst/orders/prod/Secret/session_key/value
    bind-config secrets set session_key --stage prod"
    );

    // The commands of the report, and one value for all stages.
    app.set("STRIPE_KEY", "sk_live_canary_0001", "--stage prod");
    app.set("session_key", "signing canary 0002", "--stage prod");
    let misfit = app.run_with("canary", ["secrets", "set", "POOL_SIZE", "--fallback"]);
    assert_eq!(misfit.code, Some(1), "{misfit:?}");
    assert!(!misfit.err.contains("canary"), "{}", misfit.err);
    app.set("POOL_SIZE", "41", "--fallback");

    let ready = app.run(["check", "--stage", "prod", "--function", "api"]);
    assert_eq!(ready.code, Some(0), "{ready:?}");
    let answer = json!({
        "stage": "prod", "version": "1.2.0", "limit": 250, "log": "some", "patience": 90, "greeting": "__HELLO__:Ada",
        "shelves": 2, "topic": TOPIC, "stripe": "0001", "pool": 42, "session": "0002", "reports_errors": false,
    });
    assert_eq!(invoke(&store), lambda::Invoked { function_error: None, payload: answer });

    the_command_of_a_developer_sees_the_same(&app);

    // A value that nobody restarted for is not seen; a restart alone brings it; then a set, by itself.
    let restarted = restarted(&store);
    app.set("STRIPE_KEY", "sk_live_canary_0003", "--stage prod --no-restart");
    assert_eq!(invoke(&store).payload["stripe"], "0001");
    app.ok("secrets restart STRIPE_KEY --stage prod");
    assert!(self::restarted(&store) > restarted);
    assert_eq!(invoke(&store).payload["stripe"], "0003");
    app.set("STRIPE_KEY", "sk_live_canary_0004", "--stage prod");
    assert_eq!(invoke(&store).payload["stripe"], "0004");
    app.ok("secrets rollback STRIPE_KEY --to 1 --stage prod");
    assert_eq!(invoke(&store).payload["stripe"], "0001");
    // A fallback reaches it, for it has no value of its own.
    app.set("POOL_SIZE", "99", "--fallback");
    assert_eq!(invoke(&store).payload["pool"], 100);

    // And without it the next start fails.
    let removed = app.run(["secrets", "remove", "session_key", "--yes", "--restart", "--stage", "prod"]);
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert!(
        removed.err.contains("without `session-key` these functions fail at their next start: `orders-api`"),
        "{removed:?}"
    );
    assert!(report(&invoke(&store)).contains("The following secrets were not found: session_key\n"));

    assert!(!store.log().contains("canary"), "{}", store.log());
}

/// What `bind` gives a command, the parameter included that only the deployment knows.
fn the_command_of_a_developer_sees_the_same(app: &App) {
    let env = app.run(["bind", "--stage", "prod", "--function", "api", "--", "/usr/bin/env"]);
    assert_eq!(env.code, Some(0), "{}", env.err);
    let mut bound: Vec<&str> = env.out.lines().filter(|line| line.starts_with("SST_")).collect();
    bound.sort_unstable();
    assert_eq!(
        bound,
        [
            "SST_APP=orders",
            "SST_Parameter_value_CATALOG=[\"books\",\"maps\"]",
            "SST_Parameter_value_GREETING=__LITERAL__:__HELLO__:{name}",
            "SST_Parameter_value_LOG_LEVEL=info",
            "SST_Parameter_value_MAX_ITEMS=250",
            "SST_Parameter_value_PATIENCE=1m 30s",
            "SST_Parameter_value_TOPIC_ARN=arn:aws:sns:us-east-1:123456789012:orders",
            "SST_Parameter_value_VERSION=1.2.0",
            "SST_SSM_PREFIX=/sst/orders/prod/",
            "SST_STAGE=prod",
            "SST_Secret_value_POOL_SIZE=41",
            "SST_Secret_value_STRIPE_KEY=sk_live_canary_0001",
            "SST_Secret_value_session_key=signing canary 0002",
        ]
    );
    assert!(!env.err.contains("canary"), "{}", env.err);
}

/// When the function was restarted last.
fn restarted(store: &Store) -> u64 {
    lambda::configuration(store, FUNCTION).variables["SST_ADMIN_SECRET_UPDATED_AT"].parse().unwrap()
}

fn the_parameters_are_in_ssm(app: &App) {
    let listed = app.json("parameters list --stage prod");
    let rows: Vec<Value> = listed["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["name"], row["value"], row["path"]]))
        .collect();
    assert_eq!(
        rows,
        [
            // This one the function fetches.
            json!(["CATALOG", "[\"books\",\"maps\"]", "/sst/orders/prod/Parameter/CATALOG/value"]),
            json!(["GREETING", "__HELLO__:{name}", "/sst/orders/prod/parameters/GREETING"]),
            json!(["LOG_LEVEL", "info", "/sst/orders/prod/parameters/LOG_LEVEL"]),
            json!(["MAX_ITEMS", "250", "/sst/orders/prod/parameters/MAX_ITEMS"]),
            json!(["PATIENCE", "1m 30s", "/sst/orders/prod/parameters/PATIENCE"]),
            json!(["TOPIC_ARN", TOPIC, "/sst/orders/prod/parameters/TOPIC_ARN"]),
            json!(["VERSION", "1.2.0", "/sst/orders/prod/parameters/VERSION"]),
        ]
    );
}

/// The stack includes the file, and CloudFormation puts the parameter in.
fn the_variables_are_those_of_the_file(store: &Store, app: &App) {
    let mut file: Value = serde_json::from_str(&app.read("build/prod/api.environment.json")).unwrap();
    assert_eq!(file["SST_Parameter_value_TOPIC_ARN"], json!({ "Ref": "TopicArn" }));
    file["SST_Parameter_value_TOPIC_ARN"] = TOPIC.into();
    assert_eq!(json!(lambda::configuration(store, FUNCTION).variables), file);
}

fn the_policy_allows_what_is_needed_and_no_more(store: &Store, outputs: &Value) {
    let policy = outputs["PolicyArn"].as_str().unwrap();
    assert!(policy.starts_with("arn:aws:iam::123456789012:policy/"), "{policy}");
    let decided = |action: &str, paths: &[&str]| -> Vec<String> {
        let arn = |path: &&str| format!("arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/{path}");
        let arns: Vec<String> = paths.iter().map(arn).collect();
        let arguments = [FUNCTION, action].into_iter().chain(arns.iter().map(String::as_str));
        let decisions: Value = serde_json::from_str(&store.python("allowed.py", arguments)).unwrap();
        arns.iter().map(|arn| decisions[arn].as_str().unwrap().to_owned()).collect()
    };
    let needed = [
        "prod/Secret/POOL_SIZE/value",
        "prod/Secret/SENTRY_DSN/value",
        "prod/Secret/STRIPE_KEY/value",
        "prod/Secret/session_key/value",
        ".fallback/Secret/POOL_SIZE/value",
        ".fallback/Secret/SENTRY_DSN/value",
        ".fallback/Secret/STRIPE_KEY/value",
        "prod/Parameter/CATALOG/value",
    ];
    let others = [
        "prod/Secret/MAIL_PASSWORD/value",
        ".fallback/Secret/session_key/value",
        "dev/Secret/STRIPE_KEY/value",
        "prod/Secret/STRIPE_KEY",
    ];
    assert_eq!(decided("ssm:GetParameters", &needed), ["allowed"; 8]);
    assert_eq!(decided("ssm:GetParameters", &others), ["implicitDeny"; 4]);
    assert_eq!(decided("ssm:PutParameter", &needed[..1]), ["implicitDeny"]);
}

#[test]
fn a_binding_that_is_removed_breaks_the_handler_that_reads_it_and_diff_says_so_before() {
    let store = Store::local();
    let app = orders(&store);
    let package = package::copied("orders");
    let built = package::cargo(&package, &["check"]);
    assert_eq!(built.code, Some(0), "{}", built.err);
    std::fs::copy(app.folder().join("bindings.json"), app.folder().join("before.json")).unwrap();
    let declared = app.read("bind.toml");
    let removed = declared.replace("GREETING = \"__HELLO__:{name}\"\n", "").replace("\"GREETING\", ", "");
    assert!(!removed.contains("GREETING"), "{removed}");

    app.write("bind.toml", &removed);
    app.ok("synth");
    let diff = app.run(["diff", "before.json"]);
    std::fs::copy(app.folder().join("bindings.json"), package.join("bindings.json")).unwrap();
    let broken = package::cargo(&package, &["check"]);

    assert_eq!(diff.code, Some(1), "{diff:?}");
    assert!(diff.out.lines().any(|line| line.starts_with("GREETING  removed")), "{}", diff.out);
    assert!(diff.out.ends_with("code that compiles today: api\n"), "{}", diff.out);
    assert_eq!(broken.code, Some(101), "{}", broken.err);
    let error = "error[E0609]: no field `GREETING` on type `&Config`\n  --> src/api.rs:";
    assert!(broken.err.starts_with(error), "{}", broken.err);
    assert_eq!(broken.err.matches("error[").count(), 1, "{}", broken.err);
}
