//! Where the values of parameters come from, and whether they are of the type and the shape.

use bind_config_manifest::name::Kind;
use bind_config_manifest::{Binding, Required};

use super::bindings::Declared;
use super::source::{self, Given, ONLY_FOR_JSON, Owner};
use super::spelling::quoted;
use super::{Declaration, Reader, literal};
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
        let value =
            declared.value().and_then(|value| self.source(Owner { id: declared.id(), binding, stage: None }, value));
        Parameter { value, deploy, fetch }
    }

    /// `default` and `example` are text in the manifest, so its reader does not see how they were spelled.
    fn quotes_of_samples(&mut self, declared: &Declared<'_>, binding: &Binding) {
        for member in ["default", "example"].into_iter().filter_map(|key| declared.key(key)) {
            let subject = || format!("{}: `{}`", quoted(declared.id()), member.key);
            match Given::of(&member.value) {
                Given::Json(json) if !source::is_json(&binding.ty) => {
                    self.mistakes.add(&json.key_at, || format!("{}: {ONLY_FOR_JSON}", subject()));
                }
                // What has no text form has been said.
                Given::Literal(node) if literal::text_form(node).is_ok() => {
                    if let Some(expected) = literal::needs_quotes(&binding.ty, node) {
                        self.mistakes.add(&node.at, || format!("{} must be {expected}, in quotes", subject()));
                    }
                }
                _ => {}
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

const NO_VALUE: &str = "has no value: give it a `value`, or one in each stage (`[stages.NAME.parameters]`), or write \
                        `deploy = true` if whoever deploys gives it";
