bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/another_format.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
