#![deny(warnings, missing_docs)]
//! Attributes go on the struct.

bind_config::bind_config!(
    /// What this program is given.
    #[derive(Debug, Clone, PartialEq, serde::Serialize)]
    #[must_use]
    pub struct Settings,
    pub static SETTINGS,
    "manifests/plain.json",
);

fn main() {
    let settings = Settings::example();
    assert_eq!(settings.clone(), settings);
    let text = serde_json::to_string(&settings).unwrap();
    assert_eq!(text, r#"{"APP":"orders","STAGE":"example","PORT":8080,"VERSION":"example"}"#);
    assert!(SETTINGS.set(settings).is_ok());
}
