bind_config::bind_config!(#[allow(dead_code)] "manifests/keywords.json");

fn main() {
    let config = Config::example();
    let texts = [&config.r#type, &config.r#async, &config.r#gen, &config.r#abstract, &config.r#true, &config.union];
    assert_eq!(texts, [&"example"; 6]);
}
