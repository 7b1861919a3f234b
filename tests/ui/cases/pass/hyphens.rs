bind_config::bind_config!("manifests/hyphens.json");

fn main() {
    let config = Config::example();
    assert_eq!((config.db_password.expose_secret(), config.a_b_c.as_str()), ("example", "example"));
}
