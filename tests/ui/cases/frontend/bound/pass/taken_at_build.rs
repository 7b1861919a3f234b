#![deny(warnings)]

bind_config::bind_config!(#[allow(dead_code)] "manifests/frontend.json", target = frontend);

fn main() {
    assert_eq!((CONFIG.APP.as_str(), CONFIG.STAGE.as_str()), ("orders", "dev"));
    assert_eq!((CONFIG.API_URL.host_str(), CONFIG.MAX), (Some("example.com"), 9));
    assert_eq!((CONFIG.LEVEL, &CONFIG.ONLY_PROD), (Some(Level::Info), &None));
    assert_eq!(CONFIG.NAME, "__A__");
    let _: (&bind_config::FrontendSecret, bool) = (&CONFIG.STRIPE_KEY, CONFIG.SENTRY.is_none());
    assert_eq!(Config::example().MAX, 1);
}
