//! Who may call Lambda, the canonical forms of paths and queries, and paths that are none.

use bind_config_local::{LocalSsm, NewFunction};

use crate::raw::{Raw, date, exchange, header, request};
use crate::sdk::refusal;
use crate::{client, client_with, get};

const WRONG_SIGNATURE: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
    Secret Access Key and signing method. Consult the service documentation for details.";

fn list(ssm: &LocalSsm) -> Raw {
    Raw::lambda(ssm, "GET", "/2015-03-31/functions", "/2015-03-31/functions\n", "")
}

#[tokio::test]
async fn a_wrong_key_is_refused() {
    let ssm = LocalSsm::start().unwrap();
    let variables = ssm.variables("app", "stage");
    let list = |variables| {
        let client = client_with(&ssm, &variables);
        async move { refusal(client.list_functions().send().await) }
    };

    let secret = list(variables.clone().with("AWS_SECRET_ACCESS_KEY", "x")).await;
    let key = list(variables.clone().with("AWS_ACCESS_KEY_ID", "AKIDOTHER")).await;
    let region = list(variables.with("AWS_REGION", "eu-west-1")).await;

    assert_eq!(secret, format!("InvalidSignatureException: {WRONG_SIGNATURE}"));
    assert_eq!(key, "UnrecognizedClientException: The security token included in the request is invalid.");
    assert_eq!(region, "InvalidSignatureException: Credential should be scoped to a valid region. ");
    assert!(ssm.calls().iter().all(|call| call.status == Some(403)));
}

#[test]
fn each_api_wants_its_own_scope() {
    let ssm = LocalSsm::start().unwrap();
    let (mut lambda, mut parameters) = (list(&ssm), Raw::new(&ssm, "DescribeParameters", "{}"));
    lambda.service = "ssm".to_owned();
    parameters.service = "lambda".to_owned();

    let (lambda, parameters) = (lambda.send(&ssm), parameters.send(&ssm));

    let text = "Credential should be scoped to correct service: 'lambda'. ";
    assert_eq!((lambda.status, lambda.body), (403, format!(r#"{{"message":"{text}"}}"#)));
    assert_eq!(header(&lambda.head, "x-amzn-errortype"), Some("InvalidSignatureException"));
    let text = "Credential should be scoped to correct service: 'ssm'. ";
    let body = format!(r#"{{"__type":"InvalidSignatureException","message":"{text}"}}"#);
    assert_eq!((parameters.status, parameters.body), (400, body));
}

#[test]
fn an_old_signature_and_none_are_refused() {
    let ssm = LocalSsm::start().unwrap();
    let mut old = list(&ssm);
    old.date = date(-330);
    let unsigned = String::from_utf8(request("GET", &[], b"")).unwrap().replace("GET / ", "GET /2015-03-31/functions ");

    let (old, unsigned) = (old.send(&ssm), exchange(&ssm, unsigned.as_bytes()));

    assert_eq!(old.status, 403);
    assert!(old.body.starts_with(r#"{"message":"Signature expired: "#), "{}", old.body);
    assert_eq!((unsigned.status, unsigned.body.as_str()), (403, r#"{"message":"Missing Authentication Token"}"#));
}

#[tokio::test]
async fn names_that_are_encoded_in_a_path_are_signed_as_the_sdk_signs_them() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api")).unwrap();
    let client = client(&ssm);

    get(&client, "arn:aws:lambda:us-east-1:123456789012:function:api:$LATEST").await;
    client.list_tags().resource("arn:aws:lambda:us-east-1:123456789012:function:api").send().await.unwrap();
    // Every kind of character, also such as no name and no marker has.
    let strange = "a b+c/d%e~f?g#h&i=jé*'";
    let name = client.get_function_configuration().function_name(strange).qualifier(strange).send().await;
    let marker = client.list_functions().marker(strange).max_items(7).send().await;

    assert!(refusal(name).starts_with("ValidationException: "));
    assert_eq!(refusal(marker), "InvalidParameterValueException: The specified marker isn't valid.");
}

#[test]
fn a_path_is_signed_encoded_twice_and_a_query_sorted() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api")).unwrap();
    let send = |path: &str, canonical: &str| Raw::lambda(&ssm, "GET", path, canonical, "").send(&ssm).status;

    assert_eq!(
        send(
            "/2015-03-31/functions/api%3A%24LATEST/configuration",
            "/2015-03-31/functions/api%253A%2524LATEST/configuration\n"
        ),
        200
    );
    assert_eq!(
        send(
            "/2015-03-31/functions/api:$LATEST/configuration",
            "/2015-03-31/functions/api%3A%24LATEST/configuration\n"
        ),
        200
    );
    assert_eq!(
        send(
            "/2015-03-31/functions/?Marker=&MaxItems=5&FunctionVersion=ALL",
            "/2015-03-31/functions/\nFunctionVersion=ALL&Marker=&MaxItems=5"
        ),
        200
    );
    // Encoded once is what S3 signs.
    assert_eq!(
        send(
            "/2015-03-31/functions/api%3A%24LATEST/configuration",
            "/2015-03-31/functions/api%3A%24LATEST/configuration\n"
        ),
        403
    );
    assert_eq!(
        send(
            "/2015-03-31/functions/?MaxItems=5&FunctionVersion=ALL",
            "/2015-03-31/functions/\nMaxItems=5&FunctionVersion=ALL"
        ),
        403
    );
}

#[test]
fn a_path_that_is_none_is_not_found() {
    let ssm = LocalSsm::start().unwrap();
    for (method, path, canonical) in [
        ("GET", "/2015-03-31/event-source-mappings", "/2015-03-31/event-source-mappings\n"),
        ("POST", "/2015-03-31/functions", "/2015-03-31/functions\n"),
        ("GET", "/2015-03-31/functions/%ff/aliases", "/2015-03-31/functions/%25ff/aliases\n"),
        (
            "GET",
            "/2019-09-30/functions/api/provisioned-concurrency",
            "/2019-09-30/functions/api/provisioned-concurrency\n",
        ),
    ] {
        let answer = Raw::lambda(&ssm, method, path, canonical, "").send(&ssm);

        assert_eq!((answer.status, answer.body.as_str()), (404, "{}"), "{path}");
        assert_eq!(header(&answer.head, "x-amzn-errortype"), Some("UnknownOperationException"));
    }
    assert!(ssm.calls().iter().all(|call| call.operation.is_empty() && call.names.is_empty()));
}

#[test]
fn an_operation_of_lambda_is_no_target_of_ssm() {
    let ssm = LocalSsm::start().unwrap();

    let answer = Raw::new(&ssm, "ListFunctions", "{}").send(&ssm);

    assert_eq!((answer.status, answer.body.as_str()), (400, r#"{"__type":"UnknownOperationException"}"#));
}
