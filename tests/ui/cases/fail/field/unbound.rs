bind_config::bind_config!(#[allow(dead_code)] "manifests/plain.json");

fn main() {
    println!("{}", CONFIG.XYZ);
}
