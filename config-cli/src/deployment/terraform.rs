//! `bindings.tf.json`: a module with the parameters in SSM as resources, and the variables and the policy of each function as
//! outputs.

use bind_config_manifest::value::{Form, Scalar};
use bind_config_manifest::{Binding, ValueType};
use serde_json::{Map, Value as Json, json};

use super::cloudformation;
use super::environment::Content;
use super::files::{Deployment, Part};
use super::policy::Spelling;
use super::values::Known;
use crate::limits::{self, Tier};

/// The module.
pub(super) fn module(deployment: &Deployment<'_>) -> Json {
    let mut module = json!({
        "//": "Written by `bind-config synth` from bind.toml.",
        "terraform": {
            "required_version": ">= 1.3",
            "required_providers": { "aws": { "source": "hashicorp/aws", "version": ">= 5.0" } },
        },
        "locals": { LOCAL: local(deployment) },
        "output": outputs(),
    });
    if deployment.parts.iter().any(|part| part.policy.is_some()) {
        module["data"] = data_sources(CURRENT);
    }
    let variables: Map<String, Json> =
        deployment.given().map(|(id, binding)| (variable(id), declaration(id, binding))).collect();
    if !variables.is_empty() {
        module["variable"] = Json::Object(variables);
    }
    if !deployment.values.parameters.is_empty() {
        module["resource"] = json!({ "aws_ssm_parameter": { LOCAL: copies(deployment) } });
    }
    module
}

/// What the policies ask AWS for.
pub(crate) fn data_sources(name: &str) -> Json {
    json!({ "aws_caller_identity": { name: {} }, "aws_partition": { name: {} }, "aws_region": { name: {} } })
}

fn outputs() -> Json {
    json!({
        "environment": {
            "description": "The variables of each function",
            "value": format!("${{local.{LOCAL}.environment}}"),
        },
        "policy": {
            "description": "The policy of each function that reads something at start, as JSON",
            "value": format!("${{{{ for name, policy in local.{LOCAL}.policy : name => jsonencode(policy) }}}}"),
        },
        "fingerprint": {
            "description": "What each function has in BIND_FINGERPRINT",
            "value": format!("${{local.{LOCAL}.fingerprint}}"),
        },
    })
}

fn local(deployment: &Deployment<'_>) -> Json {
    let parts = &deployment.parts;
    let of_each = |value: fn(&Part<'_>) -> Option<Json>| -> Json {
        Json::Object(parts.iter().filter_map(|part| Some((part.unit.name.to_owned(), value(part)?))).collect())
    };
    json!({
        "environment": of_each(|part| Some(environment(part))),
        "policy": of_each(|part| Some(part.policy.as_ref()?.document(&Spelling::terraform(None, CURRENT)))),
        "fingerprint": of_each(|part| Some(part.unit.fingerprint.clone().into())),
        "parameters": parameters(deployment),
    })
}

fn environment(part: &Part<'_>) -> Json {
    let variables = part.environment.iter().map(|(name, content)| {
        let value = match content {
            Content::Text(text) => literal(text),
            Content::Later(id) => reference(id),
        };
        (name.to_string(), value.into())
    });
    Json::Object(variables.collect())
}

fn parameters(deployment: &Deployment<'_>) -> Json {
    let parameters = deployment.values.parameters.iter().filter_map(|(id, known)| {
        let (value, tier) = match known {
            Known::Later => {
                let reference = format!("var.{}", variable(id));
                (
                    reference_to(&reference),
                    format!("${{length({reference}) > {} ? \"Advanced\" : \"Standard\"}}", limits::STANDARD),
                )
            }
            Known::Text(text) => match Tier::of(text) {
                Tier::Standard => (literal(text), "Standard".to_owned()),
                Tier::Advanced => (literal(text), "Advanced".to_owned()),
                Tier::Impossible(_) => return None,
            },
        };
        let name = deployment.declaration.parameter_path(id, deployment.stage());
        Some(((*id).to_owned(), json!({ "name": name, "value": value, "tier": tier })))
    });
    Json::Object(parameters.collect())
}

/// One resource for all of them: each is known by its id, whatever the others are.
fn copies(deployment: &Deployment<'_>) -> Json {
    json!({
        "for_each": format!("${{local.{LOCAL}.parameters}}"),
        "name": "${each.value.name}",
        "type": "String",
        "tier": "${each.value.tier}",
        // Not hidden in plans: it is no secret.
        "insecure_value": "${each.value.value}",
        "tags": { "sst:app": deployment.declaration.app(), "sst:stage": deployment.stage() },
    })
}

/// A variable of the module. Terraform takes its description as it is.
fn declaration(id: &str, binding: &Binding) -> Json {
    let rules = rules(binding, &format!("var.{}", variable(id)));
    let message = format!("{id} {}", literal(&cloudformation::expected(binding)));
    json!({
        "type": "string",
        "nullable": false,
        "description": binding.docs.as_deref().unwrap_or(id),
        "validation": [{ "condition": format!("${{{}}}", rules.join(" && ")), "error_message": message }],
    })
}

/// What a value must fulfil, as Terraform says it. The function checks the whole of it when it starts.
fn rules(binding: &Binding, value: &str) -> Vec<String> {
    let shape = &binding.shape;
    // SSM takes no empty value, and no type but `string` has one.
    let mut rules = vec![format!("length({value}) >= {}", shape.min_length.unwrap_or_default().max(1))];
    rules.extend(shape.max_length.map(|most| format!("length({value}) <= {most}")));
    rules.extend(shape.starts_with.as_deref().map(|start| format!("startswith({value}, {})", quoted(start))));
    match &binding.ty {
        ValueType::Scalar(scalar) => rules.extend(rules_of_scalar(*scalar, binding, value)),
        ValueType::Enum(words) => {
            let words: Vec<String> = words.words().iter().map(|word| quoted(word)).collect();
            rules.push(format!("contains([{}], {value})", words.join(", ")));
        }
        ValueType::List(_) => rules.push(format!("can(tolist(jsondecode({value})))")),
    }
    rules
}

fn rules_of_scalar(scalar: Scalar, binding: &Binding, value: &str) -> Vec<String> {
    let limit = |sign: &str, limit: &str| format!("try(tonumber({value}) {sign} {limit}, false)");
    let (least, most) = (binding.shape.min.as_deref(), binding.shape.max.as_deref());
    match scalar.form() {
        Form::Bool => vec![format!("contains([\"true\", \"false\"], {value})")],
        Form::Integer { min, max } => vec![
            format!("can(regex(\"^-?[0-9]+$\", {value}))"),
            limit(">=", least.unwrap_or(&min.to_string())),
            limit("<=", most.unwrap_or(&max.to_string())),
        ],
        Form::Float => {
            let mut rules = vec![format!("can(tonumber({value}))")];
            rules.extend(least.map(|least| limit(">=", least)));
            rules.extend(most.map(|most| limit("<=", most)));
            rules
        }
        Form::Url => vec![format!("can(regex(\"^[A-Za-z][A-Za-z0-9+.-]*:[^[:space:]]+$\", {value}))")],
        Form::Json => vec![format!("can(jsondecode({value}))")],
        Form::Text | Form::Duration => Vec::new(),
    }
}

/// The name of a variable. Some are the module call's own; no id begins with `_`.
fn variable(id: &str) -> String {
    if RESERVED.contains(&id) { format!("_{id}") } else { id.to_owned() }
}

fn reference(id: &str) -> String {
    reference_to(&format!("var.{}", variable(id)))
}

fn reference_to(expression: &str) -> String {
    format!("${{{expression}}}")
}

/// A text that stands for itself.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// A text within an expression.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in literal(text).chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out + "\""
}

/// The module is ours alone.
const CURRENT: &str = "current";
const LOCAL: &str = "bind_config";
const RESERVED: [&str; 8] =
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_looks_like_a_template_stands_for_itself() {
        assert_eq!(literal("${a} %{if} $${b} %%{c} $x 5%"), "$${a} %%{if} $$${b} %%%{c} $x 5%");
        assert_eq!(quoted("a\"b\\c\n${d}"), "\"a\\\"b\\\\c\\n$${d}\"");
    }

    #[test]
    fn a_variable_has_the_name_of_its_parameter_but_for_those_that_terraform_keeps() {
        assert_eq!(
            ["TOPIC_NAME", "db-url", "version", "count"].map(variable),
            ["TOPIC_NAME", "db-url", "_version", "_count"]
        );
    }

    #[test]
    fn what_is_supplied_is_checked_as_far_as_terraform_can() {
        let rules_of = |declaration: &str| {
            let text = format!("app = \"a\"\n[parameters]\nX = {{ deploy = true, {declaration} }}\n");
            let declaration = crate::declaration::read(&text).unwrap();
            rules(&declaration.manifest.bindings["X"], "v").join(" && ")
        };
        assert_eq!(rules_of("docs = \"any\""), "length(v) >= 1");
        assert_eq!(
            rules_of("shape = { starts_with = \"a${\", min_length = 3, max_length = 9 }"),
            "length(v) >= 3 && length(v) <= 9 && startswith(v, \"a$${\")"
        );
        assert_eq!(
            rules_of("type = \"i8\", shape = { min = -5 }"),
            "length(v) >= 1 && can(regex(\"^-?[0-9]+$\", v)) && try(tonumber(v) >= -5, false) && try(tonumber(v) <= 127, false)"
        );
        assert_eq!(
            rules_of("type = \"f64\", shape = { max = 0.5 }"),
            "length(v) >= 1 && can(tonumber(v)) && try(tonumber(v) <= 0.5, false)"
        );
        assert_eq!(rules_of("type = \"bool\""), "length(v) >= 1 && contains([\"true\", \"false\"], v)");
        assert_eq!(rules_of("type = { enum = [\"a\", \"b\"] }"), "length(v) >= 1 && contains([\"a\", \"b\"], v)");
        assert_eq!(rules_of("type = { list = \"u8\" }"), "length(v) >= 1 && can(tolist(jsondecode(v)))");
        assert_eq!(rules_of("type = \"json\""), "length(v) >= 1 && can(jsondecode(v))");
        assert_eq!(
            rules_of("type = \"url\""),
            "length(v) >= 1 && can(regex(\"^[A-Za-z][A-Za-z0-9+.-]*:[^[:space:]]+$\", v))"
        );
        assert_eq!(rules_of("type = \"duration\""), "length(v) >= 1");
    }
}
