//! A Lambda function that says hello, with the feature `config` in the words of a secret.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[cfg(feature = "config")]
bind_config::bind_config!("bindings.json");

#[tokio::main]
async fn main() -> Result<(), Error> {
    #[cfg(feature = "config")]
    bind_config::lambda::load(&CONFIG).await?;
    run(service_fn(hello)).await
}

async fn hello(event: LambdaEvent<Value>) -> Result<Value, Error> {
    #[cfg(feature = "config")]
    let greeting = CONFIG.GREETING.expose_secret();
    #[cfg(not(feature = "config"))]
    let greeting = "hello";
    Ok(json!({ "message": format!("{greeting}, {}", event.payload) }))
}
