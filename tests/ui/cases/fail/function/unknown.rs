bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "aip");

fn main() {
    println!("{} {}", CONFIG.VERSION, CONFIG.TABLE_NAME);
}
