bind_config::bind_config!(static CONFIG: Config, "manifests/app.json", function = "api");

fn main() {}
