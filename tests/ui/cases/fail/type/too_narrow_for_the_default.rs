bind_config::bind_config!(#[allow(dead_code)] "manifests/plain.json", PORT: u8);

fn main() {}
