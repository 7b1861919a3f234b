//! Secrets of Secrets Manager through `/aws/reference/secretsmanager/`.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod sdk;

use aws_sdk_ssm::types::ParameterType;
use bind_config_local::LocalSsm;
use sdk::{client, refusal};

#[tokio::test]
async fn a_managed_secret_is_a_secure_string_with_its_source() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_managed_secret("prod/db", "old-hunter2").unwrap();
    ssm.put_managed_secret("prod/db", "hunter2").unwrap();
    let client = client(&ssm);
    let get = |stage: &str| {
        client
            .get_parameter()
            .name(format!("/aws/reference/secretsmanager/prod/db{stage}"))
            .with_decryption(true)
            .send()
    };

    let current = get("").await.unwrap();
    let previous = get(":AWSPREVIOUS").await.unwrap();

    let parameter = current.parameter().unwrap();
    assert_eq!(parameter.name(), Some("/aws/reference/secretsmanager/prod/db"));
    assert_eq!((parameter.value(), parameter.version()), (Some("hunter2"), 0));
    assert_eq!(parameter.r#type(), Some(&ParameterType::SecureString));
    assert!(parameter.arn().unwrap().starts_with("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-"));
    let source = parameter.source_result().unwrap();
    assert!(source.contains("\"VersionStages\":[\"AWSCURRENT\"]") && !source.contains("hunter2"), "{source}");
    let parameter = previous.parameter().unwrap();
    assert_eq!((parameter.value(), parameter.selector()), (Some("old-hunter2"), Some(":AWSPREVIOUS")));
}

#[tokio::test]
async fn a_managed_secret_must_be_decrypted_and_be_there() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_managed_secret("db", "hunter2").unwrap();
    let client = client(&ssm);
    let name = "/aws/reference/secretsmanager/db";

    let sealed = client.get_parameter().name(name).send().await;
    let sealed_batch = client.get_parameters().names(name).send().await;
    let missing = client.get_parameter().name("/aws/reference/secretsmanager/no").with_decryption(true).send().await;
    let batch = client
        .get_parameters()
        .names(name)
        .names("/aws/reference/secretsmanager/no")
        .with_decryption(true)
        .send()
        .await
        .unwrap();

    let expected = "ValidationException: WithDecryption flag must be True for retrieving a Secret Manager secret.";
    assert_eq!(refusal(sealed), expected);
    assert_eq!(refusal(sealed_batch), expected);
    assert_eq!(
        refusal(missing),
        "ParameterNotFound: An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret \
         /aws/reference/secretsmanager/no not found."
    );
    assert_eq!(batch.parameters()[0].value(), Some("hunter2"));
    assert_eq!(batch.invalid_parameters(), ["/aws/reference/secretsmanager/no"]);
}
