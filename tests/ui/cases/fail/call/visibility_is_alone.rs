bind_config::bind_config!(pub(crate), "manifests/app.json", function = "api");

fn main() {}
