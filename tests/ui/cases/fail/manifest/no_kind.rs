bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/no_kind.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
