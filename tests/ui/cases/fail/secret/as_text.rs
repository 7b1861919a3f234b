bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

fn charge(_: &str) {}

fn main() {
    charge(&CONFIG.STRIPE_KEY);
}
