use bind_config::Watched;

bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

async fn start() -> Result<(), bind_config::LoadError> {
    Watched::<Config>::builder().load().await?;
    Watched::<Config>::load().await?;
    Ok(())
}

fn main() {
    drop(start());
}
