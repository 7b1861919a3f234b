//! Who may call: keys, tokens, scopes, clocks, signatures, each refusal with its text.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod raw;
mod sdk;

use bind_config_local::LocalSsm;
use raw::{Raw, date, exchange, header, request};
use sdk::{client_with, refusal};

const BODY: &str = r#"{"Names":["/KEY"]}"#;

fn refused(raw: &Raw, ssm: &LocalSsm) -> String {
    let answer = raw.send(ssm);
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.body
}

fn body(code: &str, message: &str) -> String {
    format!(r#"{{"__type":"{code}","message":"{message}"}}"#)
}

#[test]
fn a_signed_request_is_answered() {
    let ssm = LocalSsm::start().unwrap();

    let answer = Raw::new(&ssm, "GetParameters", BODY).send(&ssm);

    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"InvalidParameters":["/KEY"],"Parameters":[]}"#));
    assert_eq!(header(&answer.head, "content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(header(&answer.head, "x-amzn-requestid"), Some("00000000-0000-4000-8000-000000000000"));
}

#[test]
fn a_request_without_signature_is_refused() {
    let ssm = LocalSsm::start().unwrap();
    let unsigned = request("POST", &[("x-amz-target", "AmazonSSM.GetParameters".to_owned())], BODY.as_bytes());

    let answer = exchange(&ssm, &unsigned);

    assert_eq!(answer.body, body("MissingAuthenticationTokenException", "Missing Authentication Token"));
}

#[test]
fn half_a_signature_is_refused() {
    let ssm = LocalSsm::start().unwrap();
    for (authorization, text) in [
        ("Basic eDp5", "Unsupported AWS 'algorithm'."),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request",
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=e",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        ),
    ] {
        let bytes = request("POST", &[("authorization", authorization.to_owned())], b"{}");

        assert_eq!(exchange(&ssm, &bytes).body, body("IncompleteSignatureException", text));
    }
}

#[test]
fn an_unknown_key_is_refused() {
    let ssm = LocalSsm::start().unwrap();
    let mut raw = Raw::new(&ssm, "GetParameters", BODY);
    raw.access_key = "AKIDOTHER".to_owned();

    let expected = body("UnrecognizedClientException", "The security token included in the request is invalid.");
    assert_eq!(refused(&raw, &ssm), expected);
}

#[test]
fn a_wrong_secret_key_and_a_changed_body_are_noticed() {
    let ssm = LocalSsm::start().unwrap();
    let mut raw = Raw::new(&ssm, "GetParameters", BODY);
    let mut changed = raw.bytes();
    let at = changed.windows(4).position(|window| window == b"/KEY").unwrap();
    changed[at + 1] = b'k';
    raw.secret_key += "x";

    let expected = body(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
         signing method. Consult the service documentation for details.",
    );
    assert_eq!(refused(&raw, &ssm), expected);
    assert_eq!(exchange(&ssm, &changed).body, expected);
}

#[test]
fn the_scope_must_be_this_region_and_service() {
    let ssm = LocalSsm::builder().region("eu-west-1").start().unwrap();
    let (mut region, mut service) = (Raw::new(&ssm, "GetParameters", BODY), Raw::new(&ssm, "GetParameters", BODY));
    region.region = "us-east-1".to_owned();
    service.service = "s3".to_owned();

    let text = "Credential should be scoped to a valid region. ";
    assert_eq!(refused(&region, &ssm), body("InvalidSignatureException", text));
    let text = "Credential should be scoped to correct service: 'ssm'. ";
    assert_eq!(refused(&service, &ssm), body("InvalidSignatureException", text));
}

#[test]
fn a_signature_is_good_for_five_minutes_either_way() {
    let ssm = LocalSsm::start().unwrap();
    let send = |offset: i64| {
        let mut raw = Raw::new(&ssm, "GetParameters", BODY);
        raw.date = date(offset);
        (raw.send(&ssm), raw.date)
    };

    let ((old, signed_old), (early, signed_early)) = (send(-330), send(330));

    assert_eq!((send(-270).0.status, send(270).0.status), (200, 200));
    let text = old.body;
    assert!(text.contains(&format!("\"Signature expired: {signed_old} is now earlier than ")), "{text}");
    assert!(text.contains("Z - 5 min.)\"") && text.contains("InvalidSignatureException"), "{text}");
    let text = early.body;
    assert!(text.contains(&format!("\"Signature not yet current: {signed_early} is still later than ")), "{text}");
    assert!(text.contains("Z + 5 min.)\""), "{text}");
}

#[test]
fn the_servers_clock_can_be_off_and_its_date_follows() {
    let ssm = LocalSsm::builder().clock_offset(3600).start().unwrap();
    let raw = Raw::new(&ssm, "GetParameters", BODY);
    let ahead = raw.send(&ssm);

    ssm.set_clock_offset(0);
    let right = raw.send(&ssm);

    assert!(ahead.body.contains("Signature expired: "), "{}", ahead.body);
    assert_eq!(right.status, 200);
    let hour = |head: &str| header(head, "date").unwrap()[17..19].parse::<u32>().unwrap();
    assert_eq!(hour(&ahead.head), (hour(&right.head) + 1) % 24);
}

#[test]
fn the_day_of_the_scope_is_that_of_the_request() {
    let ssm = LocalSsm::start().unwrap();
    let raw = Raw::new(&ssm, "GetParameters", BODY);
    let day = &raw.date[..8];
    let text = String::from_utf8(raw.bytes()).unwrap().replace(&format!("/{day}/"), "/20200101/");

    let answer = exchange(&ssm, text.as_bytes());

    let expected = format!(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20200101' != '{day}', \
         from '{}'.",
        raw.date
    );
    assert_eq!(answer.body, body("InvalidSignatureException", &expected));
}

#[tokio::test]
async fn a_session_token_is_asked_for_where_it_is_set() {
    let ssm = LocalSsm::builder().session_token("token-1").start().unwrap();
    let variables = ssm.variables("app", "stage");
    assert_eq!(variables.value("AWS_SESSION_TOKEN"), Some("token-1"));

    client_with(&variables).describe_parameters().send().await.unwrap();
    let without = client_with(&variables.without("AWS_SESSION_TOKEN")).describe_parameters().send().await;

    let expected = "UnrecognizedClientException: The security token included in the request is invalid.";
    assert_eq!(refusal(without), expected);
}
