bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/unknown_type.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
