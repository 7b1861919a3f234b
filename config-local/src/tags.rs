//! Tags of parameters: `AddTagsToResource`, `RemoveTagsFromResource`, `ListTagsForResource`, and those of `PutParameter`.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::input::Input;
use crate::parameter::Parameter;
use crate::store::Store;
use crate::{Refusal, limits};

/// The member `Tags`.
pub(crate) fn read(input: Input<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let pair = |tag: Input<'_>| {
        Ok((tag.text("Key")?.unwrap_or_default().to_owned(), tag.text("Value")?.unwrap_or_default().to_owned()))
    };
    input.objects("Tags")?.into_iter().map(pair).collect()
}

pub(crate) fn add(store: &mut Store, input: Input<'_>) -> Result<Json, Refusal> {
    let tags = read(input)?;
    let parameter = resource_mut(store, input)?;
    let new = tags.keys().filter(|key| !parameter.tags.contains_key(*key)).count();
    limits::tags(parameter.tags.len() + new)?;
    parameter.tags.extend(tags);
    Ok(json!({}))
}

pub(crate) fn remove(store: &mut Store, input: Input<'_>) -> Result<Json, Refusal> {
    let keys = input.texts("TagKeys")?.unwrap_or_default();
    resource_mut(store, input)?.tags.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

pub(crate) fn list(store: &Store, input: Input<'_>) -> Result<Json, Refusal> {
    let parameter = store.parameters.get(&resource(input)?).ok_or_else(invalid_id)?;
    let tags: Vec<_> = parameter.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    Ok(json!({ "TagList": tags }))
}

fn resource_mut<'a>(store: &'a mut Store, input: Input<'_>) -> Result<&'a mut Parameter, Refusal> {
    store.parameters.get_mut(&resource(input)?).ok_or_else(invalid_id)
}

fn resource(input: Input<'_>) -> Result<String, Refusal> {
    if input.text("ResourceType")? != Some("Parameter") {
        return Err(Refusal::client("InvalidResourceType", "Invalid Resource Type"));
    }
    Ok(Store::key(input.text("ResourceId")?.unwrap_or_default()))
}

fn invalid_id() -> Refusal {
    Refusal::client("InvalidResourceId", "Invalid Resource Id")
}
