bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/name_with_a_dot.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
