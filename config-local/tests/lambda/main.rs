//! Lambda through the real SDK: listings, configurations, updates, faults, signatures, each refusal with its text.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

#[path = "../raw/mod.rs"]
mod raw;
#[path = "../sdk/mod.rs"]
mod sdk;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::{BehaviorVersion, Region};
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::LastUpdateStatus;
use bind_config_local::{LocalSsm, Variables};

mod faults;
mod get;
mod list;
mod signatures;
mod update;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:";
const CALLER: &str = "arn:aws:sts::123456789012:assumed-role/local-function/local-function";

fn client(ssm: &LocalSsm) -> Client {
    client_with(ssm, &ssm.variables("app", "stage"))
}

/// A client that tries once, with the credentials of the variables.
fn client_with(ssm: &LocalSsm, variables: &Variables) -> Client {
    let value = |name: &str| variables.value(name).unwrap().to_owned();
    let token = variables.value("AWS_SESSION_TOKEN").map(str::to_owned);
    let keys = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(ssm.endpoint())
        .region(Region::new(value("AWS_REGION")))
        .credentials_provider(Credentials::new(keys.0, keys.1, token, None, "variables"))
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

async fn get(client: &Client, name: &str) -> GetFunctionConfigurationOutput {
    client.get_function_configuration().function_name(name).send().await.unwrap()
}

async fn revision(client: &Client, name: &str) -> String {
    get(client, name).await.revision_id.unwrap()
}

/// The configuration, once no update of it is in progress.
async fn settled(client: &Client, name: &str) -> GetFunctionConfigurationOutput {
    loop {
        let configuration = get(client, name).await;
        if configuration.last_update_status() != Some(&LastUpdateStatus::InProgress) {
            return configuration;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
