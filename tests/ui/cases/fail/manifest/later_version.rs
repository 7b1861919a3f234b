bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/later_version.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
