bind_config::bind_config!("manifests/nothing.json");

fn main() {
    println!("{} {}", CONFIG.VERSION, CONFIG.STRIPE_KEY.expose_secret());
    let _ = Config { VERSION: 1.into(), ..Config::example() };
}
