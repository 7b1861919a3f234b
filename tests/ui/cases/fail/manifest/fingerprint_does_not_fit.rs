bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/fingerprint_does_not_fit.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
