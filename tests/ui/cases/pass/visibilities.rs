#![deny(warnings)]

mod inner {
    bind_config::bind_config!(pub(super) struct Up, static UP, "manifests/plain.json");
    bind_config::bind_config!(struct Own, "manifests/plain.json", strict);
    bind_config::bind_config!(pub(in crate::inner) static THERE, "manifests/plain.json");

    pub fn sum() -> u16 {
        assert!(UP.set(Up::example()).is_ok() && CONFIG.set(Own::example()).is_ok());
        assert!(THERE.set(Config::example()).is_ok());
        assert_eq!(THERE.VERSION, CONFIG.VERSION);
        UP.PORT + CONFIG.PORT + THERE.PORT
    }
}

mod outer {
    bind_config::bind_config!(pub static PUBLIC, "manifests/plain.json");
}
// The struct is as visible as the static where nothing else is said.
pub use outer::Config as PublicConfig;

fn main() {
    assert!(outer::PUBLIC.set(PublicConfig::example()).is_ok());
    assert_eq!(inner::sum(), 3 * 8080);
    assert_eq!(inner::Up::example().VERSION, "example");
}
