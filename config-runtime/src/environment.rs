//! The environment, and the only place that reads the process's.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

use bind_config_manifest::name::{ENV_REGION, is_env_var};

/// Names and values to load from: the process's environment, or any pairs of yours.
///
/// Everything that a load reads is in it: the bound values, `SST_APP`, `SST_STAGE`, the `AWS_…` variables
/// with region, credentials and endpoint, and those of the way there (`HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`). Only the chain of the feature `aws-config` (profiles, SSO, instance roles),
/// which comes last, reads the process's environment and its files.
///
/// ```
/// # use bind_config_runtime as bind_config;
/// use bind_config::Environment;
///
/// let environment: Environment = [("SST_APP", "orders"), ("SST_STAGE", "dev")].into_iter().collect();
/// ```
///
/// # Security
///
/// `Debug` prints the names and no value.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    /// Names whose value is not UTF-8: there, and not readable.
    garbled: BTreeSet<String>,
}

impl Environment {
    /// The environment of the process as it is now; empty in a browser, which has none.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
    pub fn process() -> Self {
        // There `vars_os` panics.
        if cfg!(all(target_family = "wasm", target_os = "unknown")) {
            return Environment::default();
        }
        Environment::of(std::env::vars_os())
    }

    /// One variable of the process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
    pub(crate) fn process_setting(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    pub(crate) fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Environment::default();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else { continue };
            // Of two with one name the first counts, as for everybody who calls `getenv`.
            if environment.values.contains_key(&name) || environment.garbled.contains(&name) {
                continue;
            }
            if let Ok(value) = value.into_string() {
                environment.values.insert(name, value);
            } else {
                environment.garbled.insert(name);
            }
        }
        environment
    }

    pub(crate) fn value(&self, name: &str) -> Variable<'_> {
        match self.values.get(name) {
            Some(value) => Variable::Set(value),
            None if self.garbled.contains(name) => Variable::NotUtf8,
            None => Variable::Absent,
        }
    }

    /// A variable that may be meant as that of a binding: of the other kind, or spelled in another way.
    pub(crate) fn near(&self, variable: &str, name: &str) -> Option<&str> {
        const FORMS: [&str; 4] = ["sst_secret_value_", "sst_parameter_value_", "sst_secret_", "sst_parameter_"];
        let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
        let name = plain(name);
        let is_near = |own: &&String| {
            let own_plain = plain(own);
            *own != variable && FORMS.iter().any(|form| own_plain.strip_prefix(form) == Some(&name))
        };
        self.values.keys().find(is_near).map(String::as_str)
    }

    /// The value of a variable for which empty is as good as absent.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The settings that are there and cannot be read: any that a load may ask for, but the bindings, which are reported
    /// one by one.
    pub(crate) fn garbled_settings(&self) -> impl Iterator<Item = String> {
        let is_ours = |name: &str| {
            ["SST_", "BIND_", "AWS_"].iter().any(|start| name.starts_with(start))
                || crate::store::network_variables().any(|own| own == name)
        };
        self.garbled.iter().filter(move |name| is_ours(name) && !is_env_var(name)).cloned()
    }

    /// The region of the store: SST's variable comes first.
    pub(crate) fn region(&self) -> Option<&str> {
        [ENV_REGION, "AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| self.setting(name))
    }
}

/// What a variable holds.
pub(crate) enum Variable<'a> {
    Absent,
    NotUtf8,
    Set(&'a str),
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut environment = Environment::default();
        environment.extend(pairs);
        environment
    }
}

impl<K: Into<String>, V: Into<String>> Extend<(K, V)> for Environment {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (name, value) in pairs {
            let name = name.into();
            self.garbled.remove(&name);
            self.values.insert(name, value.into());
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_the_names_and_no_value() {
        let environment: Environment = [("SST_Secret_value_KEY", "hunter2")].into_iter().collect();

        assert_eq!(format!("{environment:?}"), r#"{"SST_Secret_value_KEY"}"#);
    }

    #[test]
    fn a_variable_of_the_other_kind_or_of_another_spelling_is_near() {
        let near = |own: &'static str| {
            let environment: Environment =
                [("A", "x"), (own, "x"), ("SST_Secret_value_OTHER", "x")].into_iter().collect();
            environment.near("SST_Secret_value_DB_KEY", "DB_KEY") == Some(own)
        };
        for own in
            ["SST_Parameter_value_DB_KEY", "SST_SECRET_VALUE_DB_KEY", "SST_Secret_DB_KEY", "SST_Secret_value_db-key"]
        {
            assert!(near(own), "{own}");
        }
        for own in ["SST_Secret_value_DB_KEY", "SST_Secret_value_KEY", "DB_KEY", "SST_Secret_value_MY_DB_KEY", "SST_"] {
            assert!(!near(own), "{own}");
        }
    }

    #[test]
    fn an_empty_setting_is_an_absent_one() {
        let environment: Environment = [("SST_APP", ""), ("SST_STAGE", "dev")].into_iter().collect();

        assert_eq!(environment.setting("SST_APP"), None);
        assert_eq!(environment.setting("SST_STAGE"), Some("dev"));
        assert_eq!(environment.setting("SST_REGION"), None);
    }

    #[test]
    fn of_two_variables_with_one_name_the_first_counts() {
        let pairs = [("A", "first"), ("A", "second")].map(|(name, value)| (name.into(), value.into()));
        assert!(matches!(Environment::of(pairs).value("A"), Variable::Set("first")));
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_there_and_cannot_be_read() {
        use std::os::unix::ffi::OsStringExt as _;

        let garbled = || OsString::from_vec(b"hunter2\xff".to_vec());
        let names = [
            "SST_Secret_value_KEY",
            "SST_Parameter_value_MAX",
            "SST_STAGE",
            "AWS_REGION",
            "SSL_CERT_FILE",
            "NO_PROXY",
            "PATH",
        ];
        let mut pairs: Vec<(OsString, OsString)> = names.iter().map(|name| (name.into(), garbled())).collect();
        pairs.push(("SST_STAGE".into(), "dev".into()));
        let environment = Environment::of(pairs);

        assert!(matches!(environment.value("SST_Secret_value_KEY"), Variable::NotUtf8));
        // The first of two counts, readable or not.
        assert_eq!(environment.setting("SST_STAGE"), None);
        let settings: Vec<String> = environment.garbled_settings().collect();
        // How to get to AWS is nothing to a program without a store.
        let of_the_way = ["NO_PROXY", "SSL_CERT_FILE"].into_iter().filter(|_| cfg!(feature = "ssm"));
        let expected: Vec<&str> = ["AWS_REGION"].into_iter().chain(of_the_way).chain(["SST_STAGE"]).collect();
        assert_eq!(settings, expected);

        // What is set over it is read.
        let mut environment = environment;
        environment.extend([("SST_STAGE", "dev"), ("AWS_REGION", "eu-1"), ("SSL_CERT_FILE", "/x"), ("NO_PROXY", "*")]);
        assert_eq!((environment.setting("SST_STAGE"), environment.garbled_settings().count()), (Some("dev"), 0));
    }

    #[test]
    fn the_region_is_that_of_sst_then_that_of_aws_then_its_default() {
        let mut environment = Environment::default();
        assert_eq!(environment.region(), None);
        for (name, region) in [("AWS_DEFAULT_REGION", "eu-3"), ("AWS_REGION", "eu-2"), ("SST_REGION", "eu-1")] {
            environment.extend([(name, region)]);
            assert_eq!(environment.region(), Some(region));
        }
        environment.extend([("SST_REGION", "")]);
        assert_eq!(environment.region(), Some("eu-2"));
    }
}
