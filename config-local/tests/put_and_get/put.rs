//! What is stored, and what is refused: names, values, tiers, types, versions, tags, quotas.

use aws_sdk_ssm::types::{ParameterTier, ParameterType, Tag};
use bind_config_local::{LocalSsm, NewParameter, Tier};

use crate::NAME_RULE;
use crate::sdk::{client, refusal};

#[tokio::test]
async fn a_secret_is_stored_and_read_back() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);

    let put = put!(client, "/app/KEY", "hunter2").description("a key").send().await.unwrap();
    let got = client.get_parameter().name("/app/KEY").with_decryption(true).send().await.unwrap();

    assert_eq!((put.version(), put.tier()), (1, Some(&ParameterTier::Standard)));
    let parameter = got.parameter().unwrap();
    assert_eq!(parameter.name(), Some("/app/KEY"));
    assert_eq!(parameter.value(), Some("hunter2"));
    assert_eq!(parameter.r#type(), Some(&ParameterType::SecureString));
    assert_eq!(parameter.version(), 1);
    assert_eq!(parameter.arn(), Some("arn:aws:ssm:us-east-1:123456789012:parameter/app/KEY"));
    assert_eq!(parameter.data_type(), Some("text"));
    assert_eq!(parameter.selector(), None);
    assert!(parameter.last_modified_date().unwrap().secs() > 1_700_000_000);
}

#[tokio::test]
async fn an_existing_parameter_is_overwritten_only_where_asked() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    put!(client, "/app/KEY", "one").send().await.unwrap();

    let refused = put!(client, "/app/KEY", "two").send().await;
    let put = put!(client, "/app/KEY", "two").overwrite(true).send().await.unwrap();

    assert_eq!(
        refusal(refused),
        "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the \
         request to true."
    );
    assert_eq!(put.version(), 2);
    assert_eq!(ssm.value("/app/KEY").as_deref(), Some("two"));
}

#[tokio::test]
async fn names_that_aws_refuses_are_refused() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let reserved = "ValidationException: Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).";
    // One more than the longest that is taken.
    let long = format!("/{}", "a".repeat(1012 - "arn:aws:ssm:us-east-1:123456789012:parameter/".len()));
    let too_long =
        "ValidationException: Parameter name must not be longer than 1011 characters, the ARN's prefix included.";
    let too_deep = "HierarchyLevelLimitExceededException: A hierarchy can have a maximum of 15 levels. For more information, \
        see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.";
    let sixteen = "/a".repeat(16);
    for (name, expected) in [
        ("/app/MY KEY", NAME_RULE),
        ("/app/clé", NAME_RULE),
        ("/app//KEY", NAME_RULE),
        ("/app/KEY/", NAME_RULE),
        ("/", NAME_RULE),
        ("/app/KEY:1", NAME_RULE),
        ("app/KEY", "ValidationException: Parameter name must be a fully qualified name"),
        ("awsKey", reserved),
        ("/Aws", reserved),
        ("/SSM-key", reserved),
        ("/ssm/key", NAME_RULE),
        ("/aws/key", "AccessDeniedException: No access to reserved parameter name: /aws/key."),
        (&long, too_long),
        (&sixteen, too_deep),
    ] {
        assert_eq!(refusal(put!(client, name, "x").send().await), expected, "{name}");
    }
    assert_eq!(ssm.names(), Vec::<String>::new());
}

#[tokio::test]
async fn the_longest_and_the_deepest_name_are_taken() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let longest = format!("/{}", "a".repeat(1011 - "arn:aws:ssm:us-east-1:123456789012:parameter/".len()));

    put!(client, longest, "x").send().await.unwrap();
    put!(client, "/a".repeat(15), "x").send().await.unwrap();
    put!(client, "plain.name-1_", "x").send().await.unwrap();

    assert_eq!(ssm.names().len(), 3);
}

#[tokio::test]
async fn values_that_aws_refuses_are_refused() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let empty = "ValidationException: 1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member \
        must have length greater than or equal to 1.";
    let nested = "ValidationException: Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.";
    for (value, expected) in [("", empty), ("{{ssm:other}}", nested), ("a {{ b }} c", nested)] {
        assert_eq!(refusal(put!(client, "/KEY", value).send().await), expected);
    }
    put!(client, "/KEY", "{not} {{nested").send().await.unwrap();
}

#[tokio::test]
async fn sizes_are_those_of_the_tier() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let standard = "ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters. To \
        create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, \
        see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html";
    let advanced = "ValidationException: The specified parameter value is too large. Advanced-tier parameters support a \
        maximum parameter value of 8192 characters.";

    put!(client, "/standard", "é".repeat(4096)).send().await.unwrap();
    assert_eq!(refusal(put!(client, "/s2", "x".repeat(4097)).send().await), standard);
    put!(client, "/advanced", "x".repeat(8192)).tier(ParameterTier::Advanced).send().await.unwrap();
    let too_large = put!(client, "/a2", "x".repeat(8193)).tier(ParameterTier::Advanced).send().await;
    assert_eq!(refusal(too_large), advanced);
}

#[tokio::test]
async fn a_tier_goes_up_but_not_down() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let put = |length: usize, tier: Option<ParameterTier>| {
        put!(client, "/KEY", "x".repeat(length)).overwrite(true).set_tier(tier).send()
    };

    let first = put(10, Some(ParameterTier::IntelligentTiering)).await.unwrap();
    let second = put(5000, Some(ParameterTier::IntelligentTiering)).await.unwrap();
    let kept = put(10, None).await.unwrap();
    let intelligent = put(10, Some(ParameterTier::IntelligentTiering)).await.unwrap();
    let refused = put(10, Some(ParameterTier::Standard)).await;

    assert_eq!(first.tier(), Some(&ParameterTier::Standard));
    assert_eq!(second.tier(), Some(&ParameterTier::Advanced));
    assert_eq!(kept.tier(), Some(&ParameterTier::Advanced));
    assert_eq!(intelligent.tier(), Some(&ParameterTier::Advanced));
    assert_eq!(
        refusal(refused),
        "ValidationException: This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the \
         advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and \
         recreate it as a standard parameter."
    );
    assert_eq!(ssm.version("/KEY"), Some(4));
}

#[tokio::test]
async fn a_type_is_given_once_and_stays() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let no_type = client.put_parameter().name("/KEY").value("x").send().await;
    client.put_parameter().name("/KEY").value("x").r#type(ParameterType::String).send().await.unwrap();

    let changed = put!(client, "/KEY", "y").overwrite(true).send().await;
    client.put_parameter().name("/KEY").value("y").overwrite(true).send().await.unwrap();
    let got = client.get_parameter().name("/KEY").send().await.unwrap();

    assert_eq!(refusal(no_type), "ValidationException: A parameter type is required when you create a parameter.");
    assert_eq!(
        refusal(changed),
        "HierarchyTypeMismatchException: Parameter Store doesn't support changing a parameter type in a hierarchy. For \
         example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique \
         parameter."
    );
    assert_eq!(got.parameter().unwrap().r#type(), Some(&ParameterType::String));
}

#[tokio::test]
async fn every_text_of_a_request_has_its_length() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let put = |name: &str| put!(client, name, "x");
    let text = |length: usize| "a".repeat(length);
    let too_long = |most: usize| format!("Member must have length less than or equal to {most}");

    put("/a").description(text(1024)).send().await.unwrap();
    put("/b").allowed_pattern("x?".repeat(512)).send().await.unwrap();
    put("/c").key_id(text(256)).send().await.unwrap();
    let unknown = refusal(put("/d").data_type(text(128)).send().await);
    assert!(unknown.contains("data type is not supported"), "{unknown}");
    for (answer, most) in [
        (refusal(put("/e").description(text(1025)).send().await), 1024),
        (refusal(put("/f").allowed_pattern(text(1025)).send().await), 1024),
        (refusal(put("/g").key_id(text(257)).send().await), 256),
        (refusal(put("/h").data_type(text(129)).send().await), 128),
        (refusal(put(&text(2049)).send().await), 2048),
    ] {
        assert!(answer.starts_with("ValidationException: ") && answer.ends_with(&too_long(most)), "{most}: {answer}");
    }
}

#[tokio::test]
async fn several_mistakes_are_reported_together() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);

    let refused = client.put_parameter().name("/KEY").value("").key_id("a b").send().await;
    let words = client.put_parameter().name("/KEY").value("x").r#type("Strin".into()).tier("Best".into()).send().await;

    assert_eq!(
        refusal(refused),
        "ValidationException: 2 validation errors detected: Value '' at 'value' failed to satisfy constraint: Member must \
         have length greater than or equal to 1.; Value 'a b' at 'keyId' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: ^([a-zA-Z0-9:/_-]+)$"
    );
    assert_eq!(
        refusal(words),
        "ValidationException: 2 validation errors detected: Value 'Strin' at 'type' failed to satisfy constraint: Member \
         must satisfy enum value set: [SecureString, StringList, String]; Value 'Best' at 'tier' failed to satisfy \
         constraint: Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]"
    );
}

#[tokio::test]
async fn a_pattern_is_kept_to_and_must_be_one() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);

    put!(client, "/PORT", "8080").allowed_pattern("^\\d{1,4}$").send().await.unwrap();
    let mismatch = put!(client, "/PORT2", "hunter2").allowed_pattern("^\\d{1,4}$").send().await;
    let no_pattern = put!(client, "/PORT3", "8080").allowed_pattern("(").send().await;

    assert_eq!(
        refusal(mismatch),
        "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: ^\\d{1,4}$"
    );
    assert_eq!(
        refusal(no_pattern),
        "InvalidAllowedPatternException: The request doesn't meet the regular expression requirement."
    );
}

#[tokio::test]
async fn tags_come_with_a_new_parameter_only() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let tag = Tag::builder().key("team").value("payments").build().unwrap();

    let refused = put!(client, "/KEY", "x").overwrite(true).tags(tag.clone()).send().await;
    put!(client, "/KEY", "x").tags(tag).send().await.unwrap();

    assert_eq!(
        refusal(refused),
        "ValidationException: Invalid request: tags and overwrite can't be used together. To create a parameter with tags, \
         please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or \
         RemoveTagsFromResource."
    );
    let listed =
        client.list_tags_for_resource().resource_type("Parameter".into()).resource_id("/KEY").send().await.unwrap();
    assert_eq!((listed.tag_list()[0].key(), listed.tag_list()[0].value()), ("team", "payments"));
}

#[tokio::test]
async fn a_hundred_versions_are_kept() {
    let ssm = LocalSsm::start().unwrap();
    for number in 1..=101 {
        assert_eq!(ssm.put(NewParameter::string("/KEY", format!("v{number}"))), Ok(number));
    }
    let client = client(&ssm);

    let oldest = client.get_parameter().name("/KEY:2").send().await.unwrap();
    let gone = client.get_parameter().name("/KEY:1").send().await;

    assert_eq!(oldest.parameter().unwrap().value(), Some("v2"));
    assert_eq!(
        refusal(gone),
        "ParameterVersionNotFound: Systems Manager could not find version 1 of /KEY. Verify the version and try again."
    );
}

#[tokio::test]
async fn the_oldest_version_is_not_dropped_while_it_has_a_label() {
    let ssm = LocalSsm::start().unwrap();
    for number in 1..=100 {
        ssm.put(NewParameter::string("/KEY", format!("v{number}"))).unwrap();
    }
    let client = client(&ssm);
    client.label_parameter_version().name("/KEY").parameter_version(1).labels("live").send().await.unwrap();

    let refused = client.put_parameter().name("/KEY").value("v101").overwrite(true).send().await;
    client.label_parameter_version().name("/KEY").parameter_version(50).labels("live").send().await.unwrap();
    let put = client.put_parameter().name("/KEY").value("v101").overwrite(true).send().await.unwrap();

    assert_eq!(
        refusal(refused),
        "ParameterMaxVersionLimitExceeded: You attempted to create a new version of /KEY by calling the PutParameter API \
         with the overwrite flag. Version 1, the oldest version, can't be deleted because it has a label associated with \
         it. Move the label to another version of the parameter, and try again."
    );
    assert_eq!(put.version(), 101);
}

#[tokio::test]
async fn concurrent_writes_get_versions_of_their_own() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    put!(client, "/KEY", "v").send().await.unwrap();

    let writes = (0..20).map(|number| {
        let put = put!(client, "/KEY", format!("v{number}")).overwrite(true).send();
        tokio::spawn(async move { put.await.unwrap().version() })
    });
    let mut versions = Vec::new();
    for write in writes.collect::<Vec<_>>() {
        versions.push(write.await.unwrap());
    }
    versions.sort_unstable();

    assert_eq!(versions, (2..=21).collect::<Vec<_>>());
}

#[test]
fn the_direct_way_has_the_same_rules() {
    let ssm = LocalSsm::start().unwrap();

    let empty = ssm.put_secret("orders", "dev", "KEY", "").unwrap_err();
    let again = NewParameter::string("/A", "x").create_only();
    ssm.put(again.clone()).unwrap();

    assert_eq!((empty.status(), empty.code()), (400, "ValidationException"));
    assert_eq!(ssm.put(again).unwrap_err().code(), "ParameterAlreadyExists");
    assert_eq!(ssm.put(NewParameter::list("/L", "a,,b")).unwrap_err().code(), "ValidationException");
    assert_eq!(ssm.put(NewParameter::string("/S", "x").key("alias/k")).unwrap_err().code(), "ValidationException");
    assert_eq!(ssm.put(NewParameter::secure("/big", "x".repeat(5000)).tier(Tier::Advanced)), Ok(1));
    assert_eq!(ssm.delete("/NO").unwrap_err().to_string(), "ParameterNotFound: Parameter /NO not found.");
}

#[tokio::test]
async fn an_account_has_ten_thousand_standard_parameters_and_advanced_ones_beside_them() {
    let ssm = LocalSsm::start().unwrap();
    for at in 0..10_000 {
        ssm.put(NewParameter::string(format!("/p{at}"), "x")).unwrap();
    }
    let client = client(&ssm);

    let refused = put!(client, "/one-more", "x").send().await;
    let changed = ssm.put(NewParameter::string("/p0", "y"));
    let advanced = put!(client, "/advanced", "x").tier("Advanced".into()).send().await;

    assert!(refusal(refused).starts_with("ParameterLimitExceeded: "));
    assert_eq!(changed, Ok(2));
    assert_eq!(advanced.unwrap().version(), 1);
}

#[tokio::test]
async fn a_description_stays_until_another_is_given() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    put!(client, "/KEY", "1").description("first").send().await.unwrap();
    put!(client, "/KEY", "2").overwrite(true).send().await.unwrap();
    put!(client, "/KEY", "3").overwrite(true).description("second").send().await.unwrap();

    let history = client.get_parameter_history().name("/KEY").send().await.unwrap();
    let descriptions: Vec<_> = history.parameters().iter().map(|version| version.description().unwrap()).collect();
    assert_eq!(descriptions, ["first", "first", "second"]);
}
