//! `DescribeParameters`.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{ParameterMetadata, ParameterStringFilter, ParameterType};

use crate::observed::Source::{Model, Quoted};
use crate::observed::{Observed, list, outcome, refusal};

fn filter(key: &str, option: Option<&str>, value: &str) -> ParameterStringFilter {
    let filter = ParameterStringFilter::builder().key(key).set_option(option.map(str::to_owned)).values(value);
    filter.build().unwrap()
}

fn names(found: &[ParameterMetadata]) -> String {
    let mut names: Vec<_> = found.iter().filter_map(ParameterMetadata::name).collect();
    names.sort_unstable();
    list(&names)
}

fn fields(found: &[ParameterMetadata]) -> String {
    let shown = |of: &ParameterMetadata| {
        format!(
            "{}, {}, version {}, {}, {}, {}",
            of.name().unwrap_or_default(),
            of.r#type().map_or("no type", ParameterType::as_str),
            of.version(),
            of.tier().map_or("no tier", |tier| tier.as_str()),
            of.key_id().unwrap_or("no key"),
            of.description().unwrap_or("no description"),
        )
    };
    list(&found.iter().map(shown).collect::<Vec<_>>())
}

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    for name in ["/describe/A", "/describe/AB", "/describe/sub/A", "/described"] {
        let put = ssm.put_parameter().name(name).value("x").r#type(ParameterType::String).description("text");
        let _ = put.send().await;
    }
    let _ = ssm.put_parameter().name("/describe/KEY").value("x").r#type(ParameterType::SecureString).send().await;
    let find = |key: &str, option: Option<&str>, value: &str| {
        ssm.describe_parameters().parameter_filters(filter(key, option, value)).send()
    };

    let one = find("Name", None, "/describe/A").await;
    let aws = "/describe/A, String, version 1, Standard, no key, text";
    observed.add(
        "a description has everything but the value",
        Model,
        aws,
        outcome(one, |got| fields(got.parameters())),
    );
    let secure = find("Name", Some("Equals"), "/describe/KEY").await;
    let aws = "/describe/KEY, SecureString, version 1, Standard, alias/aws/ssm, no description";
    observed.add(
        "a SecureString is described with its key",
        Model,
        aws,
        outcome(secure, |got| fields(got.parameters())),
    );
    for (title, key, option, value, aws) in [
        ("names are found by their beginning", "Name", "BeginsWith", "/describe/A", "/describe/A, /describe/AB"),
        ("names are found by a part", "Name", "Contains", "describe/sub/", "/describe/sub/A"),
        ("paths are found with one level", "Path", "OneLevel", "/describe", "/describe/A, /describe/AB, /describe/KEY"),
        (
            "paths are found with every level",
            "Path",
            "Recursive",
            "/describe",
            "/describe/A, /describe/AB, /describe/KEY, /describe/sub/A",
        ),
    ] {
        observed.add(title, Model, aws, outcome(find(key, Some(option), value).await, |got| names(got.parameters())));
    }
    let large = refusal(ssm.describe_parameters().max_results(51).send().await);
    let text = "ValidationException: 1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: \
                Member must have value less than or equal to 50";
    observed.add("a page of descriptions has at most 50", Model, text, large);
    let option = refusal(find("Type", Some("Contains"), "String").await);
    let text = "InvalidFilterOption: The following filter option is not valid: Contains. Valid options include: [BeginsWith, \
                Equals].";
    observed.add("a filter's option fits its key", Quoted, text, option);
    let value = refusal(find("Type", None, "Text").await);
    let text = "InvalidFilterValue: The following filter value is not valid: Text. Valid values include: [String, StringList, \
                SecureString].";
    observed.add("a filter's value fits its key", Quoted, text, value);
}
