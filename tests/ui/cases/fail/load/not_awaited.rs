#![deny(unused_must_use)]

bind_config::bind_config!(#[allow(dead_code)] "manifests/plain.json");

fn main() {
    CONFIG.load();
    CONFIG.load_after_restore();
    bind_config::lambda::load(&CONFIG);
    Config::load();
}
