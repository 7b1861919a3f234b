bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

fn main() {
    println!("{}", CONFIG.STRIPE_KEY);
}
