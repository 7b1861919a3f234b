//! A function with SnapStart, as a user writes one: nothing is loaded before the snapshot, and everything after each restore.

use std::sync::Arc;

use lambda_runtime::{BoxFuture, Error, LambdaEvent, Runtime, SnapStartResource, service_fn};
use serde_json::{Value, json};

bind_config::bind_config!("bindings.json", function = "greeter");

struct Loaded;

impl SnapStartResource for Loaded {
    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            CONFIG.load_after_restore().await?;
            Ok(())
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let greet = service_fn(async |event: LambdaEvent<Value>| {
        let name = event.payload["name"].as_str().unwrap_or("nobody");
        Ok::<_, Error>(json!({
            "greeting": format!("{}, {name}", CONFIG.GREETING.expose_secret()),
            "key_length": CONFIG.API_KEY.expose_secret().len(),
            "batch": CONFIG.BATCH + 1,
        }))
    });
    Runtime::new(greet).register_snapstart_resource(Arc::new(Loaded)).run().await
}
