bind_config::bind_config!("manifests");

fn main() {
    println!("{}", CONFIG.VERSION);
}
