//! Where the values of parameters come from, and whether they are of the type and the shape.

use bind_config_manifest::name::Kind;
use bind_config_manifest::{Binding, Required};

use super::bindings::Declared;
use super::draft;
use super::literal;
use super::spelling::quoted;
use super::tree::{Member, Node};
use super::{Declaration, Reader, Source};
use crate::declaration::{Parameter, Value};

impl Reader<'_> {
    /// Fills the parameters with what `[parameters]` says of them.
    pub(super) fn parameters(&mut self, declared: &[Declared<'_>], declaration: &mut Declaration) {
        for declared in declared {
            let binding = declaration.manifest.bindings.get(declared.id());
            if let Some(binding) = binding {
                self.quotes_of_samples(declared, binding);
            }
            if declared.kind == Kind::Parameter {
                let parameter = self.origin(declared, binding);
                declaration.parameters.insert(declared.id().to_owned(), parameter);
            }
        }
    }

    fn origin(&mut self, declared: &Declared<'_>, binding: Option<&Binding>) -> Parameter {
        let [deploy, fetch] = ["deploy", "fetch"].map(|key| {
            declared.key(key).is_some_and(|member| {
                let flag = member.value.boolean();
                if flag.is_none() {
                    let id = quoted(declared.id());
                    self.mistakes.add(&member.value.at, || format!("{id}: `{key}` must be `true` or `false`"));
                }
                flag.unwrap_or_default()
            })
        });
        if deploy && let Some(value) = declared.key("value") {
            self.mistakes.add(&value.key_at, || {
                let id = quoted(declared.id());
                format!("{id}: `deploy = true` says that whoever deploys gives the value: remove one of them")
            });
        }
        let value = declared.value().and_then(|value| self.source(declared.id(), value, binding, None));
        Parameter { value, deploy, fetch }
    }

    /// A value, or where it is. A literal is checked; the binding is there unless it has a mistake of its own.
    pub(super) fn source(
        &mut self,
        id: &str,
        value: &Node<'_>,
        binding: Option<&Binding>,
        stage: Option<&str>,
    ) -> Option<Source> {
        if let Some(member) = literal::env(value) {
            return self.variable(&quoted(id), member);
        }
        if let Some(env) = value.member("env") {
            self.mistakes.add(&env.key_at, || format!("{}: {ENV_AND_MORE}", quoted(id)));
            return None;
        }
        let what = || stage.map_or("the value".to_owned(), |stage| format!("the value in stage {}", quoted(stage)));
        let text = match literal::text_form(value) {
            Ok(text) => text,
            Err((at, why)) => {
                self.mistakes.add(&at, || format!("{}: {}: {why}", quoted(id), what()));
                return None;
            }
        };
        if let Some(binding) = binding {
            self.check(value, &text, binding, || format!("{}: {}", quoted(id), what()));
        }
        Some(Source::Text(text))
    }

    /// `{ env = "NAME" }`
    pub(super) fn variable(&mut self, subject: &str, member: &Member<'_>) -> Option<Source> {
        let at = &member.value.at;
        let Some(variable) = member.value.text().filter(|text| is_variable(text)) else {
            self.mistakes.add(at, || {
                format!(
                    "{subject}: `env` must be the name of a variable: a letter or `_`, then letters, digits and `_`"
                )
            });
            return None;
        };
        Some(Source::Env { variable: variable.to_owned(), place: self.columns.place(at.start) })
    }

    fn check(&mut self, value: &Node<'_>, text: &str, binding: &Binding, what: impl Fn() -> String) {
        if let Some(expected) = literal::needs_quotes(&binding.ty, value) {
            self.mistakes.add(&value.at, || format!("{} must be {expected}, in quotes", what()));
        } else if let Err(misfit) = binding.check(text) {
            let at = literal::misfit_at(&binding.ty, value);
            self.mistakes.add(&at, || format!("{} {}", what(), draft::in_toml(&misfit.to_string())));
        } else if text.contains('\0') {
            self.mistakes.add(&value.at, || format!("{}: no variable can hold the character U+0000", what()));
        } else if text.chars().nth(MOST_CHARACTERS).is_some() {
            self.mistakes.add(&value.at, || {
                format!("{} has more than 8,192 characters, which no parameter in SSM can have", what())
            });
        }
    }

    /// `default` and `example` are text in the manifest, so its reader does not see how they were spelled.
    fn quotes_of_samples(&mut self, declared: &Declared<'_>, binding: &Binding) {
        for member in ["default", "example"].into_iter().filter_map(|key| declared.key(key)) {
            // What has no text form has been said.
            if let Some(expected) = literal::needs_quotes(&binding.ty, &member.value)
                && literal::text_form(&member.value).is_ok()
            {
                self.mistakes.add(&member.value.at, || {
                    format!("{}: `{}` must be {expected}, in quotes", quoted(declared.id()), member.key)
                });
            }
        }
    }

    /// Parameters that are required where nobody says what they are.
    pub(super) fn values_that_nobody_gives(&mut self, declared: &[Declared<'_>], declaration: &Declaration) {
        for declared in declared.iter().filter(|declared| declared.kind == Kind::Parameter) {
            let id = declared.id();
            // Of one with a mistake nobody knows where it is required, and a key that is unknown may have been the value.
            let binding = declaration.manifest.bindings.get(id).filter(|_| !declared.has_unknown_keys());
            let Some(binding) = binding else { continue };
            let of_a_stage = |stage: &str| !matches!(declaration.value(id, stage), Value::Nowhere);
            let missing = match &binding.required {
                Required::Never => false,
                Required::Always => !declared_anywhere(declared, declaration),
                Required::In(stages) => {
                    let missing: Vec<_> = stages.iter().filter(|stage| !of_a_stage(stage)).map(|s| quoted(s)).collect();
                    if !missing.is_empty() && declared_anywhere(declared, declaration) {
                        self.mistakes.add(&declared.member.key_at, || {
                            format!("{}: required in {}, but it has no value there", quoted(id), missing.join(", "))
                        });
                    }
                    !missing.is_empty() && !declared_anywhere(declared, declaration)
                }
            };
            if missing {
                self.mistakes.add(&declared.member.key_at, || format!("{} {NO_VALUE}", quoted(id)));
            }
        }
    }
}

/// Whether a parameter has a value in some stage, good or not.
fn declared_anywhere(declared: &Declared<'_>, declaration: &Declaration) -> bool {
    let deploy = declared.key("deploy").is_some_and(|member| member.value.boolean() != Some(false));
    deploy
        || declared.value().is_some()
        || declaration.stages.values().any(|stage| stage.parameters.contains_key(declared.id()))
}

fn is_variable(name: &str) -> bool {
    let first = name.as_bytes().first();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What an advanced parameter of SSM can hold.
const MOST_CHARACTERS: usize = 8_192;

const NO_VALUE: &str = "has no value: give it a `value`, or one in each stage (`[stages.NAME.parameters]`), or write \
                        `deploy = true` if whoever deploys gives it";
const ENV_AND_MORE: &str =
    "`{ env = \"NAME\" }` has no other keys; JSON that has a key `env` is written as a text in quotes";
