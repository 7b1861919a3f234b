//! Faults on Lambda, and the one that no request outlives: a request that is read and not heard.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::operation::list_functions::ListFunctionsError;
use bind_config_local::{Fault, LocalSsm, NewFunction, NewParameter, Operation};

use crate::raw::{Answer, Raw, header};
use crate::sdk::refusal;
use crate::{ARN, CALLER, client};

const PATH: &str = "/2015-03-31/functions/api/configuration";

fn stored() -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api").variable("KEY", "1")).unwrap();
    ssm
}

fn update(ssm: &LocalSsm) -> Raw {
    Raw::lambda(ssm, "PUT", PATH, &format!("{PATH}\n"), r#"{"Environment":{"Variables":{"KEY":"2"}}}"#)
}

fn shown(answer: &Answer) -> (u16, Option<&str>, &str) {
    (answer.status, header(&answer.head, "x-amzn-errortype"), answer.body.as_str())
}

#[test]
fn every_trouble_looks_like_lambdas() {
    let ssm = stored();
    for (fault, status, error, body) in [
        (
            Fault::throttled(),
            429,
            Some("TooManyRequestsException"),
            r#"{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}"#,
        ),
        (
            Fault::server_error(),
            500,
            Some("ServiceException"),
            r#"{"Message":"The Lambda service encountered an internal error.","Type":"Service"}"#,
        ),
        (
            Fault::status(503),
            503,
            Some("ServiceUnavailableException"),
            r#"{"message":"The request has failed due to a temporary failure of the server."}"#,
        ),
        (Fault::status(502), 502, None, "<html><body><h1>Bad Gateway</h1></body></html>"),
        (
            Fault::token_expired(),
            403,
            Some("ExpiredTokenException"),
            r#"{"message":"The security token included in the request is expired"}"#,
        ),
    ] {
        ssm.inject(fault.on(Operation::UpdateFunctionConfiguration).times(1));
        let answer = update(&ssm).send(&ssm);

        assert_eq!(shown(&answer), (status, error, body));
        let retry_after = header(&answer.head, "retry-after");
        assert_eq!(retry_after, (status == 429).then_some("1"));
    }
    assert_eq!((ssm.function_updates("api"), update(&ssm).send(&ssm).status), (0, 200));
}

#[tokio::test]
async fn a_throttle_is_what_the_sdk_takes_for_one() {
    let ssm = stored();
    ssm.inject(Fault::throttle(0.0, 1));
    let client = client(&ssm);

    client.list_functions().send().await.unwrap();
    let throttled = client.list_functions().send().await.unwrap_err();

    let ListFunctionsError::TooManyRequestsException(err) = throttled.as_service_error().unwrap() else {
        panic!("{throttled:?}")
    };
    assert_eq!((err.message(), err.retry_after_seconds()), (Some("Rate exceeded"), Some("1")));
    let call = &ssm.calls()[1];
    assert_eq!((call.status, call.error.as_deref()), (Some(429), Some("TooManyRequestsException")));
}

#[tokio::test]
async fn a_function_is_denied_by_its_name_however_it_is_written() {
    let ssm = stored();
    ssm.put_function(NewFunction::new("other")).unwrap();
    ssm.inject(Fault::deny().on(Operation::GetFunctionConfiguration).name("api"));
    ssm.inject(Fault::deny().on(Operation::ListFunctions));
    let client = client(&ssm);
    let denied = |operation: &str, resource: &str| {
        format!(
            "AccessDeniedException: User: {CALLER} is not authorized to perform: lambda:{operation} on resource: {resource} \
             because no identity-based policy allows the lambda:{operation} action"
        )
    };

    for name in ["api", "function:api", "api:$LATEST", "arn:aws:lambda:us-east-1:123456789012:function:api"] {
        let refused = client.get_function_configuration().function_name(name).send().await;
        assert_eq!(refusal(refused), denied("GetFunctionConfiguration", &format!("{ARN}api")), "{name}");
    }
    assert!(client.get_function_configuration().function_name("other").send().await.is_ok());
    assert_eq!(refusal(client.list_functions().send().await), denied("ListFunctions", "*"));
    assert_eq!(ssm.calls()[0].status, Some(403));
}

#[tokio::test]
async fn functions_can_be_chosen_by_the_beginning_of_their_names() {
    let ssm = LocalSsm::start().unwrap();
    for name in ["orders-api", "orders-worker", "billing-api"] {
        ssm.put_function(NewFunction::new(name)).unwrap();
    }
    let fault = ssm.inject(Fault::server_error().under("orders-"));
    let client = client(&ssm);

    for (name, fails) in [("orders-api", true), ("orders-worker", true), ("billing-api", false)] {
        let result = client.list_aliases().function_name(name).send().await;
        assert_eq!(result.is_err(), fails, "{name}");
    }
    assert_eq!(ssm.hits(fault), 2);
}

#[test]
fn a_failed_update_may_have_happened() {
    let ssm = stored();
    ssm.inject(Fault::fail_after_write().name("api").times(1));

    let answer = update(&ssm).send(&ssm);

    let body = r#"{"Message":"The Lambda service encountered an internal error.","Type":"Service"}"#;
    assert_eq!(shown(&answer), (500, Some("ServiceException"), body));
    assert_eq!((ssm.function_updates("api"), ssm.function_variables("api").unwrap()["KEY"].as_str()), (1, "2"));
}

#[test]
fn an_unanswered_update_has_happened_and_an_unheard_one_has_not() {
    for (fault, updates, label) in [(Fault::never_answer(), 1, "never_answer"), (Fault::unheard(), 0, "unheard")] {
        let ssm = stored();
        ssm.inject(fault.on(Operation::UpdateFunctionConfiguration).times(1));
        let mut stream = TcpStream::connect(ssm.address()).unwrap();
        stream.write_all(&update(&ssm).bytes()).unwrap();

        while ssm.calls().is_empty() {
            std::thread::yield_now();
        }
        stream.set_nonblocking(true).unwrap();

        assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(ssm.function_updates("api"), updates);
        let call = &ssm.calls()[0];
        assert_eq!((call.names.join(","), call.status, call.fault), ("api".to_owned(), None, Some(label)));
        assert_eq!(call.error, None);
    }
}

#[test]
fn a_parameter_can_be_unheard_too() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::secure("/app/KEY", "old")).unwrap();
    ssm.inject(Fault::unheard().on(Operation::PutParameter));
    let mut stream = TcpStream::connect(ssm.address()).unwrap();
    let body = r#"{"Name":"/app/KEY","Value":"new","Type":"SecureString","Overwrite":true}"#;
    stream.write_all(&Raw::new(&ssm, "PutParameter", body).bytes()).unwrap();

    while ssm.calls().is_empty() {
        std::thread::yield_now();
    }

    assert_eq!((ssm.value("/app/KEY").as_deref(), ssm.version("/app/KEY")), (Some("old"), Some(1)));
}

#[tokio::test]
async fn a_listing_can_be_cut_off() {
    let ssm = stored();
    ssm.inject(Fault::malformed().on(Operation::ListFunctions));

    let err = client(&ssm).list_functions().send().await.unwrap_err();

    assert_eq!(err.raw_response().unwrap().status().as_u16(), 200);
    assert_eq!(err.as_service_error().unwrap().code(), None);
}
