//! SSM: a body in, a body out. Decodes what an operation takes, has the store do it, encodes what it gives.

use serde_json::{Value as Json, json};

use crate::clock::Moment;
use crate::input::Input;
use crate::limits::{self, Constraints};
use crate::parameter::{ParameterType, Tier, Value};
use crate::put::{DEFAULT_KEY, NewParameter};
use crate::store::Store;
use crate::{Operation, Refusal, faults, tags};

mod encode;
mod read;

/// What an operation needs besides its input.
pub(crate) struct Setting<'a> {
    pub(crate) now: Moment,
    /// Sizes of the pages of `GetParametersByPath`, in turn; none: as large as asked.
    pub(crate) page_sizes: &'a [usize],
    /// A KMS key the caller may not use.
    pub(crate) denied_key: Option<&'a str>,
    /// Names that are in no list of the answer.
    pub(crate) left_out: &'a [String],
    /// Who calls, for the texts.
    pub(crate) caller: &'a str,
}

/// How an operation is carried out.
pub(crate) enum Work {
    /// Only reads.
    Read(fn(&Store, Input<'_>, &Setting<'_>) -> Result<Json, Refusal>),
    /// Changes the store; where it refuses, nothing is changed.
    Write(fn(&mut Store, Input<'_>, &Setting<'_>) -> Result<Json, Refusal>),
}

pub(crate) fn work(operation: Operation) -> Work {
    use Work::{Read, Write};

    match operation {
        Operation::GetParameter => Read(read::get_parameter),
        Operation::GetParameters => Read(read::get_parameters),
        Operation::GetParametersByPath => Read(read::get_parameters_by_path),
        Operation::GetParameterHistory => Read(read::get_parameter_history),
        Operation::DescribeParameters => Read(read::describe_parameters),
        Operation::ListTagsForResource => Read(|store, input, _| tags::list(store, input)),
        Operation::PutParameter => Write(put_parameter),
        Operation::DeleteParameter => Write(|store, input, _| delete_parameter(store, input)),
        Operation::DeleteParameters => Write(|store, input, _| delete_parameters(store, input)),
        Operation::LabelParameterVersion => Write(|store, input, _| label(store, input)),
        Operation::UnlabelParameterVersion => Write(|store, input, _| unlabel(store, input)),
        Operation::AddTagsToResource => Write(|store, input, _| tags::add(store, input)),
        Operation::RemoveTagsFromResource => Write(|store, input, _| tags::remove(store, input)),
        // Lambda's: a path names them, and no target.
        Operation::ListFunctions
        | Operation::GetFunctionConfiguration
        | Operation::UpdateFunctionConfiguration
        | Operation::ListAliases
        | Operation::ListVersionsByFunction
        | Operation::ListProvisionedConcurrencyConfigs
        | Operation::ListTags => Read(|_, _, _| Err(unknown_operation())),
    }
}

pub(crate) fn unknown_operation() -> Refusal {
    Refusal::client("UnknownOperationException", "")
}

/// The names (or the path) of a request, whatever else is wrong with it.
pub(crate) fn names(body: &Json) -> Vec<String> {
    let one = |key: &str| body.get(key).and_then(Json::as_str).map(str::to_owned);
    let mut names: Vec<String> = ["Name", "Path", "ResourceId"].into_iter().filter_map(one).collect();
    if let Some(list) = body.get("Names").and_then(Json::as_array) {
        names.extend(list.iter().filter_map(Json::as_str).map(str::to_owned));
    }
    names
}

fn put_parameter(store: &mut Store, input: Input<'_>, setting: &Setting<'_>) -> Result<Json, Refusal> {
    let mut constraints = Constraints::default();
    let kind = one_of(&mut constraints, "type", input.text("Type")?, ParameterType::parse, KINDS);
    let tier = one_of(&mut constraints, "tier", input.text("Tier")?, Tier::parse, TIERS);
    let (name, value) = (input.text("Name")?, input.text("Value")?);
    if name.is_none() {
        constraints.missing("name");
    }
    if value.is_none() {
        constraints.missing("value");
    }
    constraints.check()?;

    let owned = |name: &str| input.text(name).map(|text| text.map(str::to_owned));
    let new = NewParameter {
        tier,
        key_id: owned("KeyId")?,
        overwrite: input.flag("Overwrite")?,
        description: owned("Description")?,
        allowed_pattern: owned("AllowedPattern")?,
        policies: owned("Policies")?.filter(|policies| !matches!(policies.as_str(), "" | "[]" | "[{}]" | "{}")),
        data_type: owned("DataType")?,
        tags: tags::read(input)?,
        ..NewParameter::new(name.unwrap_or_default().trim(), Value::new(value.unwrap_or_default()), kind)
    };
    let key = new.key_id.as_deref().unwrap_or(DEFAULT_KEY);
    if kind == Some(ParameterType::SecureString) && setting.denied_key == Some(key) {
        return Err(encryption_denied(store, setting, key));
    }
    let stored = store.put(new, setting.now)?;
    Ok(json!({ "Version": stored.version, "Tier": stored.tier.as_str() }))
}

fn delete_parameter(store: &mut Store, input: Input<'_>) -> Result<Json, Refusal> {
    store.delete(required(input.text("Name")?, "name")?)?;
    Ok(json!({}))
}

fn delete_parameters(store: &mut Store, input: Input<'_>) -> Result<Json, Refusal> {
    let names = required(input.texts("Names")?, "names")?;
    check_names(&names)?;
    let (deleted, invalid): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| store.delete(name).is_ok());
    Ok(json!({ "DeletedParameters": deleted, "InvalidParameters": invalid }))
}

fn label(store: &mut Store, input: Input<'_>) -> Result<Json, Refusal> {
    let (name, labels) = (required(input.text("Name")?, "name")?, input.texts("Labels")?.unwrap_or_default());
    let labelled = store.label(name, input.integer("ParameterVersion")?, &labels)?;
    Ok(json!({ "InvalidLabels": labelled.invalid, "ParameterVersion": labelled.version }))
}

fn unlabel(store: &mut Store, input: Input<'_>) -> Result<Json, Refusal> {
    let (name, labels) = (required(input.text("Name")?, "name")?, input.texts("Labels")?.unwrap_or_default());
    let number = required(input.integer("ParameterVersion")?, "parameterVersion")?;
    let labelled = store.unlabel(name, number, &labels)?;
    Ok(json!({ "RemovedLabels": labelled.done, "InvalidLabels": labelled.invalid }))
}

fn encryption_denied(store: &Store, setting: &Setting<'_>, key: &str) -> Refusal {
    let separator = if key.starts_with("alias/") { "" } else { "key/" };
    let key = if key.starts_with("arn:") {
        key.to_owned()
    } else {
        format!("arn:aws:kms:{}:{}:{separator}{key}", store.region, store.account)
    };
    let text = format!(
        "User: {} is not authorized to perform: kms:Encrypt on resource: {key} because no identity-based policy allows the \
         kms:Encrypt action (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException)",
        setting.caller
    );
    Refusal::client("AccessDeniedException", text)
}

fn check_names(names: &[String]) -> Result<(), Refusal> {
    let mut constraints = Constraints::default();
    constraints.count("names", names, 1, limits::NAMES_PER_CALL);
    for name in names {
        if name.is_empty() || name.chars().count() > limits::NAME_IN_REQUEST {
            constraints.broken("names", &format!("'[{}]'", names.join(", ")), NAME_LENGTH);
            break;
        }
    }
    constraints.check()
}

fn required<T>(member: Option<T>, name: &str) -> Result<T, Refusal> {
    let mut constraints = Constraints::default();
    if member.is_none() {
        constraints.missing(name);
    }
    constraints.check()?;
    member.ok_or_else(Refusal::internal)
}

fn one_of<T>(
    constraints: &mut Constraints,
    member: &str,
    text: Option<&str>,
    parse: fn(&str) -> Option<T>,
    words: &str,
) -> Option<T> {
    let text = text?;
    let parsed = parse(text);
    if parsed.is_none() {
        constraints.broken(member, &format!("'{text}'"), &format!("Member must satisfy enum value set: {words}"));
    }
    parsed
}

/// IAM's text for one resource.
pub(crate) fn denied_by_iam(store: &Store, operation: Operation, name: Option<&str>, caller: &str) -> Refusal {
    let operation = operation.as_str();
    let resource = match name {
        Some(name) => store.arn(&faults::bare(name)),
        None => format!("arn:aws:ssm:{}:{}:*", store.region, store.account),
    };
    let text = format!(
        "User: {caller} is not authorized to perform: ssm:{operation} on resource: {resource} because no identity-based \
         policy allows the ssm:{operation} action"
    );
    Refusal::client("AccessDeniedException", text)
}

const KINDS: &str = "[SecureString, StringList, String]";
const TIERS: &str = "[Standard, Advanced, Intelligent-Tiering]";
const NAME_LENGTH: &str = "Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must \
    have length greater than or equal to 1]";
