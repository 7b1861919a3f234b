#![deny(warnings)]

bind_config::bind_config!(#[allow(dead_code)] "manifests/thousand.json");

fn main() {
    let config = Config::example();
    assert_eq!((config.SECRET_0.expose_secret(), config.NUMBER_249, config.LEVEL_1), ("example", 1, Level1::Info));
}
