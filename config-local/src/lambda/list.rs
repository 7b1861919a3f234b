//! The operations that read: one configuration, or a page of functions, versions, aliases, provisioned concurrency.

use serde_json::{Map, Value as Json, json};

use super::function::Function;
use super::{Functions, Route, invalid_parameter};
use crate::Refusal;
use crate::input::Input;
use crate::limits::Constraints;
use crate::page::{self, Page};
use crate::service::Setting;

pub(super) fn functions(
    functions: &mut Functions,
    route: &Route,
    _: Input<'_>,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    let every_version = match route.parameter("FunctionVersion") {
        None => false,
        Some("ALL") => true,
        Some(other) => return Err(broken("functionVersion", other, "Member must satisfy enum value set: [ALL]")),
    };
    let items = functions.by_name.values().flat_map(|function| {
        let versions = function.all_versions().take(if every_version { usize::MAX } else { 1 });
        versions.map(|(version, configuration)| {
            let qualifier = every_version.then_some(version.as_str());
            let entry = functions.configuration(function, &version, qualifier, configuration, setting);
            (format!("{} {}", function.name, sortable(&version)), entry.into())
        })
    });
    paged(route, "Functions", "", MAX_ITEMS, items)
}

pub(super) fn configuration(
    functions: &mut Functions,
    route: &Route,
    _: Input<'_>,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    let asked = functions.asked(route.operation, route.function(), setting.caller)?;
    let parameter = route.parameter("Qualifier");
    if let (Some(own), Some(parameter)) = (&asked.qualifier, parameter)
        && own != parameter
    {
        return Err(invalid_parameter(TWO_QUALIFIERS));
    }
    let qualifier = parameter.or(asked.qualifier.as_deref());
    functions.detailed(&asked.name, qualifier, setting)
}

pub(super) fn versions(
    functions: &mut Functions,
    route: &Route,
    _: Input<'_>,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    let function = asked(functions, route, setting)?;
    let items = function.all_versions().map(|(version, configuration)| {
        let entry = functions.configuration(function, &version, Some(&version), configuration, setting);
        (sortable(&version), entry.into())
    });
    paged(route, "Versions", &function.name, MAX_ITEMS, items)
}

pub(super) fn aliases(
    functions: &mut Functions,
    route: &Route,
    _: Input<'_>,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    let function = asked(functions, route, setting)?;
    let version = route.parameter("FunctionVersion");
    let of_version =
        function.aliases.iter().filter(|(_, alias)| version.is_none_or(|version| alias.version == version));
    let items = of_version.map(|(name, alias)| {
        let entry = json!({
            "AliasArn": functions.arn(&function.name, Some(name)),
            "Name": name,
            "FunctionVersion": alias.version,
            "Description": "",
            "RevisionId": alias.revision,
        });
        (name.clone(), entry)
    });
    paged(route, "Aliases", &function.name, MAX_ITEMS, items)
}

pub(super) fn provisioned_concurrency(
    functions: &mut Functions,
    route: &Route,
    _: Input<'_>,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    let function = asked(functions, route, setting)?;
    let items = function.provisioned.iter().map(|(qualifier, number)| {
        let entry = json!({
            "FunctionArn": functions.arn(&function.name, Some(qualifier)),
            "RequestedProvisionedConcurrentExecutions": number,
            "AvailableProvisionedConcurrentExecutions": number,
            "AllocatedProvisionedConcurrentExecutions": number,
            "Status": "READY",
            "LastModified": function.latest.modified.iso_extended(),
        });
        (qualifier.clone(), entry)
    });
    paged(route, "ProvisionedConcurrencyConfigs", &function.name, PAGE, items)
}

pub(super) fn tags(
    functions: &mut Functions,
    route: &Route,
    _: Input<'_>,
    setting: &Setting<'_>,
) -> Result<Json, Refusal> {
    if !route.function().starts_with("arn:") {
        let rule = format!("Member must satisfy regular expression pattern: {ARN}");
        return Err(broken("resource", route.function(), &rule));
    }
    Ok(json!({ "Tags": asked(functions, route, setting)?.tags }))
}

fn asked<'a>(functions: &'a Functions, route: &Route, setting: &Setting<'_>) -> Result<&'a Function, Refusal> {
    functions.function(&functions.asked_unqualified(route.operation, route.function(), setting.caller)?)
}

/// A page of `items`, which are sorted by their keys. `of` is what is listed.
fn paged(
    route: &Route,
    member: &str,
    of: &str,
    max: usize,
    items: impl Iterator<Item = (String, Json)>,
) -> Result<Json, Refusal> {
    let size = match route.parameter("MaxItems").map(str::parse) {
        None => PAGE,
        Some(Ok(asked)) => {
            let mut constraints = Constraints::default();
            constraints.range("maxItems", Some(asked), max);
            constraints.check()?;
            usize::try_from(asked).map_or(PAGE, |asked| asked.min(PAGE))
        }
        Some(Err(_)) => return Err(Refusal::serialization("STRING_VALUE cannot be converted to Integer")),
    };
    let scope = format!("{} {of}", route.operation.as_str());
    let position = page::position(&scope, route.parameter("Marker")).map_err(|_| invalid_parameter(INVALID_MARKER))?;
    let Page { items, next } = page::take(items, &position, size);
    let mut answer = Map::new();
    answer.insert(member.to_owned(), items.into());
    if let Some(next) = next {
        answer.insert("NextMarker".to_owned(), page::token(&scope, &next).into());
    }
    Ok(answer.into())
}

/// `$LATEST` comes first, and 10 after 9.
fn sortable(version: &str) -> String {
    format!("{:020}", version.parse::<u64>().unwrap_or_default())
}

pub(super) fn broken(member: &str, text: &str, rule: &str) -> Refusal {
    Refusal::validation(format!(
        "1 validation error detected: Value '{text}' at '{member}' failed to satisfy constraint: {rule}"
    ))
}

/// The API reference of the three listings: "a maximum of 50 items in each response, even if you set the number higher".
const PAGE: usize = 50;
/// The model, `MaxListItems`; `MaxProvisionedConcurrencyConfigListItems` is 50.
const MAX_ITEMS: usize = 10_000;
/// The model, `FunctionArn`.
const ARN: &str = r"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}(-gov)?-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?";
const TWO_QUALIFIERS: &str = "The derived qualifier from the function name does not match the specified qualifier.";
/// The sentence is ours.
const INVALID_MARKER: &str = "The specified marker isn't valid.";
