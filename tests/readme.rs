//! What the README shows, run.

bind_config::bind_config!("tests/manifests/readme.json");

const README: &str = include_str!("../README.md");

#[tokio::test]
async fn the_configuration_is_loaded() -> Result<(), Box<dyn std::error::Error>> {
    let ssm = bind_config_local::LocalSsm::start()?;
    ssm.secret("orders", "dev", "STRIPE_KEY", "sk_test_1")?;
    let variables = ssm.variables("orders", "dev").with("SST_Parameter_value_VERSION", "7");

    let config = Config::load_from(&variables.into_iter().collect()).await?;

    assert_eq!((config.VERSION.as_str(), config.STRIPE_KEY.expose_secret()), ("7", "sk_test_1"));
    Ok(())
}

#[test]
fn the_readme_shows_what_is_tested_here() {
    let blocks: Vec<&str> = README.split("```").skip(1).step_by(2).collect();
    let manifest = concat!("json\n", include_str!("manifests/readme.json"));
    assert!(blocks.contains(&manifest));

    let this: Vec<&str> = include_str!("readme.rs").lines().collect();
    let example = blocks.iter().find(|block| block.contains("async fn the_configuration_is_loaded")).unwrap();
    for line in example.lines().skip(1).filter(|line| !line.contains("println!")) {
        assert!(this.contains(&line), "{line}");
    }
}
