bind_config::bind_config!(#[allow(dead_code)] "manifests/plain.json", function = "api");

fn main() {}
