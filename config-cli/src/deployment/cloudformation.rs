//! `template.json`: a template that is deployed alone, nested, or merged into another; and the variables that a function of
//! another template includes:
//!
//! ```yaml
//! Environment:
//!   Variables:
//!     Fn::Transform: { Name: AWS::Include, Parameters: { Location: build/prod/api.environment.json } }
//! ```

use bind_config_manifest::name::Kind;
use bind_config_manifest::value::{Form, Scalar, Type};
use bind_config_manifest::{Binding, ValueType};
use serde_json::{Map, Value as Json, json};

use super::environment::Content;
use super::files::{Deployment, METADATA, Part, thousands};
use super::logical;
use super::policy::Spelling;
use super::values::{Known, is_dynamic};
use crate::limits::Tier;

/// The template.
pub(super) fn template(deployment: &Deployment<'_>) -> Json {
    let mut template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description(deployment),
        "Metadata": { METADATA: metadata(deployment) },
        "Resources": resources(deployment),
        "Outputs": outputs(deployment),
    });
    let parameters = parameters(deployment);
    if !parameters.is_empty() {
        template["Parameters"] = Json::Object(parameters);
    }
    template
}

/// The variables of a function, as a map.
pub(super) fn environment(part: &Part<'_>) -> Json {
    let variables = part.environment.iter().map(|(name, content)| {
        let value = match content {
            Content::Text(text) => json!(text),
            Content::Later(id) => json!({ "Ref": logical::parameter(id) }),
        };
        (name.to_string(), value)
    });
    Json::Object(variables.collect())
}

/// What CloudFormation would not take.
pub(super) fn notes(template: &Json, bytes: usize) -> Vec<String> {
    let count = |section: &str| template[section].as_object().map_or(0, Map::len);
    let sizes = [
        (count("Parameters"), 200, "parameters"),
        (count("Resources"), 500, "resources"),
        (count("Outputs"), 200, "outputs"),
        (bytes, 1_000_000, "bytes"),
    ];
    let note = |(number, most, what): (usize, usize, &str)| {
        let (number, most) = (thousands(number), thousands(most));
        format!(
            "template.json has {number} {what}, and CloudFormation takes {most}: use bindings.tf.json, or split the app"
        )
    };
    sizes.into_iter().filter(|(number, most, _)| number > most).map(note).collect()
}

fn description(deployment: &Deployment<'_>) -> String {
    let (app, stage) = (deployment.declaration.app(), deployment.stage());
    format!("What the functions of {app} need in stage {stage}. Written by `bind-config synth` from bind.toml.")
}

fn metadata(deployment: &Deployment<'_>) -> Json {
    let environments = deployment.parts.iter().map(|part| (part.unit.name.to_owned(), environment(part)));
    json!({
        "app": deployment.declaration.app(),
        "stage": deployment.stage(),
        "environment": Json::Object(environments.collect()),
    })
}

/// What whoever deploys gives.
fn parameters(deployment: &Deployment<'_>) -> Map<String, Json> {
    let given = deployment.given().map(|(id, binding)| (logical::parameter(id), parameter(id, binding)));
    given.collect()
}

fn parameter(id: &str, binding: &Binding) -> Json {
    let docs = binding.docs.as_deref().map(|docs| format!("{id}: {docs}"));
    let description: String = docs.unwrap_or_else(|| id.to_owned()).chars().take(MOST_OF_A_DESCRIPTION).collect();
    // SSM takes no empty value, and no type but `string` has one.
    let least = binding.shape.min_length.unwrap_or_default().max(1);
    let mut parameter = json!({ "Type": "String", "Description": description, "MinLength": least });
    if let Some(most) = binding.shape.max_length {
        parameter["MaxLength"] = most.into();
    }
    if let Some(words) = words(&binding.ty) {
        parameter["AllowedValues"] = words;
    } else if let Some(pattern) = pattern(binding) {
        parameter["AllowedPattern"] = pattern.into();
        parameter["ConstraintDescription"] = expected(binding).into();
    }
    parameter
}

fn words(ty: &ValueType) -> Option<Json> {
    match ty {
        ValueType::Enum(words) => Some(json!(words.words())),
        ValueType::Scalar(Scalar::Bool) => Some(json!(["true", "false"])),
        ValueType::Scalar(_) | ValueType::List(_) => None,
    }
}

/// What can be said of the form of a value: limits of numbers cannot, and are checked when the function starts.
fn pattern(binding: &Binding) -> Option<String> {
    let ValueType::Scalar(scalar) = &binding.ty else { return None };
    let start = binding.shape.starts_with.as_deref().map(|start| format!("(?s){}.*", escaped(start)));
    match scalar.form() {
        Form::Integer { min, .. } => Some(if min < 0 { "-?[0-9]+" } else { "[0-9]+" }.to_owned()),
        Form::Float => Some(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?".to_owned()),
        Form::Url => start.or_else(|| Some(r"[A-Za-z][A-Za-z0-9+.-]*:\S+".to_owned())),
        Form::Text | Form::Json => start,
        Form::Bool | Form::Duration => None,
    }
}

/// A text as a part of a regular expression.
fn escaped(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "_ -/:,;=@#%&~\"'<>!".contains(c);
    text.chars().map(|c| if is_plain(c) { c.to_string() } else { format!("\\{c}") }).collect()
}

/// `must be a whole number from 0 to 255 (u8), at least 1`
pub(super) fn expected(binding: &Binding) -> String {
    let ty = match &binding.ty {
        ValueType::Scalar(scalar) => Type::Scalar(*scalar).misfit().to_string(),
        ValueType::List(scalar) => Type::List(*scalar).misfit().to_string(),
        ValueType::Enum(words) => {
            Type::Enum(&words.words().iter().map(String::as_str).collect::<Vec<_>>()).misfit().to_string()
        }
    };
    let shape = &binding.shape;
    let rules = [
        shape.starts_with.as_ref().map(|start| format!("starting with {start}")),
        shape.min_length.map(|least| format!("of {least} characters or more")),
        shape.max_length.map(|most| format!("of {most} characters or fewer")),
        shape.min.as_ref().map(|least| format!("at least {least}")),
        shape.max.as_ref().map(|most| format!("at most {most}")),
    ];
    rules.into_iter().flatten().fold(ty, |text, rule| text + ", " + &rule)
}

fn resources(deployment: &Deployment<'_>) -> Json {
    let mut resources = Map::new();
    for (id, known) in &deployment.values.parameters {
        if let Some(copy) = copy(deployment, id, *known) {
            resources.insert(logical::copy(id), copy);
        }
    }
    for part in &deployment.parts {
        if let Some(policy) = &part.policy {
            let properties = json!({ "PolicyDocument": policy.document(&Spelling::cloudformation(None)) });
            let resource = json!({ "Type": "AWS::IAM::ManagedPolicy", "Properties": properties });
            resources.insert(logical::policy(part.unit.name), resource);
        }
    }
    if resources.is_empty() {
        // CloudFormation takes no template without a resource. This one is none.
        resources.insert("Nothing".to_owned(), json!({ "Type": "AWS::CloudFormation::WaitConditionHandle" }));
    }
    Json::Object(resources)
}

/// The copy of a parameter in SSM, where SSM takes it.
fn copy(deployment: &Deployment<'_>, id: &str, known: Known<'_>) -> Option<Json> {
    let (value, tier) = match known {
        // CloudFormation takes no parameters that are larger.
        Known::Later => (json!({ "Ref": logical::parameter(id) }), "Standard"),
        Known::Text(text) => match Tier::of(text) {
            Tier::Standard => (json!(text), "Standard"),
            Tier::Advanced => (json!(text), "Advanced"),
            Tier::Impossible(_) => return None,
        },
    };
    let mut properties = json!({
        "Name": deployment.declaration.parameter_path(id, deployment.stage()),
        "Type": "String",
        "Tier": tier,
        "Value": value,
        "Tags": { "sst:app": deployment.declaration.app(), "sst:stage": deployment.stage() },
    });
    let docs = deployment.declaration.manifest.bindings.get(id).and_then(|binding| binding.docs.as_deref());
    // Here CloudFormation would resolve what they may quote.
    if let Some(docs) = docs.filter(|docs| !is_dynamic(docs)) {
        properties["Description"] = docs.chars().take(MOST_OF_A_COPY_DESCRIPTION).collect::<String>().into();
    }
    Some(json!({ "Type": "AWS::SSM::Parameter", "Properties": properties }))
}

fn outputs(deployment: &Deployment<'_>) -> Json {
    let mut outputs = Map::new();
    for part in &deployment.parts {
        let (stem, name) = (logical::this_function(part.unit.name), part.unit.name);
        if part.policy.is_some() {
            let value = json!({ "Ref": logical::policy(part.unit.name) });
            let description = format!("The policy that the role of {name} needs");
            outputs.insert(format!("{stem}PolicyArn"), json!({ "Description": description, "Value": value }));
        }
        let description = format!("What {name} has in BIND_FINGERPRINT");
        let fingerprint = json!({ "Description": description, "Value": part.unit.fingerprint });
        outputs.insert(format!("{stem}Fingerprint"), fingerprint);
    }
    Json::Object(outputs)
}

impl Deployment<'_> {
    /// The parameters that whoever deploys gives, by id.
    pub(super) fn given(&self) -> impl Iterator<Item = (&str, &Binding)> {
        let is_given = |id: &str| self.values.parameters.get(id).is_some_and(|known| *known == Known::Later);
        self.declaration.parameters().filter(move |(id, binding)| binding.kind == Kind::Parameter && is_given(id))
    }
}

const MOST_OF_A_DESCRIPTION: usize = 4_000;
const MOST_OF_A_COPY_DESCRIPTION: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter_of(declaration: &str) -> Json {
        let text = format!("app = \"a\"\n[parameters]\nX = {{ deploy = true, {declaration} }}\n");
        parameter("X", &crate::declaration::read(&text).unwrap().manifest.bindings["X"])
    }

    #[test]
    fn what_is_supplied_is_checked_as_far_as_a_template_can() {
        let pattern = |declaration: &str| parameter_of(declaration)["AllowedPattern"].take();
        assert_eq!(pattern("docs = \"any\""), Json::Null);
        assert_eq!(pattern("type = \"u8\""), "[0-9]+");
        assert_eq!(pattern("type = \"i8\""), "-?[0-9]+");
        assert_eq!(pattern("type = \"f64\""), r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?");
        assert_eq!(pattern("type = \"url\""), r"[A-Za-z][A-Za-z0-9+.-]*:\S+");
        assert_eq!(pattern("shape = { starts_with = \"a.b*(c)\" }"), r"(?s)a\.b\*\(c\).*");
        assert_eq!(parameter_of("type = \"bool\"")["AllowedValues"], json!(["true", "false"]));
    }

    #[test]
    fn what_is_supplied_is_never_empty_and_says_what_it_must_be() {
        assert_eq!(
            parameter_of("docs = \"any\""),
            json!({ "Type": "String", "Description": "X: any", "MinLength": 1 })
        );
        assert_eq!(
            parameter_of("type = \"u8\", shape = { min = 1, max = 9 }"),
            json!({
                "Type": "String", "Description": "X", "MinLength": 1, "AllowedPattern": "[0-9]+",
                "ConstraintDescription": "must be a whole number from 0 to 255 (u8), at least 1, at most 9",
            })
        );
    }

    #[test]
    fn a_template_without_resources_has_one_that_is_none() {
        let declaration = crate::declaration::read("app = \"a\"\n").unwrap();
        let deployment =
            Deployment::new(&declaration, crate::deployment::values::Values::declared(&declaration, "dev", |_| None).0);
        let expected = json!({ "Nothing": { "Type": "AWS::CloudFormation::WaitConditionHandle" } });
        assert_eq!(template(&deployment)["Resources"], expected);
    }
}
