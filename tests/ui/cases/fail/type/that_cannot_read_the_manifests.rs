bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api", "type" => kind: u8);

fn main() {
    println!("{:?}", CONFIG.kind);
}
