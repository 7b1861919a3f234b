//! Where an app's bindings are: SSM paths and environment variables. The same as in `config-manifest/src/name.rs`, on which
//! this crate does not depend.

/// What the environment says of a value that is fetched.
pub(crate) const FETCH: &str = "__FETCH_FROM_SSM__";

/// `/sst/orders/dev/Secret/NAME/value`
pub(crate) fn secret(app: &str, stage: &str, id: &str) -> String {
    path(&prefix(app, stage), "Secret", id)
}

/// `/sst/orders/.fallback/Secret/NAME/value`
pub(crate) fn fallback(app: &str, id: &str) -> String {
    path(&fallback_prefix(app), "Secret", id)
}

/// `/sst/orders/dev/Parameter/NAME/value`
pub(crate) fn parameter(app: &str, stage: &str, id: &str) -> String {
    path(&prefix(app, stage), "Parameter", id)
}

/// `/sst/orders/.fallback/`
pub(crate) fn fallback_prefix(app: &str) -> String {
    format!("/sst/{app}/.fallback/")
}

/// The variable of a stored parameter, for a function of the app and stage.
pub(crate) fn variable(app: &str, stage: &str, path: &str) -> Option<String> {
    let (own, fallback) = (prefix(app, stage), fallback_prefix(app));
    [(&own, "Secret"), (&fallback, "Secret"), (&own, "Parameter")].into_iter().find_map(|(prefix, kind)| {
        let id = path.strip_prefix(prefix)?.strip_prefix(kind)?.strip_prefix('/')?.strip_suffix("/value")?;
        (!id.contains('/')).then(|| format!("SST_{kind}_value_{id}"))
    })
}

fn prefix(app: &str, stage: &str) -> String {
    format!("/sst/{app}/{stage}/")
}

fn path(prefix: &str, kind: &str, id: &str) -> String {
    format!("{prefix}{kind}/{}/value", id.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_back_to_its_variable() {
        let variable = |path: &str| variable("orders", "dev", path);
        assert_eq!(variable(&secret("orders", "dev", "db-key")).unwrap(), "SST_Secret_value_db_key");
        assert_eq!(variable(&fallback("orders", "KEY")).unwrap(), "SST_Secret_value_KEY");
        assert_eq!(variable(&parameter("orders", "dev", "MAX")).unwrap(), "SST_Parameter_value_MAX");
    }

    #[test]
    fn what_is_not_of_the_app_and_stage_has_none() {
        for path in [
            secret("orders", "prod", "KEY"),
            secret("other", "dev", "KEY"),
            "/sst/orders/.fallback/Parameter/MAX/value".to_owned(),
            "/sst/orders/dev/Secret/a/b/value".to_owned(),
            "/sst/orders/dev/Secret/KEY".to_owned(),
            "/sst/orders/dev/parameters/MAX".to_owned(),
        ] {
            assert_eq!(variable("orders", "dev", &path), None, "{path}");
        }
    }
}
