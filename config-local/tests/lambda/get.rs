//! `GetFunctionConfiguration`: names, qualifiers, environments that cannot be decrypted, and what a test puts there.

use aws_sdk_lambda::types::{LastUpdateStatus, State};
use bind_config_local::{Fault, LocalSsm, NewFunction};

use crate::sdk::refusal;
use crate::{ARN, CALLER, client, get};

#[tokio::test]
async fn a_function_is_found_by_each_form_of_its_name() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api_1-x").version("3").alias("live", "3")).unwrap();
    let client = client(&ssm);
    for (name, arn, version) in [
        ("api_1-x", "api_1-x", "$LATEST"),
        ("api_1-x:$LATEST", "api_1-x:$LATEST", "$LATEST"),
        ("api_1-x:live", "api_1-x:live", "3"),
        ("api_1-x:3", "api_1-x:3", "3"),
        ("function:api_1-x", "api_1-x", "$LATEST"),
        ("123456789012:function:api_1-x", "api_1-x", "$LATEST"),
        ("arn:aws:lambda:us-east-1:123456789012:function:api_1-x", "api_1-x", "$LATEST"),
        ("arn:aws:lambda:us-east-1:123456789012:function:api_1-x:live", "api_1-x:live", "3"),
    ] {
        let found = get(&client, name).await;

        let shown = (found.function_arn().unwrap().strip_prefix(ARN).unwrap(), found.version().unwrap());
        assert_eq!(shown, (arn, version), "{name}");
        assert_eq!(
            (found.state(), found.last_update_status()),
            (Some(&State::Active), Some(&LastUpdateStatus::Successful))
        );
    }
    assert!(ssm.calls().iter().all(|call| call.operation == "GetFunctionConfiguration" && call.names == ["api_1-x"]));
}

#[tokio::test]
async fn what_is_not_there_is_named_by_its_arn() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api").version("3")).unwrap();
    let client = client(&ssm);
    let get = |name: &str, qualifier: Option<&str>| {
        client.get_function_configuration().function_name(name).set_qualifier(qualifier.map(str::to_owned)).send()
    };

    for (name, qualifier, expected) in [
        ("other", None, format!("ResourceNotFoundException: Function not found: {ARN}other")),
        ("api", Some("live"), format!("ResourceNotFoundException: Function not found: {ARN}api:live")),
        ("api:4", None, format!("ResourceNotFoundException: Function not found: {ARN}api:4")),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:api",
            None,
            "ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')".to_owned(),
        ),
        (
            "111122223333:function:api",
            None,
            format!(
                "AccessDeniedException: User: {CALLER} is not authorized to perform: lambda:GetFunctionConfiguration on \
                 resource: arn:aws:lambda:us-east-1:111122223333:function:api because no resource-based policy allows the \
                 lambda:GetFunctionConfiguration action"
            ),
        ),
        (
            "api:3",
            Some("$LATEST"),
            "InvalidParameterValueException: The derived qualifier from the function name does not match the specified \
             qualifier."
                .to_owned(),
        ),
        (
            "a b/c",
            None,
            r"ValidationException: 1 validation error detected: Value 'a b/c' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?".to_owned(),
        ),
    ] {
        assert_eq!(refusal(get(name, qualifier).await), expected, "{name}");
    }
}

#[tokio::test]
async fn an_environment_that_cannot_be_decrypted_is_an_error_in_its_place() {
    let ssm = LocalSsm::start().unwrap();
    let key = "arn:aws:kms:us-east-1:123456789012:key/1";
    ssm.put_function(NewFunction::new("closed").variable("KEY", "hunter2").kms_key(key).undecryptable()).unwrap();
    ssm.put_function(NewFunction::new("denied").variable("KEY", "hunter2").kms_key("arn:2")).unwrap();
    ssm.put_function(NewFunction::new("empty").undecryptable()).unwrap();
    ssm.inject(Fault::deny_key("arn:2").name("denied").times(1));
    let client = client(&ssm);

    let closed = get(&client, "closed").await.environment.unwrap();
    let denied = get(&client, "denied").await.environment.unwrap();
    let open = get(&client, "denied").await.environment.unwrap();
    let listed = client.list_functions().send().await.unwrap().functions.unwrap();

    let error = closed.error().unwrap();
    assert_eq!((closed.variables(), error.error_code()), (None, Some("AccessDeniedException")));
    let expected = format!(
        "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS \
         permissions. KMS Exception: AccessDeniedException KMS Message: User: {CALLER} is not authorized to perform: \
         kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action"
    );
    assert_eq!(error.message(), Some(expected.as_str()));
    assert!(denied.error().is_some());
    assert_eq!(open.variables().unwrap()["KEY"], "hunter2");
    assert_eq!(listed[0].environment(), Some(&closed));
    assert_eq!(get(&client, "empty").await.environment, None);
}

#[test]
fn a_function_is_put_replaced_and_deleted() {
    let ssm = LocalSsm::start().unwrap();
    let variables =
        |name: &str| ssm.function_variables(name).map(|variables| variables.into_iter().collect::<Vec<_>>());

    ssm.put_function(NewFunction::new("api").variables([("AA", "1"), ("BB", "2")])).unwrap();
    let first = variables("api");
    ssm.put_function(NewFunction::new("api").variable("CC", "3")).unwrap();
    let second = variables("api");
    ssm.delete_function("api").unwrap();

    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(first, Some(vec![pair("AA", "1"), pair("BB", "2")]));
    assert_eq!(second, Some(vec![pair("CC", "3")]));
    assert_eq!((variables("api"), ssm.function_updates("api")), (None, 0));
    let missing = format!("ResourceNotFoundException: Function not found: {ARN}api");
    assert_eq!(ssm.delete_function("api").unwrap_err().to_string(), missing);
    assert_eq!(ssm.set_function_variable("api", "AA", "1").unwrap_err().to_string(), missing);
}

#[test]
fn a_function_that_cannot_be_is_refused_and_nothing_changed() {
    let ssm = LocalSsm::start().unwrap();
    let new = || NewFunction::new("api").version("3");
    ssm.put_function(new().variable("AA", "1")).unwrap();
    for (function, expected) in [
        (new().alias("live", "4"), format!("ResourceNotFoundException: Function not found: {ARN}api:4")),
        (
            new().provisioned_concurrency("live", 1),
            format!("ResourceNotFoundException: Function not found: {ARN}api:live"),
        ),
        (
            new().alias("live", "$LATEST").provisioned_concurrency("live", 1),
            "InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to unpublished function \
             versions."
                .to_owned(),
        ),
        (
            new().version("three"),
            r"ValidationException: 1 validation error detected: Value 'three' at 'functionVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: (\$LATEST|[0-9]+)".to_owned(),
        ),
        (
            new().variable("AWS_REGION", "x"),
            "InvalidParameterValueException: Lambda was unable to configure your environment variables because the \
             environment variables you have provided contains reserved keys that are currently not supported for \
             modification. Reserved keys used in this request: AWS_REGION"
                .to_owned(),
        ),
    ] {
        assert_eq!(ssm.put_function(function).unwrap_err().to_string(), expected);
    }
    assert_eq!(ssm.function_variables("api").unwrap()["AA"], "1");
}

#[test]
fn a_function_prints_no_value() {
    let canary = "canary-5a1f";
    let ssm = LocalSsm::start().unwrap();
    let function = NewFunction::new("api").variable("STRIPE_KEY", canary);
    let mut texts = vec![format!("{function:?}")];
    ssm.put_function(function.clone()).unwrap();
    for refused in [
        function.clone().variable("KEY", canary.repeat(400)),
        function.clone().variable("AWS_REGION", canary),
        function.clone().variable("1", canary),
        function.alias("live", "3"),
    ] {
        let err = ssm.put_function(refused).unwrap_err();
        texts.extend([format!("{err:?}"), err.to_string()]);
    }
    texts.extend([format!("{ssm:?}"), format!("{:?}", ssm.calls())]);

    for text in &texts {
        assert!(!text.contains(canary), "{text}");
    }
    assert_eq!(texts[0], r#"NewFunction { name: "api", variables: ["STRIPE_KEY"], aliases: {}, .. }"#);
}
