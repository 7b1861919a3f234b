bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", XYZ: u32);

fn main() {
    println!("{}", CONFIG.VERSION);
}
