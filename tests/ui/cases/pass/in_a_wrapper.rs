#![deny(warnings)]

#[path = "../wrapper/mod.rs"]
#[macro_use]
mod wrapper;

configured!();

mod other {
    configured_by!("manifests/plain.json");
}

fn main() {
    assert_eq!(Config::example().VERSION.len() + other::Config::example().VERSION.len(), 14);
}
