//! Tags of parameters.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{ParameterType, ResourceTypeForTagging as Resource, Tag};

use crate::observed::Source::Model;
use crate::observed::{Observed, list, outcome, refusal};

async fn tags(ssm: &Client, name: &str) -> String {
    let found = ssm.list_tags_for_resource().resource_type(Resource::Parameter).resource_id(name).send().await;
    outcome(found, |found| {
        let mut tags: Vec<_> = found.tag_list().iter().map(|tag| format!("{}={}", tag.key(), tag.value())).collect();
        tags.sort();
        list(&tags)
    })
}

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let put =
        ssm.put_parameter().name("/tag/KEY").value("x").r#type(ParameterType::String).tags(tag("team", "payments"));
    let _ = put.send().await;
    observed.add("a new parameter has its tags", Model, "team=payments", tags(ssm, "/tag/KEY").await);
    let add = ssm.add_tags_to_resource().resource_type(Resource::Parameter).resource_id("/tag/KEY");
    let _ = add.tags(tag("team", "orders")).tags(tag("a", "b")).send().await;
    observed.add("tags are added and replaced", Model, "a=b, team=orders", tags(ssm, "/tag/KEY").await);
    let remove = ssm.remove_tags_from_resource().resource_type(Resource::Parameter).resource_id("/tag/KEY");
    let _ = remove.tag_keys("a").tag_keys("no").send().await;
    observed.add("tags are taken off", Model, "team=orders", tags(ssm, "/tag/KEY").await);
    let missing =
        ssm.add_tags_to_resource().resource_type(Resource::Parameter).resource_id("/tag/NO").tags(tag("a", "b"));
    let missing = refusal(missing.send().await).split(':').next().unwrap_or_default().to_owned();
    observed.add("what is not there takes no tag (the code)", Model, "InvalidResourceId", missing);
}
