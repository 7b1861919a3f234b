bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/default_is_no_url.json");

fn main() {}
