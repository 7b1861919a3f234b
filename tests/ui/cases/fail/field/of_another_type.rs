bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

fn main() {
    let items: u32 = CONFIG.MAX_ITEMS;
    println!("{items}");
}
