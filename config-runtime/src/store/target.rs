//! Whom a start asks, and as whom: region, endpoint, roots and credentials of the environment.

use aws_credential_types::Credentials;
use http::Uri;

use super::fetch::Fault;
use super::http::{Http, HttpError};
use super::{client_of_start, credentials, endpoint};
use crate::environment::Environment;
use crate::problem::ProblemKind;

/// The store of one start.
pub(super) struct Target {
    pub(super) region: String,
    /// Where the environment says that it is, else where AWS has it. `None` where that is nothing that can be asked.
    pub(super) uri: Option<Uri>,
    pub(super) credentials: Credentials,
    pub(super) http: Http,
    /// What it is called in messages.
    pub(super) name: String,
}

impl Target {
    pub(super) async fn of(environment: &Environment) -> Result<Self, ProblemKind> {
        let region = match environment.region() {
            Some(region) => region.to_owned(),
            None => credentials::region_of_chain(environment).await.ok_or(ProblemKind::NoRegion)?,
        };
        let url = endpoint_url(environment)?;
        let http = client_of_start(environment, url.is_none_or(|url| !url.starts_with("http://")))?;
        let is_on = |name| is_on(environment, name);
        let of_aws = || endpoint::of_ssm(&region, is_on("AWS_USE_FIPS_ENDPOINT"), is_on("AWS_USE_DUALSTACK_ENDPOINT"));
        let uri = url.map(str::to_owned).or_else(of_aws).and_then(|url| Uri::try_from(url).ok());
        let mut name = url.map_or_else(|| format!("SSM in {region}"), endpoint::shown);
        if let Some(uri) = &uri
            && let Some(way) = http.way_to(uri)?
        {
            name = format!("{name} (through {way})");
        }
        Ok(Target { uri, credentials: credentials::of(environment).await?, http, name, region })
    }

    /// Why the store gave no answer.
    pub(super) fn fault(&self, error: &HttpError) -> Fault {
        let endpoint = self.name.clone();
        match error {
            HttpError::TimedOut(_) => Fault::Transient(ProblemKind::TimedOut { endpoint }),
            HttpError::Failed(_) => Fault::Transient(ProblemKind::Unreachable { endpoint }),
            lasting => Fault::Permanent(lasting.lasting(&endpoint).unwrap_or_else(|| self.impossible())),
        }
    }

    /// Nothing was sent: what the environment says cannot be made into a request.
    pub(super) fn impossible(&self) -> ProblemKind {
        let reason = format!("no request could be made for {}: check region, endpoint and credentials", self.name);
        ProblemKind::Client { reason }
    }
}

fn endpoint_url(environment: &Environment) -> Result<Option<&str>, ProblemKind> {
    if is_on(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
        return Ok(None);
    }
    let named = |name: &'static str| Some((name, environment.setting(name)?));
    let Some((name, url)) = ["AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL"].into_iter().find_map(named) else {
        return Ok(None);
    };
    if endpoint::host(url).is_none() {
        return Err(ProblemKind::BadEndpoint { variable: name });
    }
    Ok(Some(url))
}

fn is_on(environment: &Environment, name: &str) -> bool {
    environment.setting(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_endpoint_is_of_the_kind_that_the_environment_asks_for() {
        for (setting, expected) in [
            ("AWS_NOTHING", "https://ssm.eu-west-1.amazonaws.com/"),
            ("AWS_USE_FIPS_ENDPOINT", "https://ssm-fips.eu-west-1.amazonaws.com/"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "https://ssm.eu-west-1.api.aws/"),
        ] {
            let mut environment: Environment = [
                ("AWS_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", "k"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
                (setting, "true"),
            ]
            .into_iter()
            .collect();
            assert_eq!(Target::of(&environment).await.unwrap().uri.unwrap(), expected, "{setting}");

            // A URL of one's own is that one.
            environment.extend([("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")]);
            assert_eq!(Target::of(&environment).await.unwrap().uri.unwrap(), "http://127.0.0.1:1", "{setting}");
        }
    }

    #[test]
    fn configured_endpoints_can_be_ignored() {
        let mut environment: Environment = [("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")].into_iter().collect();
        assert_eq!(endpoint_url(&environment), Ok(Some("http://127.0.0.1:1")));

        environment.extend([("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True")]);
        assert_eq!(endpoint_url(&environment), Ok(None));

        environment.extend([("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")]);
        assert_eq!(endpoint_url(&environment), Ok(Some("http://127.0.0.1:1")));
    }
}
