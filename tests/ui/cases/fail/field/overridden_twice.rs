bind_config::bind_config!(
    #[allow(dead_code)]
    "manifests/app.json",
    function = "api",
    db_password: String,
    "db-password" => DB_PASSWORD: String,
);

fn main() {}
