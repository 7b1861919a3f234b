bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/impossible_shape.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
