bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/a_value.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
