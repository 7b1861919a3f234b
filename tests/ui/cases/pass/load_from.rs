#![deny(warnings)]

use std::future::Future;
use std::task::{Context, Poll, Waker};

bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", "db-password" => DB: String);

fn main() {
    let environment = [
        ("SST_APP", "orders"),
        ("SST_STAGE", "dev"),
        ("SST_Parameter_value_LOG_LEVEL", "warn-all"),
        ("SST_Parameter_value_MAX_ITEMS", "100"),
        ("SST_Parameter_value_RETRIES", r#"["1s", "2m"]"#),
        ("SST_Parameter_value_TIMEOUT", "1m 30s"),
        ("SST_Parameter_value_VERSION", "2"),
        ("SST_Parameter_value_type", "true"),
        ("SST_Parameter_value_plans", "[1]"),
        ("SST_Secret_value_STRIPE_KEY", "sk_test_123456"),
        ("SST_Secret_value_db_password", "hunter2"),
    ];
    let config = now(Config::load_from(&environment.into_iter().collect())).unwrap();
    assert_eq!((config.APP.as_str(), config.STAGE.as_str()), ("orders", "dev"));
    assert_eq!((config.LOG_LEVEL, config.MAX_ITEMS, config.r#type), (LogLevel::WarnAll, 100, true));
    assert_eq!(config.RETRIES.iter().map(std::time::Duration::as_secs).sum::<u64>(), 121);
    assert_eq!(config.STRIPE_KEY.expose_secret(), "sk_test_123456");
    assert_eq!(config.DB.as_ref().map(|db| db.expose_secret().as_str()), Some("hunter2"));
    assert_eq!(config.plans, Some(serde_json::json!([1])));
    assert!(config.SENTRY_DSN.is_none());

    let err = now(Config::load_from(&environment[..4].iter().copied().collect())).err().unwrap();
    assert!(err.to_string().contains("Config.STRIPE_KEY has not been set for this function."), "{err}");
}

/// Plain values are there at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing is fetched"),
    }
}
