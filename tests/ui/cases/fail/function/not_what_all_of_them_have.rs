bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", functions = ["api", "worker"]);

fn main() {
    println!("{}", CONFIG.VERSION);
    println!("{}", CONFIG.MAX_ITEMS);
}
