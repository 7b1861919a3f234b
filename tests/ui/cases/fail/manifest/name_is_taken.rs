bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/name_is_taken.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
