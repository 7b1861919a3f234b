bind_config::bind_config!(#[allow(dead_code)] "manifests/reserved.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
