//! Names: ids, and the environment variables and SSM paths that are made of them. Nothing about values.
//!
//! The forms are those of SST v2 (`packages/sst/src/config.ts`), so that a function in an app that
//! SST deployed and the SST CLI work on the same parameters.

use std::borrow::Cow;
use std::fmt;

/// What a binding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A plain value that the deployment knows: it is in the function's environment.
    Parameter,
    /// A value that only the store knows: the environment says that it must be fetched.
    Secret,
}

impl Kind {
    /// `parameter` or `secret`, as the manifest spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Parameter => "parameter",
            Kind::Secret => "secret",
        }
    }

    /// `Parameter` or `Secret`, as environment variables and SSM paths spell it.
    const fn segment(self) -> &'static str {
        match self {
            Kind::Parameter => "Parameter",
            Kind::Secret => "Secret",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a text cannot be an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdError {
    /// Not a letter, then up to 127 letters, digits, `_` and `-`.
    Form,
    /// `APP` and `STAGE` are fields of every configuration.
    Taken,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IdError::Form => "names are a letter, then at most 127 letters, digits, `_` and `-`",
            IdError::Taken => "`APP` and `STAGE` are fields of every configuration",
        })
    }
}

impl std::error::Error for IdError {}

/// Checks that `id` can name a secret or a parameter.
///
/// # Errors
///
/// [`IdError::Form`] unless it matches `[A-Za-z][A-Za-z0-9_-]{0,127}`, [`IdError::Taken`] for `APP` and `STAGE`.
pub fn check_id(id: &str) -> Result<(), IdError> {
    let mut bytes = id.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let rest = bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !first || !rest || id.len() > 128 {
        return Err(IdError::Form);
    }
    if id == "APP" || id == "STAGE" {
        return Err(IdError::Taken);
    }
    Ok(())
}

/// The NAME of an id: `-` becomes `_`. Two ids of one app must not fold into one NAME.
pub fn fold(id: &str) -> Cow<'_, str> {
    if id.contains('-') { Cow::Owned(id.replace('-', "_")) } else { Cow::Borrowed(id) }
}

/// The variable that a bound function has for an id: `SST_Secret_value_NAME`.
pub fn env_var(kind: Kind, id: &str) -> String {
    format!("SST_{}_value_{}", kind.segment(), fold(id))
}

/// Whether a variable is that of some binding, or is meant to be: `SST_Secret_…`.
pub fn is_env_var(variable: &str) -> bool {
    let is_of = |kind: Kind| {
        let rest = variable.strip_prefix("SST_").and_then(|rest| rest.strip_prefix(kind.segment()));
        rest.is_some_and(|rest| rest.starts_with('_'))
    };
    is_of(Kind::Parameter) || is_of(Kind::Secret)
}

/// The variable with the app's name.
pub const ENV_APP: &str = "SST_APP";
/// The variable with the stage's name.
pub const ENV_STAGE: &str = "SST_STAGE";
/// The variable with the SSM prefix, taken verbatim.
pub const ENV_SSM_PREFIX: &str = "SST_SSM_PREFIX";
/// The variable with the region; it comes before `AWS_REGION`.
pub const ENV_REGION: &str = "SST_REGION";
/// The variable that makes Lambda start a function anew after a secret has changed: milliseconds since 1970.
pub const ENV_RESTARTED: &str = "SST_ADMIN_SECRET_UPDATED_AT";
/// The variable in which the infra stage puts the fingerprint of the function's bindings.
pub const ENV_FINGERPRINT: &str = "BIND_FINGERPRINT";

/// The SSM prefix where neither the manifest nor the environment names one.
pub const DEFAULT_SSM_PREFIX: &str = "/sst/{app}/{stage}/";

/// Fills `{app}` and `{stage}` of a prefix template. Nothing else is touched.
pub fn expand_prefix(template: &str, app: &str, stage: &str) -> String {
    // One pass: a stage that is called `{app}` stays what it is.
    let mut out = String::with_capacity(template.len() + app.len() + stage.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{app}") {
            out.push_str(app);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("{stage}") {
            out.push_str(stage);
            rest = after;
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// Why a text cannot be the template of an SSM prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixError {
    /// No slash at the start.
    Start,
    /// No slash at the end: SST would glue the prefix to `Secret/…`.
    End,
    /// A character or placeholder other than `{app}`, `{stage}`, letters, digits and `_ . - /`.
    Character,
    /// `//`.
    EmptySegment,
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PrefixError::Start => "an SSM prefix starts with `/`",
            PrefixError::End => "an SSM prefix ends with `/`",
            PrefixError::Character => {
                "an SSM prefix has `{app}`, `{stage}`, letters, digits, `_`, `.`, `-` and `/` only"
            }
            PrefixError::EmptySegment => "an SSM prefix has no `//`",
        })
    }
}

impl std::error::Error for PrefixError {}

/// Checks a prefix template before it is written anywhere.
///
/// # Errors
///
/// A [`PrefixError`] that names the rule: `/` at both ends, no `//`, and `{app}`, `{stage}` or characters of SSM names.
pub fn check_prefix(template: &str) -> Result<(), PrefixError> {
    if !template.starts_with('/') {
        return Err(PrefixError::Start);
    }
    if !template.ends_with('/') {
        return Err(PrefixError::End);
    }
    if template.contains("//") {
        return Err(PrefixError::EmptySegment);
    }
    let filled = template.replace("{app}", "a").replace("{stage}", "s");
    if filled.bytes().all(|byte| is_ssm_byte(byte) || byte == b'/') { Ok(()) } else { Err(PrefixError::Character) }
}

/// Whether `app` can name an app: `[A-Za-z0-9_.-]{1,64}`.
pub fn is_app(app: &str) -> bool {
    (1..=64).contains(&app.len()) && app.bytes().all(is_ssm_byte)
}

/// Whether `stage` can name a stage that the tools create: `[A-Za-z][A-Za-z0-9-]*`. The runtime takes any stage it is given.
pub fn is_stage(stage: &str) -> bool {
    stage.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && stage.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_ssm_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// Where a secret, or a parameter that a function fetches at start, is: `{prefix}Secret/NAME/value`.
pub fn path(prefix: &str, kind: Kind, id: &str) -> String {
    format!("{}{}/value", folder(prefix, kind), fold(id))
}

/// Below what the values of a kind are: `{prefix}Secret/`.
pub fn folder(prefix: &str, kind: Kind) -> String {
    format!("{prefix}{}/", kind.segment())
}

/// Below what the fallbacks of an app's secrets are.
pub fn fallback_folder(app: &str) -> String {
    format!("/sst/{app}/.fallback/Secret/")
}

/// Below what the documentation has the copies of parameters.
pub fn documented_parameter_folder(prefix: &str) -> String {
    format!("{prefix}parameters/")
}

/// The NAME whose value is at `path` below one of the folders; `None` for anything else, deeper paths included.
pub fn name_in<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    let name = path.strip_prefix(folder)?.strip_suffix("/value")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// Where the value of a secret is that the stage does not have: `/sst/{app}/.fallback/Secret/NAME/value`, whatever the prefix.
pub fn fallback_path(app: &str, id: &str) -> String {
    format!("{}{}/value", fallback_folder(app), fold(id))
}

/// Where the SST documentation puts the copy of a parameter: `{prefix}parameters/NAME`. Functions never read it.
pub fn documented_parameter_path(prefix: &str, id: &str) -> String {
    format!("{}{}", documented_parameter_folder(prefix), fold(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_letter_then_letters_digits_underscores_and_hyphens() {
        for id in ["A", "a", "STRIPE_KEY", "db-password", "type", "A1", &"A".repeat(128)] {
            assert_eq!(check_id(id), Ok(()), "{id}");
        }
        for id in ["", "1A", "_A", "-A", "A.B", "A B", "A/B", "É", "A\u{200d}B", "\u{410}", &"A".repeat(129)] {
            assert_eq!(check_id(id), Err(IdError::Form), "{id}");
        }
        assert_eq!(check_id("APP"), Err(IdError::Taken));
        assert_eq!(check_id("STAGE"), Err(IdError::Taken));
        assert_eq!(check_id("app"), Ok(()));
    }

    #[test]
    fn a_variable_of_a_binding_begins_with_its_kind() {
        for variable in ["SST_Secret_value_A", "SST_Parameter_value_A", "SST_Secret_A"] {
            assert!(is_env_var(variable), "{variable}");
        }
        for variable in ["SST_Secretive", "SST_Parameters", "SST_APP", "Secret_value_A", "SST_"] {
            assert!(!is_env_var(variable), "{variable}");
        }
    }

    #[test]
    fn names_are_those_of_sst_v2() {
        assert_eq!(env_var(Kind::Secret, "db-password"), "SST_Secret_value_db_password");
        assert_eq!(env_var(Kind::Parameter, "VERSION"), "SST_Parameter_value_VERSION");
        assert_eq!(path("/sst/orders/dev/", Kind::Secret, "db-password"), "/sst/orders/dev/Secret/db_password/value");
        assert_eq!(path("/sst/orders/dev/", Kind::Parameter, "VERSION"), "/sst/orders/dev/Parameter/VERSION/value");
        assert_eq!(fallback_path("orders", "db-password"), "/sst/orders/.fallback/Secret/db_password/value");
        assert_eq!(documented_parameter_path("/sst/orders/dev/", "VERSION"), "/sst/orders/dev/parameters/VERSION");
    }

    #[test]
    fn a_path_below_a_folder_has_a_name() {
        let stage = folder("/sst/orders/dev/", Kind::Secret);
        assert_eq!(name_in(&stage, &path("/sst/orders/dev/", Kind::Secret, "a-b")), Some("a_b"));
        assert_eq!(name_in(&fallback_folder("orders"), &fallback_path("orders", "A")), Some("A"));
        for other in
            ["/sst/orders/dev/Secret/A/B/value", "/sst/orders/dev/Secret/A", "/sst/orders/dev/Secret//value", "/x"]
        {
            assert_eq!(name_in(&stage, other), None, "{other}");
        }
    }

    #[test]
    fn a_prefix_is_filled_in_one_pass() {
        assert_eq!(expand_prefix(DEFAULT_SSM_PREFIX, "orders", "dev"), "/sst/orders/dev/");
        assert_eq!(expand_prefix("/{stage}/{app}/{x}{/", "a", "{app}"), "/{app}/a/{x}{/");
        assert_eq!(expand_prefix("/custom/", "a", "b"), "/custom/");
    }

    #[test]
    fn a_prefix_template_has_a_slash_at_both_ends_and_only_what_ssm_takes() {
        assert_eq!(check_prefix(DEFAULT_SSM_PREFIX), Ok(()));
        assert_eq!(check_prefix("/"), Ok(()));
        assert_eq!(check_prefix("sst/"), Err(PrefixError::Start));
        assert_eq!(check_prefix("/sst/{app}"), Err(PrefixError::End));
        assert_eq!(check_prefix("/sst//x/"), Err(PrefixError::EmptySegment));
        assert_eq!(check_prefix("/sst/{region}/"), Err(PrefixError::Character));
        assert_eq!(check_prefix("/s st/"), Err(PrefixError::Character));
    }

    #[test]
    fn apps_and_stages_have_forms() {
        assert!(is_app("my.app_1-x") && is_app(&"a".repeat(64)));
        assert!(!is_app("") && !is_app("a/b") && !is_app(&"a".repeat(65)));
        assert!(is_stage("dev") && is_stage("pr-12"));
        assert!(!is_stage("") && !is_stage("1") && !is_stage("a_b") && !is_stage(".fallback"));
    }
}
