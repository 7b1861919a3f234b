bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", plans: json(String, u8));

fn main() {}
