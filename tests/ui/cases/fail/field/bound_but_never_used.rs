#![deny(dead_code)]

bind_config::bind_config!("manifests/plain.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
