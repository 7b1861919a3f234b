#[derive(Debug)]
struct Version;

impl std::str::FromStr for Version {
    type Err = ();

    fn from_str(_: &str) -> Result<Self, ()> {
        Ok(Version)
    }
}

bind_config::bind_config!(#[allow(dead_code)] "manifests/plain.json", VERSION: Version);

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let panic = std::panic::catch_unwind(Config::example).err().unwrap();
    let text = panic.downcast_ref::<String>().unwrap();
    assert_eq!(text, "`Config::example()` has no value for `VERSION`: give it an `example` in the manifest");
}
