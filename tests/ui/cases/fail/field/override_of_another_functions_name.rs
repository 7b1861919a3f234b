bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "worker", MAX_ITEMS: u32);

fn main() {}
