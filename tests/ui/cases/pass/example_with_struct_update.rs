#![deny(warnings)]

bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

fn charge(config: &Config) -> String {
    format!("{} {}", config.APP, config.STRIPE_KEY.expose_secret())
}

fn main() {
    let config = Config { STRIPE_KEY: "sk_test_1".into(), ..Config::example() };
    assert_eq!(charge(&config), "orders sk_test_1");
    assert!(CONFIG.set(config).is_ok());
    assert_eq!(CONFIG.VERSION, "1.2.0");
}
