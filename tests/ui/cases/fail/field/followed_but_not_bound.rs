use bind_config::{Watched, field};

bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

struct Other {
    name: u8,
}

fn follow(watched: &Watched<Config>) {
    drop(watched.changes_of([field!(Config, STRIPE_KEYS)]));
    drop(watched.changes_of([field!(Config, APP)]));
    drop(watched.changes_of([field!(Other, name)]));
}

fn main() {
    let _ = follow;
}
