//! `iam`: the policy that a function needs.

use serde_json::{Value as Json, json};

use crate::args::{Iam, PolicyFormat};
use crate::context::Context;
use crate::declaration::Declaration;
use crate::deployment::files::{pretty, subject, thousands};
use crate::deployment::policy::{self, Choices, Policy, Spelling};
use crate::deployment::{self, Unit};
use crate::failure::{Failure, Outcome};
use crate::limits;

pub(crate) fn run(args: &Iam, context: &Context) -> Outcome {
    let project = context.project()?;
    let declaration = &project.declaration;
    let unit = unit(args.function.as_deref(), declaration)?;
    let stage = context.stage_to_show(&project)?.name;
    let choices = choices(args, declaration, &stage)?;
    let account = args.account.as_deref().map(account).transpose()?;
    let Some(policy) = policy::of(declaration, &unit, &stage, choices) else {
        return Err(Failure::no(format!("{} fetches nothing at start: it needs no policy", subject(&unit))));
    };
    warn_of_size(&policy, &unit, context);
    let document = document(&policy, &unit, args.format, context.global.region.as_deref(), account);
    context.terminal.data(pretty(&document).as_bytes())
}

fn document(
    policy: &Policy,
    unit: &Unit<'_>,
    format: PolicyFormat,
    region: Option<&str>,
    account: Option<&str>,
) -> Json {
    match format {
        PolicyFormat::Json => policy.document(&Spelling::document(region, account)),
        PolicyFormat::Cloudformation => policy.document(&Spelling::cloudformation(account)),
        PolicyFormat::Terraform => terraform(policy, unit.name, account),
    }
}

/// A file that can lie beside others of a module, those of other functions above all.
fn terraform(policy: &Policy, function: &str, account: Option<&str>) -> Json {
    let name = deployment::terraform_name(function);
    let mut data = deployment::terraform_data_sources(&name);
    let document = policy.terraform(&Spelling::terraform(account, &name));
    data["aws_iam_policy_document"] = json!({ name: document });
    json!({ "data": data })
}

/// The function that is meant, or everything.
fn unit<'a>(function: Option<&str>, declaration: &'a Declaration) -> Result<Unit<'a>, Failure> {
    let Some(function) = function else { return Ok(deployment::whole_app(declaration)) };
    deployment::unit(declaration, function).ok_or_else(|| Failure::impossible(declaration.unknown_function(function)))
}

fn choices<'a>(args: &'a Iam, declaration: &'a Declaration, stage: &str) -> Result<Choices<'a>, Failure> {
    let mut choices = Choices::declared(declaration, stage);
    choices.grants = args.grants.unwrap_or(choices.grants);
    if let Some(key) = args.kms_key.as_deref() {
        let is_key_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'/' | b'_' | b'-');
        if key.is_empty() || !key.bytes().all(is_key_byte) {
            return Err(Failure::impossible(
                "`--kms-key`: give the id of a KMS key, an alias (`alias/NAME`) or an ARN",
            ));
        }
        choices.keys = (Some(key), Some(key));
    }
    Ok(choices)
}

fn account(account: &str) -> Result<&str, Failure> {
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(account);
    }
    Err(Failure::impossible("`--account`: an AWS account is twelve digits"))
}

fn warn_of_size(policy: &Policy, unit: &Unit<'_>, context: &Context) {
    let characters = limits::of_policy(&policy.longest_document());
    if characters > limits::MANAGED_POLICY {
        let inline = if characters > limits::INLINE_POLICY { " and 10,240 as inline policies of a role" } else { "" };
        context.terminal.warn(&format!(
            "the policy of {} has {} characters, IAM takes {} as a managed policy{inline}: `--grants prefix` makes it short",
            subject(unit),
            thousands(characters),
            thousands(limits::MANAGED_POLICY),
        ));
    }
}
