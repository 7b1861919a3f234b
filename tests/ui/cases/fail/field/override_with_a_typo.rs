bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", MAX_ITEM: u32);

fn main() {
    println!("{}", CONFIG.VERSION);
}
