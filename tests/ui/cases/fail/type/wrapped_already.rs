bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", VERSION: Option<String>, STRIPE_KEY: bind_config::Secret<str>);

fn main() {
    println!("{}", CONFIG.VERSION);
}
