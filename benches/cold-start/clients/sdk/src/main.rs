//! `sdk one-by-one`: a call per secret, one after the other. `sdk chunks`: ten names a call, all calls at once, as SST does.
//! Both ask the stage, then the fallback for what is missing.

use aws_config::BehaviorVersion;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use contract::Place;
use futures_util::future::try_join_all;

type Values = Vec<(String, String)>;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let fetched = runtime.block_on(async {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let client = Client::new(&config);
        match std::env::args().nth(1).as_deref() {
            Some("one-by-one") => one_by_one(&client).await,
            Some("chunks") => chunks(&client).await,
            _ => panic!("sdk one-by-one, or sdk chunks"),
        }
    });
    contract::finish(fetched.unwrap_or_else(|error| panic!("{error:?}")));
}

async fn one_by_one(client: &Client) -> Result<Values, aws_sdk_ssm::Error> {
    let mut values = Values::new();
    for name in contract::secrets() {
        let value = match value(client, &Place::stage(), &name).await? {
            Some(value) => value,
            None => value(client, &Place::fallback(), &name).await?.expect("a value somewhere"),
        };
        values.push((name, value));
    }
    Ok(values)
}

async fn value(client: &Client, place: &Place, name: &str) -> Result<Option<String>, aws_sdk_ssm::Error> {
    match client.get_parameter().name(place.path(name)).with_decryption(true).send().await {
        Ok(output) => Ok(output.parameter.and_then(|parameter| parameter.value)),
        Err(error) if error.as_service_error().is_some_and(GetParameterError::is_parameter_not_found) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn chunks(client: &Client) -> Result<Values, aws_sdk_ssm::Error> {
    let names = contract::secrets();
    let mut values = wave(client, &Place::stage(), &names).await?;
    let missing: Vec<String> = names.into_iter().filter(|name| values.iter().all(|(found, _)| found != name)).collect();
    values.extend(wave(client, &Place::fallback(), &missing).await?);
    Ok(values)
}

async fn wave(client: &Client, place: &Place, names: &[String]) -> Result<Values, aws_sdk_ssm::Error> {
    let calls = names.chunks(10).map(|names| {
        let paths = names.iter().map(|name| place.path(name)).collect();
        client.get_parameters().set_names(Some(paths)).with_decryption(true).send()
    });
    let found = try_join_all(calls).await?.into_iter().flat_map(|output| output.parameters.unwrap_or_default());
    Ok(found.filter_map(|parameter| Some((place.name(&parameter.name?).to_owned(), parameter.value?))).collect())
}
