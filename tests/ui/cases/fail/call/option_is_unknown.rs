bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", region = "eu-west-1");

fn main() {}
