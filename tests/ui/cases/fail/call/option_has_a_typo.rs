bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", funtion = "api");

fn main() {}
