bind_config::bind_config!(#[allow(dead_code)] "manifests/frontend.json", target = frontend, NAME: u16);

fn main() {}
