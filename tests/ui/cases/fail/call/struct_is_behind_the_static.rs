bind_config::bind_config!(static CONFIG, struct Config, "manifests/app.json", function = "api");

fn main() {}
