bind_config::bind_config!(struct Config { VERSION: String }, "manifests/app.json", function = "api");

fn main() {}
