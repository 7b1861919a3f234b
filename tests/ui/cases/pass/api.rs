#![deny(warnings)]
bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

fn main() {
    let config = Config::example();
    assert_eq!(config.VERSION, "1.2.0");
    assert_eq!(config.MAX_ITEMS, 25_u64);
    let level: LogLevel = config.LOG_LEVEL;
    assert_eq!(level.to_string(), "info");
    assert_eq!(level.as_str(), "info");
    assert!(matches!(level, LogLevel::Info));
    let _: &Vec<std::time::Duration> = &config.RETRIES;
    let _: bool = config.r#type;
    assert_eq!(config.STRIPE_KEY.expose_secret(), "sk_examplexx");
    assert!(config.db_password.is_none());
    let _ = async || {
        let environment: bind_config::Environment = [("a", "b")].into_iter().collect();
        Config::load_from(&environment).await.map(|config| config.VERSION.len())
    };
}
