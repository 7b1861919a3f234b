//! What is found, by name, version, label and ARN, and what is gone.

use bind_config_local::{LocalSsm, NewParameter};

use crate::NAME_RULE;
use crate::sdk::{client, refusal};

#[tokio::test]
async fn without_decryption_a_secret_looks_encrypted_and_text_is_itself() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::secure("/secret", "hunter2")).unwrap();
    ssm.put(NewParameter::string("/text", "plain")).unwrap();
    ssm.put(NewParameter::list("/list", "a,b")).unwrap();
    let client = client(&ssm);

    let got = client.get_parameters().names("/secret").names("/text").names("/list").send().await.unwrap();

    let values: Vec<_> = got.parameters().iter().map(|parameter| parameter.value().unwrap()).collect();
    assert_eq!(values[0], "a,b");
    assert!(values[1].starts_with("AQICAHh") && !values[1].contains("hunter2"), "{}", values[1]);
    assert_eq!(values[2], "plain");
}

#[tokio::test]
async fn a_name_without_levels_is_the_same_with_and_without_its_slash() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("plain", "x")).unwrap();

    let got = client(&ssm).get_parameter().name("/plain").send().await.unwrap();

    assert_eq!(got.parameter().unwrap().name(), Some("plain"));
    assert_eq!(got.parameter().unwrap().arn(), Some("arn:aws:ssm:us-east-1:123456789012:parameter/plain"));
}

#[tokio::test]
async fn a_version_a_label_and_an_arn_lead_to_a_parameter() {
    let ssm = LocalSsm::start().unwrap();
    for value in ["one", "two", "three"] {
        ssm.put(NewParameter::string("/app/KEY", value)).unwrap();
    }
    let client = client(&ssm);
    client.label_parameter_version().name("/app/KEY").parameter_version(2).labels("live").send().await.unwrap();
    let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/app/KEY";
    for (name, value, selector) in [
        ("/app/KEY", "three", None),
        ("/app/KEY:1", "one", Some(":1")),
        ("/app/KEY:live", "two", Some(":live")),
        (arn, "three", None),
        (&format!("{arn}:1"), "one", Some(":1")),
    ] {
        let got = client.get_parameter().name(name).send().await.unwrap();

        let parameter = got.parameter().unwrap();
        assert_eq!((parameter.name(), parameter.value()), (Some("/app/KEY"), Some(value)), "{name}");
        assert_eq!(parameter.selector(), selector, "{name}");
        assert_eq!(parameter.arn(), Some(arn));
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("/app/KEY", "x")).unwrap();
    let client = client(&ssm);
    let selector = "ValidationException: Invalid parameter name. Please use correct syntax for referencing a version/label \
        <name>:<version/label>";
    for (name, expected) in [
        ("/app/OTHER", "ParameterNotFound: Parameter /app/OTHER not found."),
        (
            "/app/KEY:7",
            "ParameterVersionNotFound: Systems Manager could not find version 7 of /app/KEY. Verify the version and try again.",
        ),
        (
            "/app/KEY:live",
            "ParameterVersionNotFound: Systems Manager could not find version live of /app/KEY. Verify the version and try \
             again.",
        ),
        (
            "arn:aws:ssm:eu-west-1:123456789012:parameter/app/KEY",
            "ParameterNotFound: Parameter arn:aws:ssm:eu-west-1:123456789012:parameter/app/KEY not found.",
        ),
        ("/app/KEY:1:2", selector),
        ("/app/KEY:", selector),
        ("app/KEY", NAME_RULE),
        ("/app/K{}", NAME_RULE),
    ] {
        assert_eq!(refusal(client.get_parameter().name(name).send().await), expected, "{name}");
    }
}

#[tokio::test]
async fn ten_names_are_asked_for_at_once_and_the_missing_ones_listed() {
    let ssm = LocalSsm::start().unwrap();
    for number in 0..8 {
        ssm.put(NewParameter::string(format!("/app/K{number}"), "x")).unwrap();
    }
    let names = (0..10).map(|number| format!("/app/K{number}"));

    let got = client(&ssm).get_parameters().set_names(Some(names.collect())).send().await.unwrap();

    assert_eq!(got.parameters().len(), 8);
    assert_eq!(got.invalid_parameters(), ["/app/K8", "/app/K9"]);
}

#[tokio::test]
async fn no_name_and_eleven_names_are_refused() {
    let ssm = LocalSsm::start().unwrap();
    let client = client(&ssm);
    let eleven: Vec<_> = (0..11).map(|number| format!("/K{number}")).collect();
    let list = eleven.join(", ");

    let none = client.get_parameters().set_names(Some(Vec::new())).send().await;
    let too_many = client.get_parameters().set_names(Some(eleven.clone())).send().await;
    let deleted = client.delete_parameters().set_names(Some(eleven)).send().await;

    assert_eq!(
        refusal(none),
        "ValidationException: 1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: Member must \
         have length greater than or equal to 1"
    );
    let expected = format!(
        "ValidationException: 1 validation error detected: Value '[{list}]' at 'names' failed to satisfy constraint: Member \
         must have length less than or equal to 10"
    );
    assert_eq!(refusal(too_many), expected);
    assert_eq!(refusal(deleted), expected);
}

#[tokio::test]
async fn a_name_that_is_given_twice_is_answered_once() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("/KEY", "x")).unwrap();

    let got = client(&ssm).get_parameters().names("/KEY").names("/KEY").names("/NO").names("/NO").send().await.unwrap();

    assert_eq!(got.parameters().len(), 1);
    assert_eq!(got.invalid_parameters(), ["/NO"]);
}

#[tokio::test]
async fn one_malformed_name_fails_the_whole_call() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("/KEY", "x")).unwrap();

    let refused = client(&ssm).get_parameters().names("/KEY").names("Secret/KEY/value").send().await;

    assert_eq!(refusal(refused), NAME_RULE);
}

#[tokio::test]
async fn missing_versions_are_among_the_invalid_names() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("/KEY", "x")).unwrap();

    let got = client(&ssm).get_parameters().names("/KEY:1").names("/KEY:2").names("/KEY:live").send().await.unwrap();

    assert_eq!(got.parameters()[0].selector(), Some(":1"));
    assert_eq!(got.invalid_parameters(), ["/KEY:2", "/KEY:live"]);
}

#[tokio::test]
async fn a_deleted_parameter_is_gone_and_starts_anew() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("/KEY", "one")).unwrap();
    ssm.put(NewParameter::string("/KEY", "two")).unwrap();
    let client = client(&ssm);

    client.delete_parameter().name("/KEY").send().await.unwrap();
    let again = client.delete_parameter().name("/KEY").send().await;

    assert_eq!(refusal(again), "ParameterNotFound: Parameter /KEY not found.");
    assert_eq!(ssm.value("/KEY"), None);
    assert_eq!(ssm.put(NewParameter::secure("/KEY", "three")), Ok(1));
}

#[tokio::test]
async fn several_are_deleted_and_the_missing_ones_listed() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::string("/A", "x")).unwrap();
    ssm.put(NewParameter::string("/B", "x")).unwrap();

    let deleted = client(&ssm).delete_parameters().names("/A").names("/NO").send().await.unwrap();

    assert_eq!(deleted.deleted_parameters(), ["/A"]);
    assert_eq!(deleted.invalid_parameters(), ["/NO"]);
    assert_eq!(ssm.names(), ["/B"]);
}
