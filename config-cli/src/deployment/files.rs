//! The files of a stage: what CloudFormation, Terraform, cargo-lambda and people need.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::name::Kind;
use serde_json::{Map, Value as Json};

use super::environment::{self, Content, Environment};
use super::policy::{self, Choices, Policy, Spelling};
use super::problem::Problem;
use super::values::{Known, Values};
use super::{Unit, cloudformation, terraform, units};
use crate::declaration::Declaration;
use crate::dotenv::{self, Readers};
use crate::limits::{self, Tier};

/// A stage as it is to be deployed.
pub(crate) struct Deployment<'a> {
    pub(super) declaration: &'a Declaration,
    pub(super) values: Values<'a>,
    pub(super) parts: Vec<Part<'a>>,
}

/// The files of a stage.
pub(crate) struct Files {
    /// The text of each, by name.
    pub(crate) texts: BTreeMap<String, String>,
    /// What somebody may wonder about.
    pub(crate) notes: Vec<String>,
}

/// What one function needs.
pub(super) struct Part<'a> {
    pub(super) unit: Unit<'a>,
    pub(super) environment: Environment<'a>,
    pub(super) policy: Option<Policy>,
}

impl<'a> Deployment<'a> {
    pub(crate) fn new(declaration: &'a Declaration, values: Values<'a>) -> Deployment<'a> {
        let choices = Choices::declared(declaration, values.stage);
        let part = |unit: Unit<'a>| Part {
            environment: environment::of(declaration, &unit, &values),
            policy: policy::of(declaration, &unit, values.stage, choices),
            unit,
        };
        let parts = units(declaration).into_iter().map(part).collect();
        Deployment { declaration, values, parts }
    }

    pub(crate) fn stage(&self) -> &'a str {
        self.values.stage
    }

    /// The policies that IAM does not take, and names that are one on some file systems.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.parts.iter().filter_map(Part::policy_problem).collect();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for part in &self.parts {
            let name = part.unit.name;
            if let Some(other) = seen.insert(name.to_ascii_lowercase(), name) {
                problems.push(Problem::new(format!(
                    "functions `{other}` and `{name}`: their files would be the same where letters have no case: rename one"
                )));
            }
        }
        problems
    }

    /// The files. Those of policies name the region where it is known.
    pub(crate) fn files(&self, region: Option<&str>) -> Files {
        let template = cloudformation::template(self);
        let text = pretty(&template);
        let mut notes = self.odd_copies();
        notes.extend(self.parts.iter().flat_map(Part::unwritable));
        notes.extend(cloudformation::notes(&template, text.len()));
        let mut texts = BTreeMap::from([
            (TEMPLATE.to_owned(), text),
            ("bindings.tf.json".to_owned(), pretty(&terraform::module(self))),
        ]);
        for part in &self.parts {
            let [environment, dotenv, policy] = names_of(part.unit.name);
            texts.insert(environment, pretty(&cloudformation::environment(part)));
            texts.insert(dotenv, part.dotenv());
            if let Some(document) = &part.policy {
                texts.insert(policy, pretty(&document.document(&Spelling::document(region, None))));
            }
        }
        Files { texts, notes }
    }

    /// Copies in SSM that cost something, and those that there are not.
    fn odd_copies(&self) -> Vec<String> {
        let texts = self.values.parameters.iter().filter_map(|(id, known)| match known {
            Known::Text(text) => Some((id, Tier::of(text))),
            Known::Later => None,
        });
        let note = |(id, copy)| match copy {
            Tier::Standard => None,
            Tier::Advanced => Some(format!("`{id}` is in SSM's Advanced tier, which AWS charges for")),
            Tier::Impossible(why) => Some(format!("`{id}` has no copy in SSM: {why}")),
        };
        texts.filter_map(note).collect()
    }
}

impl Part<'_> {
    fn policy_problem(&self) -> Option<Problem> {
        let policy = self.policy.as_ref()?;
        let characters = limits::of_policy(&policy.longest_document());
        if characters <= limits::MANAGED_POLICY {
            return None;
        }
        let secrets = self.unit.bindings.iter().filter(|(_, binding)| binding.kind == Kind::Secret).count();
        let inline = if characters > limits::INLINE_POLICY { INLINE_TOO } else { "" };
        Some(Problem::new(format!(
            "{}: its policy names {secrets} secrets in {} characters, and IAM takes {} as a managed policy{inline}: write \
             `grants = \"prefix\"` at the top of bind.toml, or bind fewer",
            subject(&self.unit),
            thousands(characters),
            thousands(limits::MANAGED_POLICY),
        )))
    }

    /// What the file of variables lacks.
    fn unwritable(&self) -> Vec<String> {
        let file = format!("{}.env", self.unit.name);
        let texts = self.environment.iter().filter_map(|(variable, content)| match content {
            Content::Text(value) => dotenv::write(variable, value, Readers::All).err(),
            Content::Later(_) => None,
        });
        let later: Vec<&str> = self.environment.values().filter_map(Content::later).collect();
        let lacks =
            (!later.is_empty()).then(|| format!("{file} lacks what whoever deploys gives: `{}`", later.join("`, `")));
        texts.map(|unwritable| format!("{file}: {unwritable}")).chain(lacks).collect()
    }

    /// For `cargo lambda deploy --env-file` and others that read such files.
    fn dotenv(&self) -> String {
        let mut text = String::new();
        for (variable, content) in &self.environment {
            let line = match content {
                Content::Text(value) => match dotenv::write(variable, value, Readers::All) {
                    Ok(written) => written.line,
                    Err(unwritable) => format!("# {unwritable}"),
                },
                Content::Later(id) => format!("# {variable}: whoever deploys gives the value of {id}"),
            };
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

/// The function in messages, in backticks.
pub(crate) fn subject(unit: &Unit<'_>) -> String {
    if unit.is_whole_app {
        "the app (no functions are declared)".to_owned()
    } else {
        format!("function `{}`", unit.name)
    }
}

/// The files of functions that an earlier template names, whether they are there or not: they are ours.
pub(crate) fn of_earlier_template(template: &str) -> BTreeSet<String> {
    let template: Json = serde_json::from_str(template).unwrap_or_default();
    let functions = template["Metadata"][METADATA]["environment"].as_object();
    let names = functions.into_iter().flat_map(Map::keys);
    // A template that somebody has edited must not lead elsewhere.
    let names = names.filter(|name| !name.contains(['/', '\\', ':', '\0']));
    names.flat_map(|name| names_of(name)).collect()
}

fn names_of(function: &str) -> [String; 3] {
    ["environment.json", "env", "policy.json"].map(|suffix| format!("{function}.{suffix}"))
}

/// JSON with sorted keys, two spaces, and a line break at the end.
pub(crate) fn pretty(json: &Json) -> String {
    format!("{:#}\n", sorted(json))
}

/// Any crate of a build may turn on `serde_json`'s `preserve_order`: sorted here, the keys are sorted either way.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(sorted).collect(),
        Json::Object(map) => {
            let keys: BTreeMap<&String, &Json> = map.iter().collect();
            Json::Object(keys.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        other => other.clone(),
    }
}

/// `4,096`
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub(crate) const TEMPLATE: &str = "template.json";
/// Where in a template's `Metadata` ours is.
pub(super) const METADATA: &str = "bind-config";
const INLINE_TOO: &str = ", and 10,240 as inline policies of a role";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([0, 999, 1_000, 10_240, 1_234_567].map(thousands), ["0", "999", "1,000", "10,240", "1,234,567"]);
    }

    #[test]
    fn only_the_files_of_an_earlier_template_are_ours() {
        let template = r#"{ "Metadata": { "bind-config": { "environment": { "api": {}, "../etc": {} } } } }"#;
        let expected = ["api.env", "api.environment.json", "api.policy.json"];
        assert_eq!(of_earlier_template(template).into_iter().collect::<Vec<_>>(), expected);
        for other in ["", "{}", "[]", "{\"Metadata\": []}", "{\"Metadata\": {\"bind-config\": 1}}"] {
            assert!(of_earlier_template(other).is_empty(), "{other}");
        }
    }
}
