#[derive(Debug)]
struct Flag;

bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", VERSION: Vec<Flag>);

fn main() {}
