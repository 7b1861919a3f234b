bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
