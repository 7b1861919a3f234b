bind_config::bind_config!(struct, "manifests/app.json", function = "api");

fn main() {}
