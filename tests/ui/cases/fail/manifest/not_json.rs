bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/not_json.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
