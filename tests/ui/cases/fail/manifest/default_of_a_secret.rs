bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/default_of_a_secret.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
