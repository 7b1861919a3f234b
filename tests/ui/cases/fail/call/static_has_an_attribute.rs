bind_config::bind_config!(struct Config, #[doc(hidden)] static CONFIG, "manifests/app.json", function = "api");

fn main() {}
