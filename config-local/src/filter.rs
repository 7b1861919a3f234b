//! `ParameterFilters` of `GetParametersByPath` and `DescribeParameters`, and the older `Filters`.

use crate::Refusal;
use crate::limits;
use crate::parameter::{Parameter, ParameterType, Tier};
use crate::store::Store;

/// One filter; a parameter passes if it passes all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) key: String,
    pub(crate) option: Option<String>,
    pub(crate) values: Vec<String>,
}

/// The filters of one operation, checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters(Vec<Filter>);

impl Filters {
    /// Type, `KeyId` and Label.
    pub(crate) fn by_path(filters: Vec<Filter>) -> Result<Self, Refusal> {
        Self::checked(filters, &["Type", "KeyId", "Label"], "[Type, KeyId]")
    }

    /// Everything but Label.
    pub(crate) fn describe(filters: Vec<Filter>) -> Result<Self, Refusal> {
        let keys = ["Path", "Name", "Type", "KeyId", "Tier", "DataType"];
        Self::checked(filters, &keys, "[Path, Name, Type, KeyId, Tier]")
    }

    /// The older `Filters`: names by their beginning, the rest whole.
    pub(crate) fn legacy(filters: Vec<Filter>) -> Self {
        let option = |key: &str| if key == "Name" { "BeginsWith" } else { "Equals" };
        Self(filters.into_iter().map(|f| Filter { option: Some(option(&f.key).to_owned()), ..f }).collect())
    }

    fn checked(filters: Vec<Filter>, keys: &[&str], valid: &str) -> Result<Self, Refusal> {
        for (index, filter) in filters.iter().enumerate() {
            let key = filter.key.as_str();
            if !keys.contains(&key) && (!key.starts_with("tag:") || !keys.contains(&"Name")) {
                let text = format!("The following filter key is not valid: {key}. Valid filter keys include: {valid}.");
                return Err(Refusal::client("InvalidFilterKey", text));
            }
            if filter.values.is_empty() && !key.starts_with("tag:") {
                let text = format!("The following filter values are missing : null for filter key {key}.");
                return Err(Refusal::client("InvalidFilterValue", text));
            }
            if filters[..index].iter().any(|other| other.key == key) {
                let text = format!(
                    "The following filter is duplicated in the request: {key}. A request can contain only one occurrence \
                     of a specific filter."
                );
                return Err(Refusal::client("InvalidFilterKey", text));
            }
            check_option(filter)?;
            check_values(filter)?;
        }
        Ok(Self(filters))
    }

    pub(crate) fn pass(&self, parameter: &Parameter) -> bool {
        self.0.iter().all(|filter| passes(filter, parameter))
    }
}

fn check_option(filter: &Filter) -> Result<(), Refusal> {
    let Some(option) = filter.option.as_deref() else { return Ok(()) };
    let (valid, shown): (&[&str], &str) = match filter.key.as_str() {
        "Path" => (&["Recursive", "OneLevel"], "[Recursive, OneLevel]"),
        "Name" => (&["BeginsWith", "Equals", "Contains"], "[BeginsWith, Equals]"),
        _ => (&["BeginsWith", "Equals"], "[BeginsWith, Equals]"),
    };
    if valid.contains(&option) {
        return Ok(());
    }
    let text = format!("The following filter option is not valid: {option}. Valid options include: {shown}.");
    Err(Refusal::client("InvalidFilterOption", text))
}

fn check_values(filter: &Filter) -> Result<(), Refusal> {
    let invalid = |valid: fn(&str) -> bool| filter.values.iter().find(|value| !valid(value));
    let (bad, shown) = match filter.key.as_str() {
        "Type" => (invalid(|value| ParameterType::parse(value).is_some()), "[String, StringList, SecureString]"),
        "Tier" => (invalid(|value| Tier::parse(value).is_some()), "[Standard, Advanced, Intelligent-Tiering]"),
        "Path" => return filter.values.iter().try_for_each(|value| limits::path(value)),
        _ => return Ok(()),
    };
    let Some(bad) = bad else { return Ok(()) };
    let text = format!("The following filter value is not valid: {bad}. Valid values include: {shown}.");
    Err(Refusal::client("InvalidFilterValue", text))
}

fn passes(filter: &Filter, parameter: &Parameter) -> bool {
    let latest = parameter.latest();
    let name = Store::key(&parameter.name);
    let option = filter.option.as_deref().unwrap_or("Equals");
    let any = |is: &dyn Fn(&str) -> bool| filter.values.iter().any(|value| is(value));
    let compare = |own: &str| {
        any(&|value| match option {
            "BeginsWith" => own.starts_with(value),
            "Contains" => own.contains(value),
            _ => own == value,
        })
    };
    match filter.key.as_str() {
        "Name" if option == "Contains" => compare(&name),
        "Name" => any(&|value| {
            if option == "BeginsWith" { name.starts_with(&Store::key(value)) } else { name == Store::key(value) }
        }),
        "Path" => any(&|value| is_under(&name, value, option == "Recursive")),
        "Type" => compare(latest.kind.as_str()),
        "Tier" => compare(latest.tier.as_str()),
        "DataType" => compare(&latest.data_type),
        "KeyId" => latest.key_id.as_deref().is_some_and(compare),
        "Label" => parameter.versions.iter().any(|version| version.labels.iter().any(|label| compare(label))),
        tag => {
            let own = tag.strip_prefix("tag:").and_then(|tag| parameter.tags.get(tag));
            own.is_some_and(|own| filter.values.is_empty() || compare(own))
        }
    }
}

/// Whether a parameter is below a path, directly or at any depth. Not the one that has the path's own name.
pub(crate) fn is_under(key: &str, path: &str, recursive: bool) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let Some(rest) = key.strip_prefix(path).and_then(|rest| rest.strip_prefix('/')) else { return false };
    !rest.is_empty() && (recursive || !rest.contains('/'))
}
