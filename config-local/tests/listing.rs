//! `GetParametersByPath`, `GetParameterHistory`, `DescribeParameters`: pages, tokens, filters.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod sdk;

use std::collections::BTreeMap;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterTier, ParameterType, ParametersFilter};
use bind_config_local::{LocalSsm, NewParameter, Tier};
use sdk::{client, refusal};

fn filter(key: &str, option: Option<&str>, values: &[&str]) -> ParameterStringFilter {
    ParameterStringFilter::builder()
        .key(key)
        .set_option(option.map(str::to_owned))
        .set_values(Some(values.iter().map(|value| (*value).to_owned()).collect()))
        .build()
        .unwrap()
}

/// The names on each page.
async fn pages(client: &Client, path: &str, size: Option<i32>) -> Vec<Vec<String>> {
    let (mut pages, mut token) = (Vec::new(), None);
    loop {
        let page = client
            .get_parameters_by_path()
            .path(path)
            .recursive(true)
            .set_max_results(size)
            .set_next_token(token)
            .send()
            .await
            .unwrap();
        pages.push(page.parameters().iter().map(|parameter| parameter.name().unwrap().to_owned()).collect());
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return pages;
        }
    }
}

fn twelve() -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    for number in 0..12 {
        ssm.put(NewParameter::secure(format!("/app/K{number:02}"), format!("v{number}"))).unwrap();
    }
    ssm
}

#[tokio::test]
async fn a_path_is_listed_in_pages_of_ten() {
    let ssm = twelve();

    let pages = pages(&client(&ssm), "/app", None).await;

    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 2]);
    assert_eq!(pages.concat(), ssm.names());
}

#[tokio::test]
async fn pages_are_as_large_as_asked_for() {
    let ssm = twelve();

    let pages = pages(&client(&ssm), "/app/", Some(5)).await;

    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 2]);
}

#[tokio::test]
async fn pages_may_be_short_or_empty_and_still_go_on() {
    let ssm = twelve();
    ssm.set_page_sizes([3, 0, 10]);

    let pages = pages(&client(&ssm), "/app", None).await;

    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 0, 9]);
    assert_eq!(pages.concat(), ssm.names());
}

#[tokio::test]
async fn a_listing_goes_on_after_what_was_deleted() {
    let ssm = twelve();
    let client = client(&ssm);
    let first = client.get_parameters_by_path().path("/app").max_results(3).send().await.unwrap();
    ssm.delete("/app/K02").unwrap();

    let second = client
        .get_parameters_by_path()
        .path("/app")
        .max_results(3)
        .next_token(first.next_token().unwrap())
        .send()
        .await;

    assert_eq!(second.unwrap().parameters()[0].name(), Some("/app/K03"));
}

#[tokio::test]
async fn a_token_is_good_for_its_own_listing_only() {
    let ssm = twelve();
    let client = client(&ssm);
    let first = client.get_parameters_by_path().path("/app").send().await.unwrap();
    let token = first.next_token().unwrap();
    for (path, token) in [("/app", "forged"), ("/app", &token[1..]), ("/other", token), ("/app", "é")] {
        let refused = client.get_parameters_by_path().path(path).next_token(token).send().await;

        assert_eq!(refusal(refused), "InvalidNextToken: The specified token isn't valid.", "{path} {token}");
    }
    let refused = client.describe_parameters().next_token(token).send().await;
    assert_eq!(refusal(refused), "InvalidNextToken: The specified token isn't valid.");
}

#[tokio::test]
async fn only_the_next_level_is_listed_unless_asked_otherwise() {
    let ssm = LocalSsm::start().unwrap();
    for name in ["/app/A", "/app/b/B", "/application/C", "/app", "D"] {
        ssm.put(NewParameter::string(name, "x")).unwrap();
    }
    let client = client(&ssm);
    for (path, recursive, expected) in [
        ("/app", false, vec!["/app/A"]),
        ("/app", true, vec!["/app/A", "/app/b/B"]),
        ("/app/b", false, vec!["/app/b/B"]),
        ("/", false, vec!["D", "/app"]),
        ("/", true, vec!["D", "/app", "/app/A", "/app/b/B", "/application/C"]),
        ("/nothing", true, vec![]),
    ] {
        let got = client.get_parameters_by_path().path(path).recursive(recursive).send().await.unwrap();

        let names: Vec<_> = got.parameters().iter().filter_map(|parameter| parameter.name()).collect();
        assert_eq!(names, expected, "{path} {recursive}");
    }
}

#[tokio::test]
async fn values_are_decrypted_where_asked() {
    let ssm = twelve();
    let client = client(&ssm);

    let plain = client.get_parameters_by_path().path("/app").with_decryption(true).send().await.unwrap();
    let sealed = client.get_parameters_by_path().path("/app").send().await.unwrap();

    assert_eq!(plain.parameters()[0].value(), Some("v0"));
    assert!(sealed.parameters()[0].value().unwrap().starts_with("AQICAHh"));
}

#[tokio::test]
async fn a_path_is_filtered_by_type_key_and_label() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("/app/A", "x")).unwrap();
    ssm.put(NewParameter::secure("/app/B", "x")).unwrap();
    ssm.put(NewParameter::secure("/app/C", "x").key("alias/mine")).unwrap();
    let client = client(&ssm);
    client.label_parameter_version().name("/app/A").labels("live").send().await.unwrap();
    for (filter, expected) in [
        (filter("Type", None, &["SecureString"]), vec!["/app/B", "/app/C"]),
        (filter("Type", Some("BeginsWith"), &["String", "SecureString"]), vec!["/app/A", "/app/B", "/app/C"]),
        (filter("KeyId", Some("Equals"), &["alias/mine"]), vec!["/app/C"]),
        (filter("Label", None, &["live"]), vec!["/app/A"]),
    ] {
        let got = client.get_parameters_by_path().path("/app").parameter_filters(filter.clone()).send().await.unwrap();

        let names: Vec<_> = got.parameters().iter().filter_map(|parameter| parameter.name()).collect();
        assert_eq!(names, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn filters_and_paths_that_aws_refuses_are_refused() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    for (filters, expected) in [
        (
            vec![filter("Name", None, &["x"])],
            "InvalidFilterKey: The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId].",
        ),
        (
            vec![filter("Type", Some("Contains"), &["String"])],
            "InvalidFilterOption: The following filter option is not valid: Contains. Valid options include: [BeginsWith, \
             Equals].",
        ),
        (
            vec![filter("Type", None, &["Text"])],
            "InvalidFilterValue: The following filter value is not valid: Text. Valid values include: [String, StringList, \
             SecureString].",
        ),
        (
            vec![filter("Type", None, &["String"]), filter("Type", None, &["String"])],
            "InvalidFilterKey: The following filter is duplicated in the request: Type. A request can contain only one \
             occurrence of a specific filter.",
        ),
        (
            vec![filter("Type", None, &[])],
            "InvalidFilterValue: The following filter values are missing : null for filter key Type.",
        ),
    ] {
        let refused = client.get_parameters_by_path().path("/app").set_parameter_filters(Some(filters)).send().await;

        assert_eq!(refusal(refused), expected);
    }
    for (size, rule) in [(0, "greater than or equal to 1"), (11, "less than or equal to 10")] {
        let refused = client.get_parameters_by_path().path("/app").max_results(size).send().await;
        let expected = format!(
            "ValidationException: 1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: \
             Member must have value {rule}"
        );
        assert_eq!(refusal(refused), expected);
    }
    for path in ["app", "/app//x", "/ssm/x", "/app/{x}"] {
        let refused = client.get_parameters_by_path().path(path).send().await;

        assert_eq!(
            refusal(refused),
            "ValidationException: The parameter doesn't meet the parameter name requirements. The parameter name must begin \
             with a forward slash \"/\". It can't be prefixed with \\\"aws\\\" or \\\"ssm\\\" (case-insensitive). It must \
             use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special \
             characters are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid \
             example: /get/parameters2-/by1./path0_.",
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_history_has_every_version_with_its_labels() {
    let ssm = LocalSsm::start().unwrap();
    for number in 1..=60 {
        ssm.put(NewParameter::secure("/KEY", format!("v{number}")).key("alias/mine").description("a key")).unwrap();
    }
    let client = client(&ssm);
    client.label_parameter_version().name("/KEY").parameter_version(2).labels("live").send().await.unwrap();

    let first = client.get_parameter_history().name("/KEY").with_decryption(true).send().await.unwrap();
    let token = first.next_token().unwrap();
    let rest = client.get_parameter_history().name("/KEY").next_token(token).send().await.unwrap();
    let missing = client.get_parameter_history().name("/NO").send().await;

    assert_eq!((first.parameters().len(), rest.parameters().len()), (50, 10));
    assert_eq!(rest.next_token(), None);
    let second = &first.parameters()[1];
    assert_eq!((second.version(), second.value(), second.labels()), (2, Some("v2"), &["live".to_owned()][..]));
    assert_eq!((second.key_id(), second.description()), (Some("alias/mine"), Some("a key")));
    assert_eq!(
        second.last_modified_user(),
        Some("arn:aws:sts::123456789012:assumed-role/local-function/local-function")
    );
    assert!(rest.parameters()[0].value().unwrap().starts_with("AQICAHh"));
    assert_eq!(refusal(missing), "ParameterNotFound: Parameter /NO not found.");
}

fn described() -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("/app/A", "hunter2").tag("team", "one").create_only()).unwrap();
    ssm.put(NewParameter::secure("/app/b/B", "hunter2")).unwrap();
    ssm.put(NewParameter::secure("/other", "hunter2").key("alias/mine").tier(Tier::Advanced)).unwrap();
    ssm
}

#[tokio::test]
async fn parameters_are_described_without_values() {
    let ssm = described();

    let got = client(&ssm).describe_parameters().send().await.unwrap();

    let by_name: BTreeMap<_, _> = got.parameters().iter().map(|found| (found.name().unwrap(), found)).collect();
    assert_eq!(by_name.keys().copied().collect::<Vec<_>>(), ["/app/A", "/app/b/B", "/other"]);
    assert_eq!(by_name["/app/A"].r#type(), Some(&ParameterType::String));
    assert_eq!((by_name["/app/A"].key_id(), by_name["/app/b/B"].key_id()), (None, Some("alias/aws/ssm")));
    assert_eq!(by_name["/other"].tier(), Some(&ParameterTier::Advanced));
    assert_eq!(by_name["/other"].arn(), Some("arn:aws:ssm:us-east-1:123456789012:parameter/other"));
    assert!(!format!("{got:?}").contains("hunter2"));
}

#[tokio::test]
async fn parameters_are_described_by_filter() {
    let ssm = described();
    let client = client(&ssm);
    for (filter, expected) in [
        (filter("Name", Some("BeginsWith"), &["/app"]), vec!["/app/A", "/app/b/B"]),
        (filter("Name", Some("Contains"), &["b/"]), vec!["/app/b/B"]),
        (filter("Name", None, &["other"]), vec!["/other"]),
        (filter("Path", None, &["/app"]), vec!["/app/A"]),
        (filter("Path", Some("Recursive"), &["/app"]), vec!["/app/A", "/app/b/B"]),
        (filter("Type", None, &["SecureString"]), vec!["/app/b/B", "/other"]),
        (filter("Tier", None, &["Advanced"]), vec!["/other"]),
        (filter("KeyId", None, &["alias/mine"]), vec!["/other"]),
        (filter("tag:team", None, &["one"]), vec!["/app/A"]),
    ] {
        let got = client.describe_parameters().parameter_filters(filter.clone()).send().await.unwrap();

        let names: Vec<_> = got.parameters().iter().filter_map(|parameter| parameter.name()).collect();
        assert_eq!(names, expected, "{filter:?}");
    }
    let label = client.describe_parameters().parameter_filters(filter("Label", None, &["live"])).send().await;
    assert_eq!(
        refusal(label),
        "InvalidFilterKey: The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, \
         KeyId, Tier]."
    );
}

#[tokio::test]
async fn the_older_filters_work_alone() {
    let ssm = described();
    let client = client(&ssm);
    let older = ParametersFilter::builder().key("Name".into()).values("/app").build().unwrap();

    let got = client.describe_parameters().filters(older.clone()).max_results(1).send().await.unwrap();
    let both =
        client.describe_parameters().filters(older).parameter_filters(filter("Name", None, &["/x"])).send().await;

    assert_eq!(got.parameters()[0].name(), Some("/app/A"));
    assert!(got.next_token().is_some());
    assert_eq!(
        refusal(both),
        "ValidationException: You can use either Filters or ParameterFilters in a single request."
    );
}
