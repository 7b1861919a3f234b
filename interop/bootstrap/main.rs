//! A function on Lambda, as a user writes one.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

// The function `greeter`: its `bin` is the name of this binary.
bind_config::bind_config!("bindings.json");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = bind_config::lambda::load(&CONFIG).await?;
    run(service_fn(async |event: LambdaEvent<Value>| greet(config, &event.payload))).await
}

#[expect(clippy::unnecessary_wraps, reason = "what the runtime takes")]
fn greet(config: &Config, event: &Value) -> Result<Value, Error> {
    let name = event["name"].as_str().unwrap_or("nobody");
    Ok(json!({
        "greeting": format!("{}, {name}", config.GREETING.expose_secret()),
        "key_length": config.API_KEY.expose_secret().len(),
        "batch": config.BATCH + 1,
        "stage": config.STAGE,
    }))
}
