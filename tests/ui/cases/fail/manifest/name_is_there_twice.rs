bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/name_is_there_twice.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
