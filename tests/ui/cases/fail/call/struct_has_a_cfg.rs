bind_config::bind_config!(#[cfg(unix)] #[allow(dead_code)] "manifests/app.json", function = "api");

fn main() {}
