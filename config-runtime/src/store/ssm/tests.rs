use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

/// What an error answer of the store means.
fn fault(status: u16, code: &str, message: &str) -> Fault {
    fault_with("0000-42", status, code, message)
}

fn fault_with(request_id: &'static str, status: u16, code: &str, message: &str) -> Fault {
    let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    response.headers_mut().insert("x-amzn-requestid", request_id);
    refusal(&GetParametersError::generic(ErrorMetadata::builder().code(code).message(message).build()), &response)
}

#[test]
fn every_code_of_too_many_requests_may_pass() {
    for code in [
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "PriorRequestNotComplete",
    ] {
        assert_eq!(fault(400, code, "Rate exceeded"), Fault::Transient(ProblemKind::Throttled), "{code}");
    }
    assert_eq!(fault(429, "SomethingElse", ""), Fault::Transient(ProblemKind::Throttled));
}

#[test]
fn every_code_of_refused_credentials_is_final_and_shown() {
    for code in [
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "ExpiredTokenException",
        "ExpiredToken",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "AuthFailure",
        "OptInRequired",
        "InvalidAccessKeyId",
    ] {
        let refused = CredentialsProblem::Refused { code: code.to_owned() };
        assert_eq!(fault(403, code, "no"), Fault::Permanent(ProblemKind::Credentials(refused)), "{code}");
    }
}

#[test]
fn a_signature_is_made_anew_where_it_is_the_time_that_is_wrong() {
    for (code, message) in [
        ("RequestExpired", ""),
        ("RequestTimeTooSkewed", ""),
        ("RequestInTheFuture", ""),
        ("InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than …"),
        ("InvalidSignatureException", "Signature not yet current: 20260101T000000Z is still later than …"),
        ("SignatureDoesNotMatch", "Signature expired: …"),
        ("AuthFailure", "Signature expired: …"),
    ] {
        assert_eq!(fault(400, code, message), Fault::Skewed, "{code}");
    }
}

#[test]
fn a_refusal_names_its_action_and_its_resource() {
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a";
    let ssm = format!("User: x is not authorized to perform: ssm:GetParameters on resource: {arn} because …");
    for code in ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"] {
        let denied = Fault::Denied { action: "ssm:GetParameters", resource: Some(arn.to_owned()) };
        assert_eq!(fault(400, code, &ssm), denied, "{code}");
    }
    for message in [
        "User: x is not authorized to perform: kms:Decrypt",
        "The ciphertext refers to a customer master key that does not exist",
        "Access to KMS is not allowed",
    ] {
        assert_eq!(
            fault(400, "AccessDeniedException", message),
            Fault::Denied { action: "kms:Decrypt", resource: None },
            "{message}"
        );
    }
    // What is said counts, not what a name looks like.
    let named = "User: x is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:1:parameter/KMS_KEY";
    let resource = Some("arn:aws:ssm:eu-west-1:1:parameter/KMS_KEY".to_owned());
    assert_eq!(fault(400, "AccessDenied", named), Fault::Denied { action: "ssm:GetParameters", resource });
    let unknown = "User: x is not authorized to perform: ssm:Something";
    let denied = Fault::Denied { action: "ssm:GetParameters", resource: None };
    assert_eq!(fault(400, "AccessDeniedException", unknown), denied);
    let managed = "User: x is not authorized to perform: secretsmanager:GetSecretValue";
    let denied = Fault::Denied { action: "secretsmanager:GetSecretValue", resource: None };
    assert_eq!(fault(400, "AccessDeniedException", managed), denied);
    for no_arn in ["on resource: hunter2", "on resource:", &format!("on resource: arn:{}", "x".repeat(3000))] {
        assert_eq!(
            fault(400, "AccessDenied", no_arn),
            Fault::Denied { action: "ssm:GetParameters", resource: None },
            "{no_arn}"
        );
    }
}

/// Name, value and selector of each entry of an answer.
fn answer(entries: &[(&str, &str, Option<&str>)], invalid: &[&str]) -> GetParametersOutput {
    let parameter = |(name, value, selector): &(&str, &str, Option<&str>)| {
        let parameter = Parameter::builder().name(*name).value(*value).version(1);
        parameter
            .arn(format!("arn:aws:ssm:eu-west-1:1:parameter{name}"))
            .set_selector(selector.map(str::to_owned))
            .build()
    };
    GetParametersOutput::builder()
        .set_parameters(Some(entries.iter().map(parameter).collect()))
        .set_invalid_parameters(Some(invalid.iter().map(|name| (*name).to_owned()).collect()))
        .build()
}

fn read(names: &[&str], answer: GetParametersOutput) -> Option<Vec<Option<String>>> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Some(in_order(&names, answer)?.into_iter().map(|stored| stored.map(|stored| stored.value)).collect())
}

#[test]
fn an_answer_is_read_by_name_arn_and_selector() {
    let answer = answer(&[("/b", "b", None), ("/a", "a3", Some(":3"))], &["/c"]);
    let values = read(&["/a:3", "/b", "/c", "arn:aws:ssm:eu-west-1:1:parameter/b"], answer).unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(values, [text("a3"), text("b"), None, text("b")]);
}

#[test]
fn an_answer_that_is_not_about_every_name_or_about_one_in_two_ways_is_none() {
    assert_eq!(read(&["/a"], answer(&[], &[])), None);
    assert_eq!(read(&["/a"], answer(&[("/a", "1", None), ("/a", "2", None)], &[])), None);
    assert_eq!(read(&["/a/value"], answer(&[("/a/", "1", Some("value"))], &[])), None);
    assert!(read(&["/a"], answer(&[("/a", "1", None), ("/a", "1", None)], &[])).is_some());
    assert_eq!(read(&["/a"], answer(&[("/a", "1", None)], &["/a"])), None);
}

#[test]
fn parameters_of_several_accounts_are_told_apart_by_their_arns() {
    let arn = |account: u8| format!("arn:aws:ssm:eu-west-1:{account}:parameter/a");
    let shared =
        |account: u8| Parameter::builder().name("/a").arn(arn(account)).value(account.to_string()).version(1).build();
    let output = GetParametersOutput::builder().parameters(shared(3)).parameters(shared(2)).build();

    let values = read(&[&arn(2), &arn(3)], output).unwrap();

    assert_eq!(values, [Some("2".to_owned()), Some("3".to_owned())]);
}

#[test]
fn a_servers_error_may_pass_unless_it_says_that_it_never_will() {
    let unavailable = |code: &str| Fault::Transient(ProblemKind::Unavailable { code: code.to_owned() });
    let rejected = |code: &str| {
        let request_id = Some("0000-42".to_owned());
        Fault::Permanent(ProblemKind::Rejected { code: code.to_owned(), request_id })
    };
    assert_eq!(fault(500, "InternalServerError", ""), unavailable("InternalServerError"));
    assert_eq!(fault(503, "", ""), unavailable("HTTP 503"));
    assert_eq!(fault(503, "a text and no code", ""), unavailable("HTTP 503"));
    for (status, code) in [(501, ""), (505, ""), (404, "a text and no code"), (404, &"x".repeat(65))] {
        assert_eq!(fault(status, code, ""), Fault::Permanent(ProblemKind::NotTheStore { status }), "{status}");
    }
    assert_eq!(fault(400, "ValidationException", ""), rejected("ValidationException"));
    // An id is a short word, or it is not shown.
    let without = ProblemKind::Rejected { code: "ValidationException".to_owned(), request_id: None };
    assert_eq!(fault_with("hunter 2", 400, "ValidationException", ""), Fault::Permanent(without));
}

#[test]
fn configured_endpoints_can_be_ignored() {
    let mut environment: Environment = [("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")].into_iter().collect();
    assert_eq!(endpoint_url(&environment), Ok(Some("http://127.0.0.1:1")));

    environment.extend([("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True")]);
    assert_eq!(endpoint_url(&environment), Ok(None));

    environment.extend([("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")]);
    assert_eq!(endpoint_url(&environment), Ok(Some("http://127.0.0.1:1")));
}

/// A connector that notes where it should go, goes nowhere, and has one answer.
#[derive(Debug, Clone)]
struct Noted {
    went: Arc<Mutex<Vec<String>>>,
    answer: (u16, &'static str),
}

impl HttpConnector for Noted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.went.lock().unwrap().push(request.uri().to_owned());
        let (status, body) = self.answer;
        HttpConnectorFuture::ready(Ok(HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))))
    }
}

/// Asks for one name where the store has this answer: where it went, and the fault.
async fn ask(setting: &'static str, answer: (u16, &'static str)) -> (Vec<String>, Option<Fault>) {
    let environment: Environment =
        [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s"), (setting, "true")]
            .into_iter()
            .collect();
    let mut ssm = Ssm::connect(&environment).await.unwrap();
    let noted = Noted { went: Arc::default(), answer };
    let connector = SharedHttpConnector::new(noted.clone());
    let client = http_client_fn(move |_, _| connector.clone());
    ssm.client = Client::from_conf(ssm.client.config().to_builder().http_client(client).build());

    let fault = ssm.parameters(&["/a".to_owned()]).await.err();
    let went = noted.went.lock().unwrap().clone();
    (went, fault)
}

#[tokio::test]
async fn what_is_no_answer_of_ssm_is_final_where_it_will_be_the_same_again() {
    let html = "<html>sign in</html>";
    for status in [301, 302, 307, 401, 403, 404, 405, 407, 410, 413, 426, 501, 505] {
        let expected = Fault::Permanent(ProblemKind::NotTheStore { status });
        assert_eq!(ask("AWS_NOTHING", (status, html)).await.1, Some(expected), "{status}");
    }
    for status in [500, 502, 503, 504] {
        let expected = Fault::Transient(ProblemKind::Unavailable { code: format!("HTTP {status}") });
        assert_eq!(ask("AWS_NOTHING", (status, html)).await.1, Some(expected), "{status}");
    }
    assert_eq!(ask("AWS_NOTHING", (429, html)).await.1, Some(Fault::Transient(ProblemKind::Throttled)));
    // Cut off, or of a moment.
    for (status, body) in [(200, html), (200, "{"), (400, "{"), (408, html)] {
        assert_eq!(
            ask("AWS_NOTHING", (status, body)).await.1,
            Some(Fault::Transient(ProblemKind::Garbled)),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_fails_may_pass() {
    let environment =
        [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s")].into_iter().collect();
    let ssm = Ssm::connect(&environment).await.unwrap();
    let fault = |error: ConnectorError| ssm.fault(&SdkError::dispatch_failure(error));
    let endpoint = || "SSM in eu-west-1".to_owned();

    let unreachable = Fault::Transient(ProblemKind::Unreachable { endpoint: endpoint() });
    assert_eq!(fault(ConnectorError::io("no".into())), unreachable);
    assert_eq!(fault(ConnectorError::user("no".into())), unreachable);
    assert_eq!(fault(ConnectorError::other("no".into(), None)), unreachable);
    let timed_out = Fault::Transient(ProblemKind::TimedOut { endpoint: endpoint() });
    assert_eq!(fault(ConnectorError::timeout("no".into())), timed_out);
}

#[tokio::test]
async fn the_endpoint_is_of_the_kind_that_the_environment_asks_for() {
    for (name, expected) in [
        ("AWS_NOTHING", "https://ssm.eu-west-1.amazonaws.com/"),
        ("AWS_USE_FIPS_ENDPOINT", "https://ssm-fips.eu-west-1.amazonaws.com/"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "https://ssm.eu-west-1.api.aws/"),
    ] {
        assert_eq!(ask(name, (403, "")).await.0, [expected], "{name}");
    }
}
