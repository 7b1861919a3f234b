//! What `[secrets]` and `[parameters]` declare, as it goes into the manifest. Values of parameters are elsewhere.

use std::collections::HashMap;

use bind_config_manifest::name::Kind;

use super::draft::Draft;
use super::literal::{self, Inferred};
use super::source::Given;
use super::spelling::{quoted, unknown_key};
use super::tree::{Form, Member, Node};
use super::{Reader, find, is_extension};

/// A secret or a parameter, as it stands in the file.
pub(super) struct Declared<'t> {
    pub(super) kind: Kind,
    pub(super) member: &'t Member<'t>,
}

impl<'t> Declared<'t> {
    pub(super) fn id(&self) -> &'t str {
        self.member.key
    }

    /// The value of a parameter: what its key is set to, or `value` in its table.
    pub(super) fn value(&self) -> Option<&'t Node<'t>> {
        match self.member.value.members() {
            Some(members) => find(members, "value").map(|member| &member.value),
            None => Some(&self.member.value),
        }
    }

    /// Whether its table has keys that none has.
    pub(super) fn has_unknown_keys(&self) -> bool {
        let known = |key: &str| is_extension(key) || KEYS_OF_PARAMETERS.contains(&key);
        self.member.value.members().is_some_and(|members| members.iter().any(|member| !known(member.key)))
    }

    /// A key of its table.
    pub(super) fn key(&self, key: &str) -> Option<&'t Member<'t>> {
        self.member.value.member(key)
    }
}

impl Reader<'_> {
    /// The secrets and parameters, in the order of the text, each name once.
    pub(super) fn declared<'t>(&mut self, root: &'t [Member<'t>]) -> Vec<Declared<'t>> {
        let mut all = Vec::new();
        for (table, kind) in [("secrets", Kind::Secret), ("parameters", Kind::Parameter)] {
            let members = self.table(find(root, table));
            all.extend(members.iter().map(|member| Declared { kind, member }));
        }
        all.sort_by_key(|declared| declared.member.key_at.start);
        let mut kinds: HashMap<&str, Kind> = HashMap::with_capacity(all.len());
        all.retain(|declared| {
            let Some(first) = kinds.get(declared.id()) else {
                kinds.insert(declared.id(), declared.kind);
                return true;
            };
            self.mistakes.add(&declared.member.key_at, || {
                format!("{} is declared as a {first} already: a name is the one or the other", quoted(declared.id()))
            });
            false
        });
        all
    }

    /// The manifest's `bindings`.
    pub(super) fn bindings(&mut self, declared: &[Declared<'_>], draft: &mut Draft) {
        draft.key("bindings", &(0..0));
        draft.open('{', &(0..0));
        for Declared { kind, member } in declared {
            draft.key(member.key, &member.key_at);
            draft.open('{', &member.value.at);
            draft.key("kind", &member.key_at);
            draft.text(kind.as_str(), &member.key_at);
            match kind {
                Kind::Secret => self.secret(member, draft),
                Kind::Parameter => self.parameter(member, draft),
            }
            draft.close('}');
        }
        draft.close('}');
    }

    fn secret(&mut self, secret: &Member<'_>, draft: &mut Draft) {
        match &secret.value.form {
            Form::Text(docs) if looks_like_a_value(docs) => self.about(secret, &secret.value, LIKE_A_VALUE),
            Form::Text(docs) => {
                draft.key("docs", &secret.key_at);
                draft.text(docs, &secret.value.at);
            }
            Form::Table(members) => {
                for member in members {
                    self.key_of_a_secret(secret, member, draft);
                }
            }
            _ => self.about(secret, &secret.value, NO_SECRET),
        }
    }

    fn key_of_a_secret(&mut self, secret: &Member<'_>, member: &Member<'_>, draft: &mut Draft) {
        match member.key {
            "example" => self.sample(secret, member, draft),
            "docs" | "type" | "shape" | "required" | "fallback" | "deprecated" => draft.member(member),
            "deploy" | "fetch" => self.mistakes.add(&member.key_at, || {
                format!("{}: `{}` is for parameters: functions always fetch a secret", quoted(secret.key), member.key)
            }),
            key if is_extension(key) => self.extension(member, draft),
            key if ["value", "default", "env"].iter().any(|value| key.eq_ignore_ascii_case(value)) => {
                self.value_of_a_secret(secret.key, member);
            }
            key => self.mistakes.add(&member.key_at, || {
                format!("{}: {}", quoted(secret.key), unknown_key(key, &KEYS_OF_SECRETS, true))
            }),
        }
    }

    /// A secret's value, wherever it stands.
    pub(super) fn value_of_a_secret(&mut self, id: &str, member: &Member<'_>) {
        self.mistakes.add(&member.key_at, || {
            format!(
                "{}: a secret has no value in `bind.toml`: remove it; if it is a real one, replace it where it is in use, \
                 then `bind-config secrets set {}`",
                quoted(id),
                if bind_config_manifest::name::check_id(id).is_ok() { id } else { "NAME" }
            )
        });
    }

    fn parameter(&mut self, parameter: &Member<'_>, draft: &mut Draft) {
        let Some(members) = parameter.value.members() else {
            // `[[parameters.A]]` is a list of tables to TOML, and a typing mistake to everybody else.
            if parameter.value.items().is_some() && parameter.value.at == parameter.key_at {
                self.about(parameter, &parameter.value, BRACKETS);
            }
            return self.inferred_type(parameter, &parameter.value, draft);
        };
        if find(members, "type").is_none()
            && let Some(value) = find(members, "value")
        {
            match Given::of(&value.value) {
                Given::Literal(literal) => self.inferred_type(parameter, literal, draft),
                given if given.is_json() => {
                    draft.key("type", &value.value.at);
                    draft.text("json", &value.value.at);
                }
                _ => {}
            }
        }
        for member in members {
            self.key_of_a_parameter(parameter, member, draft);
        }
    }

    fn key_of_a_parameter(&mut self, parameter: &Member<'_>, member: &Member<'_>, draft: &mut Draft) {
        match member.key {
            "value" | "deploy" | "fetch" => {}
            "default" | "example" => self.sample(parameter, member, draft),
            "type" | "docs" | "shape" | "required" | "deprecated" | "fallback" => draft.member(member),
            key if is_extension(key) => self.extension(member, draft),
            "env" => self.mistakes.add(&member.key_at, || {
                format!("{}: write `{{ value = {{ env = \"NAME\" }} }}`", quoted(parameter.key))
            }),
            "json" => self
                .mistakes
                .add(&member.key_at, || format!("{}: write `{{ value = {{ json = … }} }}`", quoted(parameter.key))),
            key => self.mistakes.add(&member.key_at, || {
                format!("{}: {}", quoted(parameter.key), unknown_key(key, &KEYS_OF_PARAMETERS, true))
            }),
        }
    }

    /// `default` or `example`: in the manifest it is text.
    fn sample(&mut self, binding: &Member<'_>, member: &Member<'_>, draft: &mut Draft) {
        let text = match Given::of(&member.value) {
            Given::Literal(literal) => literal::text_form(literal),
            Given::Json(json) => literal::json(&json.value),
            Given::Env(_) | Given::Nothing(_) => Err((member.value.at.clone(), NO_SAMPLE)),
        };
        match text {
            Ok(text) => {
                draft.key(member.key, &member.key_at);
                draft.text(&text, &member.value.at);
            }
            Err((at, why)) => {
                self.mistakes.add(&at, || format!("{}: `{}`: {why}", quoted(binding.key), member.key));
            }
        }
    }

    fn inferred_type(&mut self, parameter: &Member<'_>, value: &Node<'_>, draft: &mut Draft) {
        let at = &value.at;
        draft.key("type", at);
        match literal::infer(value) {
            Inferred::Scalar(scalar) => draft.text(scalar.as_str(), at),
            Inferred::List(scalar) => {
                draft.open('{', at);
                draft.key("list", at);
                draft.text(scalar.as_str(), at);
                draft.close('}');
            }
            Inferred::Mixed => {
                draft.text("json", at);
                self.about(parameter, value, MIXED);
            }
        }
    }

    fn about(&mut self, binding: &Member<'_>, value: &Node<'_>, message: &str) {
        self.mistakes.add(&value.at, || format!("{}: {message}", quoted(binding.key)));
    }
}

/// Whether what stands where a description is expected is more like a value.
pub(crate) fn looks_like_a_value(text: &str) -> bool {
    // Keys are ASCII. Of other scripts some have no blanks between words.
    let one_word = text.len() >= 12 && text.is_ascii() && !text.contains(char::is_whitespace);
    let start = text.trim_start();
    one_word || PREFIXES.iter().any(|prefix| start.starts_with(prefix)) || has_password(start)
}

/// `postgres://user:password@host`
fn has_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
    !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+') && host.contains('@')
}

/// How the keys of well-known services start.
const PREFIXES: [&str; 21] = [
    "sk_",
    "sk-",
    "pk_live_",
    "rk_",
    "whsec_",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "npm_",
    "AIza",
    "SG.",
    "eyJ",
    "shpat_",
    "-----BEGIN",
];

const KEYS_OF_SECRETS: [&str; 7] = ["docs", "type", "shape", "required", "fallback", "example", "deprecated"];
pub(super) const KEYS_OF_PARAMETERS: [&str; 10] =
    ["value", "type", "docs", "shape", "required", "default", "example", "deprecated", "deploy", "fetch"];

const LIKE_A_VALUE: &str = "this looks like a value, not a description: remove it, and if it is a real one, replace it where \
                            it is in use; if it is a description write `{ docs = \"…\" }`";
const NO_SECRET: &str =
    "write what the secret is, in quotes, or a table such as `{ docs = \"…\" }`; its value is never in `bind.toml`";
pub(super) const BRACKETS: &str = "its name stands in single brackets";
const NO_SAMPLE: &str = "a table is no value: JSON is written as `{ json = … }`";
const MIXED: &str = "the elements are of several types: write `{ value = […], type = { list = \"json\" } }`";
