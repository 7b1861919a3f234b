bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", functions = []);

fn main() {}
