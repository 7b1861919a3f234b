bind_config::bind_config!(#[allow(dead_code)] "manifests/frontend.json", target = frontend);

fn main() {
    println!("{} {}", CONFIG.MAX, CONFIG.API_URL);
}
