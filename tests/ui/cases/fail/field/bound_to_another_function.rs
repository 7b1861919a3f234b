bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "worker");

fn main() {
    println!("{}", CONFIG.STRIPE_KEY.expose_secret());
}
