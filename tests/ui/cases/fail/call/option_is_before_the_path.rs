bind_config::bind_config!(function = "api", "manifests/app.json");

fn main() {}
