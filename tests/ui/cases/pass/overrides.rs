#![deny(warnings)]

mod my {
    #[derive(PartialEq, Debug)]
    pub struct Features(pub Vec<String>);

    impl bind_config::FromBinding for Features {
        fn from_binding(text: &str) -> Result<Self, bind_config::Expected> {
            Ok(Features(text.split(',').map(str::to_owned).collect()))
        }
    }

    #[derive(serde::Deserialize)]
    pub struct Plans {
        pub free: u8,
    }
}

bind_config::bind_config!(
    #[allow(dead_code)]
    "manifests/overrides.json",
    FEATURES: my::Features,
    PLANS: json(my::Plans),
    MAX: u32,
    LEVEL: u16,
    KEY: String,
    "my-key" => MY_KEY: str,
    RATIO: f32,
    "self" => this,
    GRACE: std::time::Duration,
    HOSTS: Vec<String>,
    IP: std::net::IpAddr,
);

fn main() {
    let config = Config::example();
    assert_eq!(config.FEATURES, my::Features(vec!["a".into(), "b".into()]));
    assert_eq!(config.PLANS.free, 1);
    assert_eq!((config.MAX, config.LEVEL, config.RATIO), (25_u32, 80_u16, 1_f32));
    let (key, my_key): (&String, &str) = (config.KEY.expose_secret(), config.MY_KEY.expose_secret());
    assert_eq!((key.as_str(), my_key), ("k1", "example"));
    assert_eq!((config.SELF, config.this.as_str()), (ConfigSelf::A, "example"));
    assert_eq!((config.GRACE.as_secs(), config.HOSTS.len(), config.IP), (1, 0, None));
}
