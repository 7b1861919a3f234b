use aws_sdk_ssm::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_runtime_api::client::result::ConnectorError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::environment::Environment;
use crate::problem::CredentialsProblem;
use crate::store::endpoint;

/// What comes of asking for one name where the store has this answer to it.
async fn ask(status: u16, body: &'static str) -> Option<Fault> {
    ask_with(status, "", body).await.err()
}

async fn ask_with(status: u16, header: &'static str, body: &'static str) -> Result<Vec<Option<Stored>>, Fault> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            request.push(socket.read_u8().await.unwrap());
        }
        let answer =
            format!("HTTP/1.1 {status} X\r\n{header}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        socket.write_all(answer.as_bytes()).await.unwrap();
    });
    let environment: Environment = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "k"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_ENDPOINT_URL_SSM", url.as_str()),
    ]
    .into_iter()
    .collect();
    Ssm::new(Target::of(&environment).await.unwrap()).parameters(&["/a".to_owned()], true).await
}

#[tokio::test]
async fn what_is_no_answer_of_ssm_is_final_where_it_will_be_the_same_again() {
    let html = "<html>sign in</html>";
    for status in [301, 302, 307, 401, 403, 404, 405, 407, 410, 413, 426, 501, 505] {
        let expected = Fault::Permanent(ProblemKind::NotTheStore { status });
        assert_eq!(ask(status, html).await, Some(expected), "{status}");
    }
    for status in [500, 502, 503, 504] {
        let expected = Fault::Transient(ProblemKind::Unavailable { code: format!("HTTP {status}") });
        assert_eq!(ask(status, html).await, Some(expected), "{status}");
    }
    assert_eq!(ask(429, html).await, Some(Fault::Transient(ProblemKind::Throttled)));
    // Cut off, or of a moment.
    for (status, body) in [(200, html), (200, "{"), (200, "{}"), (400, "{"), (408, html)] {
        assert_eq!(ask(status, body).await, Some(Fault::Transient(ProblemKind::Garbled)), "{status} {body}");
    }
}

#[tokio::test]
async fn a_refusal_is_read_from_its_body() {
    let denied =
        r#"{"__type":"AccessDeniedException","Message":"User: x is not authorized to perform: ssm:GetParameters"}"#;
    assert_eq!(ask(400, denied).await, Some(Fault::Denied { action: "ssm:GetParameters", resource: None }));
    for odd in [
        r#"{"__type":"AccessDeniedException","message":"… perform: ssm:GetParameters on …","Message":"…"}"#,
        r#"{"__type":"AccessDeniedException","Message":null,"code":400}"#,
        r#"{"__type":"AccessDeniedException","__type":"AccessDeniedException"}"#,
    ] {
        let denied = ask(400, odd).await;
        assert_eq!(denied, Some(Fault::Denied { action: "ssm:GetParameters", resource: None }), "{odd}");
    }
    // The code is in the header alone.
    let header = "x-amzn-errortype: ExpiredTokenException:http://internal.amazon.com/\r\n";
    let refused = CredentialsProblem::Refused { code: "ExpiredTokenException".to_owned() };
    for body in ["", "{}"] {
        let answer = ask_with(400, header, body).await.err();
        assert_eq!(answer, Some(Fault::Permanent(ProblemKind::Credentials(refused.clone()))), "{body}");
    }
    let qualified = r#"{"__type":"com.amazonaws.ssm#InternalServerError"}"#;
    let unavailable = ProblemKind::Unavailable { code: "InternalServerError".to_owned() };
    assert_eq!(ask(500, qualified).await, Some(Fault::Transient(unavailable)));
    let nothing = ProblemKind::NotTheStore { status: 404 };
    assert_eq!(ask(404, "{}").await, Some(Fault::Permanent(nothing)));
}

#[tokio::test]
async fn a_value_without_a_version_is_one() {
    for version in ["", r#","Version":null"#] {
        let body: &'static str = format!(r#"{{"Parameters":[{{"Name":"/a","Value":"x"{version}}}]}}"#).leak();
        let found = ask_with(200, "", body).await.unwrap();
        assert_eq!(found[0].as_ref().map(|stored| (stored.value.as_str(), stored.version)), Some(("x", 0)), "{body}");
    }
}

#[tokio::test]
async fn what_cannot_be_made_into_a_request_or_goes_to_no_server_is_final() {
    // No URL can be made of the first; no host is called as the others say.
    for (region, endpoint, name) in [
        ("no region", "", "SSM in no region"),
        ("eu-west-1-", "", "SSM in eu-west-1-"),
        ("eu-west-1", "https://ssm..example/", "https://ssm..example/"),
    ] {
        let environment = [
            ("AWS_REGION", region),
            ("AWS_ACCESS_KEY_ID", "k"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_ENDPOINT_URL_SSM", endpoint),
        ];
        let ssm = Ssm::new(Target::of(&environment.into_iter().collect()).await.unwrap());

        let fault = ssm.parameters(&["/a".to_owned()], true).await.err();

        let reason = format!("no request could be made for {name}: check region, endpoint and credentials");
        assert_eq!(fault, Some(Fault::Permanent(ProblemKind::Client { reason })));
    }
}

#[tokio::test]
async fn a_connection_that_fails_may_pass_and_a_request_that_nobody_can_send_does_not() {
    let environment =
        [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s")].into_iter().collect();
    let ssm = Ssm::new(Target::of(&environment).await.unwrap());
    let fault = |error: ConnectorError| ssm.fault(&SdkError::dispatch_failure(error));
    let endpoint = || "SSM in eu-west-1".to_owned();

    let unreachable = Fault::Transient(ProblemKind::Unreachable { endpoint: endpoint() });
    assert_eq!(fault(HttpError::Failed("no".into()).into()), unreachable);
    assert_eq!(fault(ConnectorError::other("no".into(), None)), unreachable);
    let timed_out = Fault::Transient(ProblemKind::TimedOut { endpoint: endpoint() });
    assert_eq!(fault(HttpError::TimedOut("no".into()).into()), timed_out);
    assert_eq!(fault(HttpError::Impossible("no".into()).into()), Fault::Permanent(ssm.target.impossible()));
    let untrusted = ProblemKind::Untrusted { endpoint: endpoint(), reason: "is of another host" };
    assert_eq!(fault(HttpError::Untrusted("is of another host").into()), Fault::Permanent(untrusted));
    let (proxy, variable, status) = ("proxy:1".to_owned(), "HTTPS_PROXY", 407);
    let refused = ProblemKind::ProxyRefused { proxy: proxy.clone(), variable, status };
    assert_eq!(fault(HttpError::ProxyRefused { proxy, variable, status }.into()), Fault::Permanent(refused));
}

/// They are asked in place of the SDK's.
#[tokio::test]
async fn the_endpoints_of_this_crate_are_those_of_the_sdk() {
    const REGIONS: [&str; 12] = [
        "us-east-1",
        "eu-west-1",
        "ap-southeast-7",
        "mx-central-1",
        "il-central-1",
        "cn-north-1",
        "us-gov-west-1",
        "us-iso-east-1",
        "us-isob-east-1",
        "eu-isoe-west-1",
        "us-isof-south-1",
        "eusc-de-east-1",
    ];
    let resolver = DefaultResolver::new();
    for region in REGIONS.into_iter().chain(["new-region-9", "not a region", "-x"]) {
        for (use_fips, use_dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
            let params = Params::builder().region(region).use_fips(use_fips).use_dual_stack(use_dual_stack).build();
            let theirs = match params {
                Ok(params) => resolver.resolve_endpoint(&params).await.ok(),
                Err(_) => None,
            };
            let theirs = theirs.map(|endpoint| format!("{}/", endpoint.url().trim_end_matches('/')));
            let ours = endpoint::of_ssm(region, use_fips, use_dual_stack);
            assert_eq!(ours, theirs, "{region} {use_fips} {use_dual_stack}");
        }
    }
}
