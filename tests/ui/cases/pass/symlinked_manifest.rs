bind_config::bind_config!("manifests/link.json");

fn main() {
    let config = Config::example();
    assert_eq!((config.PORT, config.VERSION.as_str()), (8080, "example"));
}
