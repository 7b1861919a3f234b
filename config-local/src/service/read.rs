//! The operations that read: which parameters, which page, decrypted or not.

use serde_json::{Value as Json, json};

use crate::Refusal;
use crate::filter::{self, Filter, Filters};
use crate::input::Input;
use crate::limits::{self, Constraints};
use crate::page::{self, Page};
use crate::service::{Setting, check_names, encode, required};
use crate::store::{Found, Store, not_found};

pub(super) fn get_parameter(store: &Store, input: Input<'_>, setting: &Setting<'_>) -> Result<Json, Refusal> {
    let name = required(input.text("Name")?, "name")?;
    let mut constraints = Constraints::default();
    constraints.length("name", name, 1, limits::NAME_IN_REQUEST);
    constraints.check()?;
    let decrypt = input.flag("WithDecryption")?;
    let found = store.find(name, decrypt)?;
    Ok(json!({ "Parameter": found.encode(store, decrypt, setting)? }))
}

pub(super) fn get_parameters(store: &Store, input: Input<'_>, setting: &Setting<'_>) -> Result<Json, Refusal> {
    let names = required(input.texts("Names")?, "names")?;
    check_names(&names)?;
    let decrypt = input.flag("WithDecryption")?;
    let mut asked: Vec<&String> = names.iter().filter(|name| !setting.left_out.contains(name)).collect();
    // AWS promises no order; this one is not the request's, and every name is answered once.
    asked.sort_unstable();
    asked.dedup();
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for name in asked {
        match store.find(name, decrypt) {
            Ok(entry) => found.push(entry.encode(store, decrypt, setting)?),
            Err(refusal) if refusal.code() == "ValidationException" => return Err(refusal),
            Err(_) => invalid.push(name),
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
}

pub(super) fn get_parameters_by_path(store: &Store, input: Input<'_>, setting: &Setting<'_>) -> Result<Json, Refusal> {
    let path = required(input.text("Path")?, "path")?;
    let size = page_size(input, limits::PATH_PAGE)?;
    limits::path(path)?;
    let filters = Filters::by_path(filters(input)?)?;
    let (recursive, decrypt) = (input.flag("Recursive")?, input.flag("WithDecryption")?);
    let scope = format!("GetParametersByPath {path}");
    let position = page::position(&scope, input.text("NextToken")?)?;
    let sizes = setting.page_sizes;
    let size = if sizes.is_empty() { size } else { sizes[position.index % sizes.len()].min(size) };

    let matching = store
        .parameters
        .iter()
        .filter(|(key, parameter)| filter::is_under(key, path, recursive) && filters.pass(parameter))
        .map(|(key, parameter)| (key.clone(), parameter));
    let Page { items, next } = page::take(matching, &position, size);
    let parameters = items
        .into_iter()
        .filter(|parameter| !setting.left_out.iter().any(|name| Store::key(name) == Store::key(&parameter.name)))
        .map(|parameter| Found::Parameter(parameter, parameter.latest(), None).encode(store, decrypt, setting))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(with_token(json!({ "Parameters": parameters }), &scope, next))
}

pub(super) fn get_parameter_history(store: &Store, input: Input<'_>, setting: &Setting<'_>) -> Result<Json, Refusal> {
    let name = required(input.text("Name")?, "name")?;
    let size = page_size(input, limits::PAGE)?;
    let name = store.name_of_arn(name).unwrap_or(name);
    limits::name_to_read(name)?;
    let parameter = store.parameter(name).ok_or_else(|| not_found(name))?;
    let decrypt = input.flag("WithDecryption")?;
    let scope = format!("GetParameterHistory {name}");
    let position = page::position(&scope, input.text("NextToken")?)?;

    let versions = parameter.versions.iter().map(|version| (format!("{:020}", version.number), version));
    let Page { items, next } = page::take(versions, &position, size);
    let history = items
        .into_iter()
        .map(|version| {
            let mut entry = encode::metadata(store, parameter, version, setting);
            entry.remove("ARN");
            entry.insert("Value".to_owned(), encode::shown(store, parameter, version, decrypt, setting)?.into());
            entry.insert("Labels".to_owned(), json!(version.labels));
            Ok(Json::Object(entry))
        })
        .collect::<Result<Vec<_>, Refusal>>()?;
    Ok(with_token(json!({ "Parameters": history }), &scope, next))
}

pub(super) fn describe_parameters(store: &Store, input: Input<'_>, setting: &Setting<'_>) -> Result<Json, Refusal> {
    let size = page_size(input, limits::PAGE)?;
    let (filters, legacy) = (filters(input)?, legacy_filters(input)?);
    if !filters.is_empty() && !legacy.is_empty() {
        return Err(Refusal::validation("You can use either Filters or ParameterFilters in a single request."));
    }
    let filters = if legacy.is_empty() { Filters::describe(filters)? } else { Filters::legacy(legacy) };
    let scope = "DescribeParameters";
    let position = page::position(scope, input.text("NextToken")?)?;

    let matching = store.parameters.iter().filter(|(_, parameter)| filters.pass(parameter));
    let Page { items, next } = page::take(matching.map(|(key, parameter)| (key.clone(), parameter)), &position, size);
    let described: Vec<_> =
        items.into_iter().map(|parameter| encode::metadata(store, parameter, parameter.latest(), setting)).collect();
    Ok(with_token(json!({ "Parameters": described }), scope, next))
}

fn page_size(input: Input<'_>, max: usize) -> Result<usize, Refusal> {
    let asked = input.integer("MaxResults")?;
    let mut constraints = Constraints::default();
    constraints.range("maxResults", asked, max);
    constraints.check()?;
    Ok(asked.and_then(|size| usize::try_from(size).ok()).unwrap_or(max))
}

fn filters(input: Input<'_>) -> Result<Vec<Filter>, Refusal> {
    input.objects("ParameterFilters")?.into_iter().map(filter).collect()
}

fn legacy_filters(input: Input<'_>) -> Result<Vec<Filter>, Refusal> {
    input.objects("Filters")?.into_iter().map(filter).collect()
}

fn filter(input: Input<'_>) -> Result<Filter, Refusal> {
    Ok(Filter {
        key: required(input.text("Key")?, "parameterFilters.1.member.key")?.to_owned(),
        option: input.text("Option")?.map(str::to_owned),
        values: input.texts("Values")?.unwrap_or_default(),
    })
}

fn with_token(mut answer: Json, scope: &str, next: Option<page::Position>) -> Json {
    if let Some(next) = next {
        answer["NextToken"] = json!(page::token(scope, &next));
    }
    answer
}
