//! What a user writes.

use std::process::ExitCode;

bind_config::bind_config!("bindings.json");

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> ExitCode {
    match CONFIG.load().await {
        Ok(config) => match crate::say(&table(config)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("Error: the table cannot be printed: {error}");
                ExitCode::FAILURE
            }
        },
        Err(report) => {
            eprintln!("Error: {report}");
            ExitCode::FAILURE
        }
    }
}

/// The configuration as a table: parameters with their values, secrets without.
fn table(config: &Config) -> String {
    let mut lines = vec![format!("{} on {}, version {}\n", config.APP, config.STAGE, config.VERSION)];
    lines.push(format!("{:16}  {:9}  {:22}  {:9}  VALUE", "NAME", "KIND", "TYPE", "SOURCE"));
    let parameters = parameters(config);
    for field in CONFIG.sources().fields() {
        let value = parameters.iter().find(|(name, _)| *name == field.name).map_or("•••", |(_, value)| value);
        let value = if field.origin.place().is_some() { value } else { "-" };
        let source = field.origin.as_str();
        lines.push(format!("{:16}  {:9}  {:22}  {source:9}  {value}", field.name, field.kind, field.ty));
    }
    // Each field has its own type, and `expose_secret` is the only way to a secret.
    let tokens: &Vec<String> = config.API_TOKENS.expose_secret();
    lines.push(format!("\nThe Stripe key has {} characters.", config.STRIPE_KEY.expose_secret().len()));
    lines.push(format!("{} partners have tokens.", tokens.len()));
    lines.push(format!("The database password has {} characters.", config.db_password.expose_secret().len()));
    lines.push(format!("The partner key has {} characters.", config.PARTNER_KEY.expose_secret().len()));
    let errors = if config.SENTRY_DSN.is_some() { "reported" } else { "not reported in this stage" };
    lines.push(format!("Errors are {errors}."));
    lines.push("\n`cargo run -p quickstart -- --missing` shows a start that fails.".to_owned());
    lines.join("\n")
}

fn parameters(config: &Config) -> [(&'static str, String); 16] {
    [
        ("BASE_URL", config.BASE_URL.to_string()),
        ("BETA_CHECKOUT", config.BETA_CHECKOUT.to_string()),
        ("CACHE_SHARDS", config.CACHE_SHARDS.to_string()),
        ("CENTS_OFFSET", config.CENTS_OFFSET.to_string()),
        ("DELIVERY_ZONES", format!("{:?}", config.DELIVERY_ZONES)),
        ("FEATURES", config.FEATURES.to_string()),
        ("LATITUDE", config.LATITUDE.to_string()),
        ("LOG_LEVEL", config.LOG_LEVEL.to_string()),
        ("MAX_BODY", config.MAX_BODY.to_string()),
        ("MAX_ITEMS", config.MAX_ITEMS.to_string()),
        ("PORT", config.PORT.to_string()),
        ("SAMPLE_RATE", config.SAMPLE_RATE.to_string()),
        ("TIMEOUT", format!("{:?}", config.TIMEOUT)),
        ("TIMEZONE_OFFSET", config.TIMEZONE_OFFSET.to_string()),
        ("VERSION", config.VERSION.clone()),
        ("WAREHOUSE", config.WAREHOUSE.to_string()),
    ]
}
