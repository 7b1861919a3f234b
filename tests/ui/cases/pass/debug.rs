#![deny(warnings, clippy::pedantic)]
//! A configuration shows no value, and what holds one can derive its `Debug`.

bind_config::bind_config!(
    #[allow(dead_code)]
    "manifests/app.json",
    function = "api"
);

mod own {
    bind_config::bind_config!(
        #[cfg_attr(all(), derive(Debug))]
        #[allow(dead_code)]
        "manifests/plain.json"
    );
}

bind_config::bind_config!(#[allow(dead_code)] struct Settings, static SETTINGS, "manifests/plain.json");

mod nowhere {
    bind_config::bind_config!(
        #[cfg_attr(any(), derive(Debug))]
        #[allow(dead_code)]
        "manifests/plain.json"
    );
}

#[derive(Debug)]
#[allow(dead_code)]
struct State<'a> {
    config: &'a Config,
}

fn main() {
    let config = Config::example();
    assert_eq!(format!("{:?}", State { config: &config }), "State { config: Config { .. } }");
    assert_eq!(format!("{:?}", Settings::example()), "Settings { .. }");
    assert_eq!(format!("{:?}", nowhere::Config::example()), "Config { .. }");
    assert!(format!("{:?}", own::Config::example()).contains("VERSION: \"example\""));
}
