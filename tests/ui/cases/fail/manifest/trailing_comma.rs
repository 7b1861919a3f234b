bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/trailing_comma.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
