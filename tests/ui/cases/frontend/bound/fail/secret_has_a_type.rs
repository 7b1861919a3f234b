bind_config::bind_config!(#[allow(dead_code)] "manifests/frontend.json", target = frontend, STRIPE_KEY: String);

fn main() {}
