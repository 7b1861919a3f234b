#![deny(warnings)]

use std::time::Duration;

bind_config::bind_config!(#[allow(dead_code)] "manifests/types.json");

fn main() {
    let config = Config::example();
    let _: (bool, f64, i8, i64, u64) = (config.BOOL, config.F64, config.I8, config.I64, config.U64);
    let _: (&String, &Vec<bool>, &Vec<serde_json::Value>) = (&config.STRING, &config.BOOLS, &config.JSONS);
    assert_eq!(config.DURATION, Duration::from_secs(1));
    assert_eq!(config.JSON, serde_json::json!({}));
    assert_eq!(config.U8, 7);
    assert_eq!(config.URL.scheme(), "https");
    assert_eq!(config.STRINGS, ["a", "b"]);
    assert!(config.URLS.is_empty());
    assert_eq!(*config.S_U16.expose_secret(), 1);
    assert_eq!(config.S_URL.expose_secret().scheme(), "https");
    assert_eq!(*config.S_LEVEL.expose_secret(), SLevel::X);
    assert!(config.S_LIST.expose_secret().is_empty());
    assert_eq!(config.O_U16, None);
    assert!(config.O_SECRET.is_none());
    assert_eq!(config.O_LEVEL, Some(OLevel::X));
}
