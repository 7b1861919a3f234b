bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", "db-password" => "DB_PASSWORD");

fn main() {}
