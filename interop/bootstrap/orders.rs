//! The function `api` of the app `orders`, on Lambda.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use orders::api::{CONFIG, answer};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = bind_config::lambda::load(&CONFIG).await?;
    run(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(answer(config, &event.payload)))).await
}
