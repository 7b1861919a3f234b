//! `PutParameter`, `GetParameter`, `GetParameters`, `DeleteParameter(s)` through the real SDK, each refusal with its text.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

#[path = "../sdk/mod.rs"]
mod sdk;

/// A `PutParameter` with the members every test gives.
macro_rules! put {
    ($client:expr, $name:expr, $value:expr) => {
        $client.put_parameter().name($name).value($value).r#type(ParameterType::SecureString)
    };
}

mod get;
mod put;

const NAME_RULE: &str = "ValidationException: Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as \
    a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers \
    and the following 3 symbols .-_";
