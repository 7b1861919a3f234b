bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

fn main() {
    let key: bind_config::Secret<str> = CONFIG.STRIPE_KEY.clone();
    drop(key);
}
