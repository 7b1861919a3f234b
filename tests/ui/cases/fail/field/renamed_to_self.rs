bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", "db-password" => self);

fn main() {}
