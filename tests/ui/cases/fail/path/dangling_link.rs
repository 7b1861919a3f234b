bind_config::bind_config!("manifests/dangling.json");

fn main() {}
