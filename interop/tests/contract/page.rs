//! `GetParametersByPath`.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{Parameter, ParameterStringFilter, ParameterType};

use crate::observed::Source::{Guide, Model, Quoted};
use crate::observed::{Observed, outcome, refusal, values};

fn filter(key: &str, option: Option<&str>, value: &str) -> ParameterStringFilter {
    let filter = ParameterStringFilter::builder().key(key).set_option(option.map(str::to_owned)).values(value);
    filter.build().unwrap()
}

/// Every page, as long as there is a token.
async fn pages(ssm: &Client, path: &str) -> String {
    let (mut found, mut sizes, mut token): (Vec<Parameter>, Vec<usize>, Option<String>) =
        (Vec::new(), Vec::new(), None);
    loop {
        let page = ssm.get_parameters_by_path().path(path).recursive(true).set_next_token(token.take()).send().await;
        let page = match page {
            Ok(page) => page,
            Err(err) => return refusal::<(), _>(Err(err)),
        };
        sizes.push(page.parameters().len());
        found.extend(page.parameters.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let mut names: Vec<_> = found.iter().filter_map(Parameter::name).collect();
    names.sort_unstable();
    names.dedup();
    // AWS may give short and empty pages; it never gives more than ten entries.
    let largest = sizes.iter().max().copied().unwrap_or_default();
    format!("{} entries of {} names, at most 10 a page: {}", found.len(), names.len(), largest <= 10)
}

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    for (name, value) in
        [("/page/A", "a"), ("/page/sub/B", "b"), ("/page/sub/deep/C", "c"), ("/pages/D", "d"), ("/page", "own")]
    {
        let _ = ssm.put_parameter().name(name).value(value).r#type(ParameterType::SecureString).send().await;
    }
    let _ = ssm.put_parameter().name("/page/TEXT").value("t").r#type(ParameterType::String).send().await;
    let _ = ssm.label_parameter_version().name("/page/sub/B").labels("live").send().await;
    for number in 0..23 {
        let name = format!("/page23/K{number:02}");
        let _ = ssm.put_parameter().name(name).value("x").r#type(ParameterType::String).send().await;
    }
    let below = |path: &str| ssm.get_parameters_by_path().path(path).with_decryption(true);

    let one = outcome(below("/page").send().await, |got| values(got.parameters()));
    observed.add("a path gives one level", Model, "/page/A = a, /page/TEXT = t", one);
    let slash = outcome(below("/page/").send().await, |got| values(got.parameters()));
    observed.add("a path may end in a slash", Model, "/page/A = a, /page/TEXT = t", slash);
    let all = outcome(below("/page").recursive(true).send().await, |got| values(got.parameters()));
    let aws = "/page/A = a, /page/TEXT = t, /page/sub/B = b, /page/sub/deep/C = c";
    observed.add("a path gives every level where asked", Model, aws, all);
    let none = outcome(below("/nothing").send().await, |got| values(got.parameters()));
    observed.add("a path with nothing below it is empty", Model, "nothing", none);
    let pages = pages(ssm, "/page23").await;
    observed.add(
        "23 parameters come in pages, each once",
        Model,
        "23 entries of 23 names, at most 10 a page: true",
        pages,
    );
    let text = |number: u8, rule: &str| {
        format!(
            "ValidationException: 1 validation error detected: Value '{number}' at 'maxResults' failed to satisfy \
             constraint: Member must have value {rule}"
        )
    };
    let eleven = refusal(below("/page23").max_results(11).send().await);
    observed.add("a page has at most ten entries", Model, text(11, "less than or equal to 10"), eleven);
    let token = refusal(below("/page23").next_token("no-token").send().await);
    let token = token.split(':').next().unwrap_or_default().to_owned();
    observed.add("a path refuses a token it did not give (the code)", Model, "InvalidNextToken", token);

    let bare = refusal(below("page").send().await).split(':').next().unwrap_or_default().to_owned();
    observed.add("a path without its first slash is refused (the code)", Quoted, "ValidationException", bare);
    let kind = below("/page").recursive(true).parameter_filters(filter("Type", None, "String")).send().await;
    let kind = outcome(kind, |got| values(got.parameters()));
    observed.add("a path is filtered by type", Guide, "/page/TEXT = t", kind);
    let label = below("/page").recursive(true).parameter_filters(filter("Label", Some("Equals"), "live")).send().await;
    let label = outcome(label, |got| values(got.parameters()));
    observed.add("a path is filtered by label", Guide, "/page/sub/B = b", label);
    let name = refusal(below("/page").parameter_filters(filter("Name", None, "/page/A")).send().await);
    let aws =
        "InvalidFilterKey: The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].";
    observed.add("a path is not filtered by name", Quoted, aws, name);
}
