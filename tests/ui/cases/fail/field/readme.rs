bind_config::bind_config!(#[allow(dead_code)] "../manifests/readme.json");

fn main() {
    CONFIG.XYZ;
}
