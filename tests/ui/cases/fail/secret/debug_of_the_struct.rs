bind_config::bind_config!(#[derive(Debug)] #[allow(dead_code)] struct Config, "manifests/secret.json");

fn main() {}
