//! Labels of versions and tags of parameters.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod sdk;

use aws_sdk_ssm::types::Tag;
use bind_config_local::{LocalSsm, NewParameter};
use sdk::{client, refusal};

fn three_versions() -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    for value in ["one", "two", "three"] {
        ssm.put(NewParameter::string("/KEY", value)).unwrap();
    }
    ssm
}

#[tokio::test]
async fn a_label_moves_between_versions() {
    let ssm = three_versions();
    let client = client(&ssm);
    let label =
        |version| client.label_parameter_version().name("/KEY").set_parameter_version(version).labels("live").send();

    let latest = label(None).await.unwrap();
    label(Some(1)).await.unwrap();
    let got = client.get_parameter().name("/KEY:live").send().await.unwrap();
    let history = client.get_parameter_history().name("/KEY").send().await.unwrap();

    assert_eq!((latest.parameter_version(), latest.invalid_labels()), (3, &[][..]));
    assert_eq!(got.parameter().unwrap().value(), Some("one"));
    let labels: Vec<_> = history.parameters().iter().map(|version| version.labels().len()).collect();
    assert_eq!(labels, [1, 0, 0]);
}

#[tokio::test]
async fn labels_that_break_the_rules_are_listed_and_not_attached() {
    let ssm = three_versions();
    let client = client(&ssm);
    let names = ["good-1_.x", "1st", "aws-x", "SSM", "a b"].map(str::to_owned).to_vec();

    let labelled = client.label_parameter_version().name("/KEY").set_labels(Some(names)).send().await.unwrap();
    let history = client.get_parameter_history().name("/KEY").send().await.unwrap();

    assert_eq!(labelled.invalid_labels(), ["1st", "aws-x", "SSM", "a b"]);
    assert_eq!(history.parameters()[2].labels(), ["good-1_.x"]);
}

#[tokio::test]
async fn a_version_has_ten_labels_at_most() {
    let ssm = three_versions();
    let client = client(&ssm);
    let ten: Vec<_> = (0..10).map(|number| format!("l{number}")).collect();
    client.label_parameter_version().name("/KEY").set_labels(Some(ten)).send().await.unwrap();

    let refused = client.label_parameter_version().name("/KEY").labels("l10").send().await;
    client.label_parameter_version().name("/KEY").labels("l9").send().await.unwrap();

    assert_eq!(
        refusal(refused),
        "ParameterVersionLabelLimitExceeded: An error occurred (ParameterVersionLabelLimitExceeded) when calling the \
         LabelParameterVersion operation: A parameter version can have maximum 10 labels. Move one or more labels to another \
         version and try again."
    );
}

#[tokio::test]
async fn labels_need_a_version_that_is_there() {
    let ssm = three_versions();
    let client = client(&ssm);
    let label =
        |name: &str, version| client.label_parameter_version().name(name).parameter_version(version).labels("x").send();
    let long = client.label_parameter_version().name("/KEY").labels("x".repeat(101)).send().await;

    assert_eq!(refusal(label("/NO", 1).await), "ParameterNotFound: Parameter /NO not found.");
    assert_eq!(
        refusal(label("/KEY", 9).await),
        "ParameterVersionNotFound: Systems Manager could not find version 9 of /KEY. Verify the version and try again."
    );
    assert_eq!(
        refusal(long),
        format!(
            "ValidationException: 1 validation error detected: Value '[{}]' at 'labels' failed to satisfy constraint: Member \
             must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater \
             than or equal to 1]",
            "x".repeat(101)
        )
    );
}

#[tokio::test]
async fn labels_are_taken_off_again() {
    let ssm = three_versions();
    let client = client(&ssm);
    client.label_parameter_version().name("/KEY").labels("live").send().await.unwrap();

    let off =
        client.unlabel_parameter_version().name("/KEY").parameter_version(3).labels("live").labels("x").send().await;
    let gone = client.get_parameter().name("/KEY:live").send().await;

    let off = off.unwrap();
    assert_eq!((off.removed_labels(), off.invalid_labels()), (&["live".to_owned()][..], &["x".to_owned()][..]));
    assert_eq!(
        refusal(gone),
        "ParameterVersionNotFound: Systems Manager could not find version live of /KEY. Verify the version and try again."
    );
}

#[tokio::test]
async fn tags_are_added_and_removed() {
    let ssm = three_versions();
    let client = client(&ssm);
    let tag = |key: &str| Tag::builder().key(key).value("v").build().unwrap();
    let kind = || "Parameter".into();

    client
        .add_tags_to_resource()
        .resource_type(kind())
        .resource_id("/KEY")
        .tags(tag("a"))
        .tags(tag("b"))
        .send()
        .await
        .unwrap();
    client.remove_tags_from_resource().resource_type(kind()).resource_id("/KEY").tag_keys("a").send().await.unwrap();
    let listed = client.list_tags_for_resource().resource_type(kind()).resource_id("/KEY").send().await.unwrap();
    let missing = client.list_tags_for_resource().resource_type(kind()).resource_id("/NO").send().await;
    let other = client.list_tags_for_resource().resource_type("Document".into()).resource_id("/KEY").send().await;

    assert_eq!(listed.tag_list().iter().map(Tag::key).collect::<Vec<_>>(), ["b"]);
    assert_eq!(refusal(missing), "InvalidResourceId: Invalid Resource Id");
    assert_eq!(refusal(other), "InvalidResourceType: Invalid Resource Type");
}

#[tokio::test]
async fn a_parameter_has_fifty_tags() {
    let ssm = three_versions();
    let client = client(&ssm);
    let add = async |from: usize, to: usize| {
        let tags = (from..to).map(|at| Tag::builder().key(format!("t{at}")).value("v").build().unwrap()).collect();
        client
            .add_tags_to_resource()
            .resource_type("Parameter".into())
            .resource_id("/KEY")
            .set_tags(Some(tags))
            .send()
            .await
    };

    add(0, 50).await.unwrap();

    assert!(refusal(add(50, 51).await).starts_with("TooManyTagsError: "));
    // One that is there is changed.
    add(49, 50).await.unwrap();
}
