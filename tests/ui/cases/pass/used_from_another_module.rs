#![deny(warnings)]

mod config {
    bind_config::bind_config!("manifests/plain.json");
}

mod deep {
    pub mod down {
        pub fn port() -> u16 {
            crate::config::CONFIG.PORT
        }
    }
}

fn main() {
    let config = config::Config { PORT: 1, ..config::Config::example() };
    assert!(config::CONFIG.set(config).is_ok());
    assert_eq!((deep::down::port(), config::CONFIG.VERSION.len()), (1, 7));
}
