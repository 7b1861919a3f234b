#![deny(unused_must_use)]

use bind_config::Watched;

bind_config::bind_config!(#[allow(dead_code)] "manifests/plain.json");

async fn start() -> Result<(), bind_config::LoadError> {
    Watched::<Config>::load().await?;
    Ok(())
}

fn main() {
    drop(start());
}
