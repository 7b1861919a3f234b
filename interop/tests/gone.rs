//! Stores that were there. In a process of its own: a server of another test could take the port.

use bind_config::{Environment, LoadError};
use bind_config_interop::Store;

bind_config::bind_config!(
    #[allow(dead_code)]
    "bindings.json",
    function = "texts"
);

async fn failed(environment: &Environment) -> LoadError {
    Config::load_from(environment).await.unwrap_err()
}

#[tokio::test]
async fn a_store_that_is_gone_is_unreachable() {
    let gone = Store::all().map(|store| {
        let mut variables = store.variables("interop", "dev");
        for (name, value) in [
            ("SST_Secret_value_API_KEY", "__FETCH_FROM_SSM__"),
            ("SST_Secret_value_DB_PASSWORD", "__FETCH_FROM_SSM__"),
            ("SST_Secret_value_GREETING", "__FETCH_FROM_SSM__"),
            ("SST_Parameter_value_CATALOG", "small"),
            // Eight seconds of patience, not twenty.
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ] {
            variables.push((name.to_owned(), value.to_owned()));
        }
        (store.name(), store.endpoint(), variables.into_iter().collect::<Environment>())
    });

    let [local, moto, ministack] = &gone;
    let errors = tokio::join!(failed(&local.2), failed(&moto.2), failed(&ministack.2));

    for ((name, endpoint, _), error) in gone.iter().zip([errors.0, errors.1, errors.2]) {
        assert_eq!(
            error.to_string(),
            format!(
                "\
the configuration could not be loaded (function `texts`, app `interop`, stage `dev`, region `us-east-1`)

API_KEY, DB_PASSWORD, GREETING: the store could not be reached: {endpoint}
  it had 8 seconds; check the network and proxies on the way, AWS_REGION and AWS_ENDPOINT_URL_SSM; a function in a VPC needs \
a NAT gateway or a VPC endpoint for SSM"
            ),
            "{name}"
        );
        assert!(error.is_retryable(), "{name}");
    }
}
