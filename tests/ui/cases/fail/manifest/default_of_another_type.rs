bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/default_of_another_type.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
