bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/no_app.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
