//! Plain variables of functions.

use std::collections::BTreeMap;

use super::literal;
use super::source::Given;
use super::spelling::quoted;
use super::tree::{Form, Member};
use super::{Reader, Source};

impl Reader<'_> {
    /// The variables of `[environment]`, or of one function.
    pub(super) fn environment_of(
        &mut self,
        member: Option<&Member<'_>>,
        function: Option<&str>,
    ) -> BTreeMap<String, Source> {
        let mut environment = BTreeMap::new();
        for variable in self.table(member) {
            let subject = || match function {
                Some(function) => format!("function {}: {}", quoted(function), quoted(variable.key)),
                None => quoted(variable.key),
            };
            if let Err(why) = check_name(variable.key) {
                self.mistakes.add(&variable.key_at, || format!("{} cannot be a variable: {why}", subject()));
            }
            if let Some(source) = self.plain_value(variable, subject) {
                environment.insert(variable.key.to_owned(), source);
            }
        }
        environment
    }

    fn plain_value(&mut self, variable: &Member<'_>, subject: impl Fn() -> String) -> Option<Source> {
        let value = &variable.value;
        if let Given::Env(member) = Given::of(value) {
            return self.variable(&subject(), member);
        }
        match &value.form {
            Form::Text(text) if text.contains('\0') => {
                self.mistakes.add(&value.at, || format!("{}: no variable can hold the character U+0000", subject()));
                None
            }
            Form::Text(_) | Form::Integer(_) | Form::Float(_) | Form::Bool(_) => {
                literal::text_form(value).ok().map(Source::Text)
            }
            _ => {
                self.mistakes.add(&value.at, || {
                    format!("{} must be a string, a number, `true`, `false` or `{{ env = \"NAME\" }}`", subject())
                });
                None
            }
        }
    }
}

/// Why a plain variable cannot have this name.
fn check_name(name: &str) -> Result<(), &'static str> {
    if name.starts_with("SST_") || name == bind_config_manifest::name::ENV_FINGERPRINT {
        return Err("bind-config writes this one itself: bind the function to a secret or a parameter");
    }
    if RESERVED.contains(&name) || name.starts_with("AWS_LAMBDA_") {
        return Err("Lambda sets this one itself, and refuses another value");
    }
    let letter = name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    let rest = name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if letter && rest { Ok(()) } else { Err("Lambda takes a letter, then at least one letter, digit or `_`") }
}

const RESERVED: [&str; 10] = [
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_EXECUTION_ENV",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];
