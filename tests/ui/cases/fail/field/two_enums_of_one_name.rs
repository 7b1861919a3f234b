bind_config::bind_config!(#[allow(dead_code)] "manifests/enums.json");

fn main() {
    println!("{} {:?}", CONFIG.LOG_LEVEL, CONFIG.log_level);
}
