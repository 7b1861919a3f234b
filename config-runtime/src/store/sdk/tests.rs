use aws_sdk_ssm::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::*;
use crate::store::endpoint;

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
