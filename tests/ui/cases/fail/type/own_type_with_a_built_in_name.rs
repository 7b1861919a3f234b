struct Duration(u8);

bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", TIMEOUT: Duration);

fn main() {}
