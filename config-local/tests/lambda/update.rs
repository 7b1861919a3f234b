//! `UpdateFunctionConfiguration`: what it replaces, revisions, the time it takes, and what it refuses.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder;
use aws_sdk_lambda::types::{Environment, LastUpdateStatus, LastUpdateStatusReasonCode};
use bind_config_local::{LocalSsm, NewFunction, Operation};

use crate::raw::Raw;
use crate::sdk::refusal;
use crate::{ARN, client, get, revision, settled};

fn update(client: &Client, name: &str) -> UpdateFunctionConfigurationFluentBuilder {
    client.update_function_configuration().function_name(name)
}

fn environment<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Environment {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Environment::builder().set_variables(Some(variables.into_iter().map(owned).collect::<HashMap<_, _>>())).build()
}

fn api() -> NewFunction {
    NewFunction::new("api").variable("OLD", "1").variable("KEPT", "2")
}

#[tokio::test]
async fn variables_are_replaced_as_a_whole() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api()).unwrap();
    let client = client(&ssm);

    let answer = update(&client, "api").environment(environment([("KEPT", "3")])).send().await.unwrap();

    assert_eq!(answer.environment().unwrap().variables().unwrap(), &HashMap::from([("KEPT".into(), "3".into())]));
    assert_eq!(answer.function_arn(), Some(format!("{ARN}api").as_str()));
    assert_eq!(ssm.function_variables("api").unwrap().into_iter().collect::<Vec<_>>(), [("KEPT".into(), "3".into())]);
    assert_eq!((ssm.function_updates("api"), ssm.count(Operation::UpdateFunctionConfiguration)), (1, 1));
    settled(&client, "api").await;
    update(&client, "api").environment(environment([])).send().await.unwrap();
    assert_eq!(ssm.function_variables("api").unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_absent_stays() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api().kms_key("arn:aws:kms:::key/1")).unwrap();
    let client = client(&ssm);

    let first = update(&client, "api").description("restarted").send().await.unwrap();
    settled(&client, "api").await;
    let second = update(&client, "api").kms_key_arn("").send().await.unwrap();

    assert_eq!(ssm.function_variables("api").unwrap().len(), 2);
    assert_eq!((first.description(), first.kms_key_arn()), (Some("restarted"), Some("arn:aws:kms:::key/1")));
    assert_eq!((second.description(), second.kms_key_arn()), (Some("restarted"), None));
}

#[tokio::test]
async fn an_update_is_in_progress_and_then_successful_with_a_revision_each() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api()).unwrap();
    let client = client(&ssm);
    let before = revision(&client, "api").await;

    let answer = update(&client, "api").description("x").revision_id(&before).send().await.unwrap();
    let after = settled(&client, "api").await;

    assert_eq!(answer.last_update_status(), Some(&LastUpdateStatus::InProgress));
    assert_eq!(after.last_update_status(), Some(&LastUpdateStatus::Successful));
    let (during, after) = (answer.revision_id().unwrap(), after.revision_id().unwrap());
    assert!(before != during && during != after && before != after);
    assert_eq!(revision(&client, "api").await, after);
}

#[tokio::test]
async fn an_update_of_another_revision_is_refused() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api()).unwrap();
    let client = client(&ssm);
    let seen = revision(&client, "api").await;

    // Somebody else's change, between the read and the write.
    ssm.set_function_variable("api", "THEIRS", "4").unwrap();
    let refused = update(&client, "api").environment(environment([("OLD", "5")])).revision_id(&seen).send().await;
    let now = get(&client, "api").await;
    let again = update(&client, "api").description("x").revision_id(now.revision_id().unwrap()).send().await;

    assert_eq!(
        refusal(refused),
        "PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the \
         GetFunction/GetAlias API to retrieve the latest Revision Id"
    );
    assert_eq!(now.last_update_status(), Some(&LastUpdateStatus::Successful));
    assert_eq!(now.environment().unwrap().variables().unwrap().len(), 3);
    assert!(again.is_ok());
    assert_eq!((ssm.calls()[1].status, ssm.function_updates("api")), (Some(412), 1));
}

#[tokio::test]
async fn a_second_update_waits_for_the_first() {
    let ssm = LocalSsm::builder().update_time(Duration::from_hours(1)).start().unwrap();
    ssm.put_function(api().version("3")).unwrap();
    let client = client(&ssm);

    update(&client, "api").description("x").send().await.unwrap();
    let refused = update(&client, "api").description("y").send().await;

    assert_eq!(
        refusal(refused),
        format!(
            "ResourceConflictException: The operation cannot be performed at this time. An update is in progress for \
             resource: {ARN}api"
        )
    );
    let now = get(&client, "api").await;
    assert_eq!((now.last_update_status(), now.description()), (Some(&LastUpdateStatus::InProgress), Some("x")));
    // What is published is done.
    assert_eq!(get(&client, "api:3").await.last_update_status(), Some(&LastUpdateStatus::Successful));
    assert_eq!((ssm.calls()[1].status, ssm.function_updates("api")), (Some(409), 1));
}

#[tokio::test]
async fn an_update_can_fail_after_it_was_accepted() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api().failing_updates("We failed to pull the image.")).unwrap();
    let client = client(&ssm);

    let answer = update(&client, "api").description("x").send().await.unwrap();
    let failed = settled(&client, "api").await;

    assert_eq!(answer.last_update_status(), Some(&LastUpdateStatus::InProgress));
    assert_eq!(failed.last_update_status(), Some(&LastUpdateStatus::Failed));
    assert_eq!(failed.last_update_status_reason(), Some("We failed to pull the image."));
    assert_eq!(failed.last_update_status_reason_code(), Some(&LastUpdateStatusReasonCode::InternalError));
    // The next one may go well.
    assert!(update(&client, "api").description("y").send().await.is_ok());
}

#[tokio::test]
async fn an_environment_is_at_most_4096_bytes_of_json() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api()).unwrap();
    let client = client(&ssm);
    // `{"KEY":""}` is ten bytes.
    for (value, fits) in [
        ("x".repeat(4086), true),
        ("x".repeat(4087), false),
        ("é".repeat(2043), true),
        ("é".repeat(2044), false),
        ("\n".repeat(2043), true),
        ("\n".repeat(2044), false),
    ] {
        let result = update(&client, "api").environment(environment([("KEY", value.as_str())])).send().await;

        if fits {
            result.unwrap();
            settled(&client, "api").await;
        } else {
            assert_eq!(
                refusal(result),
                "InvalidParameterValueException: Lambda was unable to configure your environment variables because the \
                 environment variables you have provided exceeded the 4KB limit."
            );
        }
    }
    assert_eq!(ssm.function_updates("api"), 3);
}

#[tokio::test]
async fn reserved_names_are_refused_and_named() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api()).unwrap();
    let client = client(&ssm);

    let variables = [("KEY", "hunter2"), ("AWS_REGION", "hunter2"), ("LAMBDA_TASK_ROOT", "hunter2")];
    let refused = update(&client, "api").environment(environment(variables)).send().await;

    assert_eq!(
        refusal(refused),
        "InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment \
         variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys \
         used in this request: AWS_REGION, LAMBDA_TASK_ROOT"
    );
    // Not every name of AWS is reserved.
    update(&client, "api").environment(environment([("AWS_LAMBDA_EXEC_WRAPPER", "/opt/x")])).send().await.unwrap();
}

#[tokio::test]
async fn names_of_variables_have_a_pattern() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api()).unwrap();
    let client = client(&ssm);
    for name in ["A", "1A", "_A", "A-B", "A.B", "", "Aé", "_HANDLER"] {
        let refused = update(&client, "api").environment(environment([(name, "hunter2")])).send().await;

        assert_eq!(
            refusal(refused),
            "ValidationException: 1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: \
             Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
            "{name}"
        );
    }
    update(&client, "api").environment(environment([("AB", "x"), ("a_1", "x")])).send().await.unwrap();
}

#[tokio::test]
async fn a_version_is_not_changed_nor_is_what_is_not_there() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api().version("3").alias("live", "3")).unwrap();
    let client = client(&ssm);

    let missing = update(&client, "other").description("x").send().await;
    update(&client, "api").environment(environment([("NEW", "x")])).send().await.unwrap();

    for name in ["api:live", "api:3", "api:$LATEST"] {
        assert_eq!(
            refusal(update(&client, name).description("x").send().await),
            "InvalidParameterValueException: This operation is permitted on Lambda functions only. Aliases and versions do \
             not support this operation. Please specify either a function name or an unqualified function ARN."
        );
    }
    assert_eq!(refusal(missing), format!("ResourceNotFoundException: Function not found: {ARN}other"));
    let live = get(&client, "api:live").await.environment.unwrap().variables.unwrap();
    assert_eq!(live, HashMap::from([("OLD".into(), "1".into()), ("KEPT".into(), "2".into())]));
}

#[tokio::test]
async fn a_description_and_a_key_have_rules() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api()).unwrap();
    let client = client(&ssm);
    let long = "x".repeat(257);

    let refused = update(&client, "api").description(&long).kms_key_arn("alias/x").send().await;

    assert_eq!(
        refusal(refused),
        format!(
            "ValidationException: 2 validation errors detected: Value '{long}' at 'description' failed to satisfy constraint: \
             Member must have length less than or equal to 256; Value 'alias/x' at 'kMSKeyArn' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
        )
    );
}

#[test]
fn a_body_that_is_no_input_is_a_serialization_error() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(api()).unwrap();
    let path = "/2015-03-31/functions/api/configuration";
    for (body, expected) in [
        ("{", "{}"),
        ("[]", r#"{"message":"Unexpected token"}"#),
        (r#"{"Environment":"x"}"#, r#"{"message":"Unexpected token"}"#),
        (r#"{"Environment":{"Variables":{"AA":1}}}"#, r#"{"message":"NUMBER_VALUE cannot be converted to String"}"#),
        (r#"{"RevisionId":true}"#, r#"{"message":"TRUE_VALUE cannot be converted to String"}"#),
    ] {
        let answer = Raw::lambda(&ssm, "PUT", path, &format!("{path}\n"), body).send(&ssm);

        assert_eq!((answer.status, answer.body.as_str()), (400, expected), "{body}");
        assert!(answer.head.contains("\r\nx-amzn-errortype: SerializationException\r\n"), "{}", answer.head);
    }
    assert_eq!(ssm.function_updates("api"), 0);
}
