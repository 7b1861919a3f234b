bind_config::bind_config!(#[allow(dead_code)] "manifests/plain.json", target = "frontend");

fn main() {}
