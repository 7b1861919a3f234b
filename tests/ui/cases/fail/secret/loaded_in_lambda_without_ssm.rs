bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = "api");

async fn start() -> Result<(), bind_config::LoadError> {
    bind_config::lambda::load(&CONFIG).await?;
    Ok(())
}

fn main() {
    drop(start());
}
