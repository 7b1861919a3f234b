//! What stands as a value: a literal, or a table that says where the value is. A table is never the value itself: a source
//! that is misspelled, or that only a later version knows, would be JSON that nobody meant.

use bind_config_manifest::value::Scalar;
use bind_config_manifest::{Binding, ValueType, nearest};

use super::bindings::KEYS_OF_PARAMETERS;
use super::spelling::{did_you_mean, quoted};
use super::tree::{Member, Node};
use super::{Reader, Source, draft, is_extension, literal};

/// What stands as a value.
pub(super) enum Given<'t> {
    /// The value itself.
    Literal(&'t Node<'t>),
    /// `{ env = "NAME" }`
    Env(&'t Member<'t>),
    /// `{ json = … }`
    Json(&'t Member<'t>),
    /// A table that says neither.
    Nothing(Vec<&'t Member<'t>>),
}

impl<'t> Given<'t> {
    pub(super) fn of(node: &'t Node<'t>) -> Given<'t> {
        match node.members() {
            Some(members) => Given::among(members.iter().collect()),
            None => Given::Literal(node),
        }
    }

    fn among(members: Vec<&'t Member<'t>>) -> Given<'t> {
        match *members {
            [member] if member.key == "env" => Given::Env(member),
            [member] if member.key == "json" => Given::Json(member),
            _ => Given::Nothing(members),
        }
    }

    /// Whether it is JSON by its form; what stands in a table that says nothing may be meant as such.
    pub(super) fn is_json(&self) -> bool {
        match self {
            Given::Literal(_) | Given::Env(_) => false,
            Given::Json(_) => true,
            Given::Nothing(members) => members.iter().all(|member| nearest(member.key, SOURCES) != Some("env")),
        }
    }
}

/// Whose value it is.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) id: &'a str,
    /// There unless it has a mistake of its own.
    pub(super) binding: Option<&'a Binding>,
    /// The stage whose own value it is.
    pub(super) stage: Option<&'a str>,
}

impl Owner<'_> {
    fn subject(self) -> String {
        match self.stage {
            Some(stage) => format!("stage {}: {}", quoted(stage), quoted(self.id)),
            None => quoted(self.id),
        }
    }

    fn value(self) -> String {
        match self.stage {
            Some(stage) => format!("{}: the value in stage {}", quoted(self.id), quoted(stage)),
            None => format!("{}: the value", quoted(self.id)),
        }
    }
}

impl Reader<'_> {
    /// A value, or where it is. A literal is checked.
    pub(super) fn source(&mut self, owner: Owner<'_>, value: &Node<'_>) -> Option<Source> {
        self.given(owner, value, Given::of(value), &SOURCES)
    }

    /// What `[stages.NAME.parameters]` has of a parameter: the same, or the form that it has in `[parameters]`.
    pub(super) fn source_in_a_stage(&mut self, owner: Owner<'_>, value: &Node<'_>) -> Option<Source> {
        let Some(members) = value.members() else { return self.source(owner, value) };
        let is_of_parameters = |key: &str| key != "value" && (is_extension(key) || KEYS_OF_PARAMETERS.contains(&key));
        let (elsewhere, rest): (Vec<_>, Vec<_>) = members.iter().partition(|member| is_of_parameters(member.key));
        for member in &elsewhere {
            self.mistakes.add(&member.key_at, || match member.key {
                "deploy" => format!("{}: {DEPLOY}", owner.subject()),
                key => format!("{}: {} {ELSEWHERE}", owner.subject(), quoted(key)),
            });
        }
        match *rest {
            [] if !elsewhere.is_empty() => None,
            [member] if member.key == "value" => self.source(owner, &member.value),
            _ => self.given(owner, value, Given::among(rest), &SOURCES_IN_A_STAGE),
        }
    }

    fn given(&mut self, owner: Owner<'_>, value: &Node<'_>, given: Given<'_>, keys: &[&str]) -> Option<Source> {
        let (node, text) = match given {
            Given::Env(member) => return self.variable(&quoted(owner.id), member),
            Given::Literal(node) => (node, literal::text_form(node)),
            Given::Json(member) => {
                if owner.binding.is_some_and(|binding| !is_json(&binding.ty)) {
                    self.mistakes.add(&member.key_at, || format!("{}: {ONLY_FOR_JSON}", owner.subject()));
                    return None;
                }
                (&member.value, literal::json(&member.value))
            }
            Given::Nothing(members) => {
                self.no_source(owner, value, &members, keys);
                return None;
            }
        };
        let text = match text {
            Ok(text) => text,
            Err((at, why)) => {
                self.mistakes.add(&at, || format!("{}: {why}", owner.value()));
                return None;
            }
        };
        if let Some(binding) = owner.binding {
            self.check(node, &text, binding, owner);
        }
        Some(Source::Text(text))
    }

    /// A table that is no value: one mistake, whatever stands in it.
    fn no_source(&mut self, owner: Owner<'_>, value: &Node<'_>, members: &[&Member<'_>], keys: &[&str]) {
        for (source, and_more) in [("env", ENV_AND_MORE), ("json", JSON_AND_MORE)] {
            if let Some(member) = members.iter().find(|member| member.key == source) {
                return self.mistakes.add(&member.key_at, || format!("{}: {and_more}", owner.subject()));
            }
        }
        let mut unknown = members.iter().filter(|member| !keys.contains(&member.key));
        let Some(member) = unknown.next() else {
            return self.mistakes.add(&value.at, || format!("{}: {EMPTY}", owner.subject()));
        };
        self.mistakes.add(&member.key_at, || {
            let hint = did_you_mean(member.key, keys.iter().copied());
            let hint = if hint.is_empty() { ": sources are `env` and `json`;" } else { &hint };
            format!("{}: unknown source {}{hint} {WRITE_JSON}", owner.subject(), quoted(member.key))
        });
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

    fn check(&mut self, value: &Node<'_>, text: &str, binding: &Binding, owner: Owner<'_>) {
        if let Some(expected) = literal::needs_quotes(&binding.ty, value) {
            self.mistakes.add(&value.at, || format!("{} must be {expected}, in quotes", owner.value()));
        } else if let Err(misfit) = binding.check(text) {
            let at = literal::misfit_at(&binding.ty, value);
            self.mistakes.add(&at, || format!("{} {}", owner.value(), draft::in_toml(&misfit.to_string())));
        } else if text.contains('\0') {
            self.mistakes.add(&value.at, || format!("{}: no variable can hold the character U+0000", owner.value()));
        } else if text.chars().nth(MOST_CHARACTERS).is_some() {
            self.mistakes.add(&value.at, || {
                format!("{} has more than 8,192 characters, which no parameter in SSM can have", owner.value())
            });
        }
    }
}

/// Whether values of this type are written as `{ json = … }`.
pub(super) fn is_json(ty: &ValueType) -> bool {
    matches!(ty, ValueType::Scalar(Scalar::Json))
}

fn is_variable(name: &str) -> bool {
    let first = name.as_bytes().first();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const SOURCES: [&str; 2] = ["env", "json"];
/// What a table in a stage may have for its one key.
const SOURCES_IN_A_STAGE: [&str; 3] = ["env", "json", "value"];

/// What an advanced parameter of SSM can hold.
const MOST_CHARACTERS: usize = 8_192;

const WRITE_JSON: &str = "JSON is written as `{ json = … }`";
const ENV_AND_MORE: &str = "`{ env = \"NAME\" }` has no other keys; JSON is written as `{ json = … }`";
const JSON_AND_MORE: &str = "`{ json = … }` has no other keys: all of the JSON stands under `json`";
const EMPTY: &str = "an empty table is no value: write `{ env = \"NAME\" }`, or JSON as `{ json = … }`";
pub(super) const ONLY_FOR_JSON: &str =
    "`{ json = … }` is for the type `json`: say `type = \"json\"`, or write the value without `json`";
const DEPLOY: &str = "whoever deploys gives the value of a parameter in every stage that has none of its own: say `deploy = \
                      true` in `[parameters]` and leave it out here";
const ELSEWHERE: &str = "belongs to `[parameters]`: a stage has only the value";
