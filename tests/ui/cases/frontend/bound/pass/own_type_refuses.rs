struct Plan;

impl std::str::FromStr for Plan {
    type Err = ();

    fn from_str(_: &str) -> Result<Self, ()> {
        Err(())
    }
}

bind_config::bind_config!(#[allow(dead_code)] "manifests/frontend.json", target = frontend, NAME: crate::Plan);

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let panic = std::panic::catch_unwind(|| CONFIG.MAX).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.starts_with("the value of `NAME`, taken into this frontend at build, must be "), "{text}");
}
