//! A store that is slow, full, broken, far, or says no.

use std::time::Duration;

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation, Variables};
use bind_config_runtime::{CredentialsProblem, LoadError, ProblemKind};

use crate::bindings::{bind, bind_without_fallback, optional, secret};
use crate::{APP, STAGE, kinds, load, store, variables};

/// A store with a value for A.
fn with_a() -> LocalSsm {
    let ssm = store();
    bind(vec![secret("A")]);
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();
    ssm
}

/// Lambda's init, so that a hopeless load ends after 8 seconds and not after 20.
fn on_demand(variables: Variables) -> Variables {
    variables.with("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
}

async fn failed(variables: Variables) -> LoadError {
    load(on_demand(variables)).await.expect_err("the store is broken")
}

#[tokio::test]
async fn what_goes_wrong_twice_and_then_right_is_no_problem() {
    let faults = [
        Fault::throttled(),
        Fault::server_error(),
        Fault::status(503),
        Fault::reset(),
        Fault::reset_midway(),
        Fault::close(),
        Fault::truncate(),
        Fault::malformed(),
        Fault::leave_out(),
        Fault::delay(Duration::from_millis(300)),
    ];
    for fault in faults {
        let ssm = with_a();
        let name = format!("{fault:?}");
        let id = ssm.inject(fault.times(2));

        let config = load(variables(&ssm)).await.unwrap_or_else(|error| panic!("{name}: {error}"));

        assert_eq!(config.value("A"), Some("value"), "{name}");
        assert!(ssm.hits(id) >= 1, "{name}");
    }
}

#[tokio::test]
async fn a_store_that_is_throttled_to_the_end_is_throttled_and_not_missing() {
    let ssm = with_a();
    ssm.inject(Fault::throttled());

    let error = failed(variables(&ssm)).await;

    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::Throttled)]);
    assert_eq!(error.problems()[0].paths(), ["/sst/orders/dev/Secret/A/value"]);
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `dev`, region `us-east-1`)

A: the store answered \"too many requests\" when it was last asked
  try again, or raise the throughput of Parameter Store (Systems Manager, settings) above 40 calls a second"
    );
}

#[tokio::test]
async fn a_store_that_never_answers_is_a_timeout() {
    let ssm = with_a();
    ssm.inject(Fault::never_answer());

    let error = failed(variables(&ssm)).await;

    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::TimedOut { endpoint: ssm.endpoint() })]);
    let expected = format!(
        "\n\nA: no answer came before the deadline: {}\n  it had 8 seconds; check AWS_ENDPOINT_URL_SSM where it is set; a function in a VPC needs a NAT gateway or a VPC endpoint for SSM",
        ssm.endpoint()
    );
    assert!(error.to_string().ends_with(&expected), "{error}");
}

/// By tokio's clock, which jumps over what is waited for.
#[tokio::test(start_paused = true)]
async fn a_load_has_eight_seconds_in_lambda_and_twenty_elsewhere() {
    let ssm = with_a();
    ssm.inject(Fault::never_answer());
    for (variables, seconds) in [(on_demand(variables(&ssm)), 8.0), (variables(&ssm), 20.0)] {
        let begun = tokio::time::Instant::now();

        load(variables).await.unwrap_err();

        let took = begun.elapsed().as_secs_f64();
        assert!((took - seconds).abs() < 0.1, "{took} s of {seconds}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_no_answer() {
    let ssm = with_a();
    ssm.inject(Fault::endless());

    let error = failed(variables(&ssm)).await;

    // It breaks off at a size, or where the deadline comes first.
    assert!(matches!(kinds(&error)[..], [(Some("A"), ProblemKind::Garbled | ProblemKind::TimedOut { .. })]), "{error}");
}

#[tokio::test]
async fn a_store_with_errors_of_its_own_to_the_end_is_unavailable() {
    let ssm = with_a();
    ssm.inject(Fault::server_error());

    let error = failed(variables(&ssm)).await;

    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::Unavailable { code: "InternalServerError".to_owned() })]);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn answers_that_are_no_answers_to_the_end_are_garbled() {
    for fault in [Fault::malformed(), Fault::leave_out()] {
        let ssm = with_a();
        ssm.inject(fault);

        let error = failed(variables(&ssm)).await;

        assert_eq!(kinds(&error), [(Some("A"), ProblemKind::Garbled)]);
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let ssm = with_a();
    // Not a port that was free a moment ago: another test may have it by now.
    let endpoint = "http://127.0.0.1:1".to_owned();

    let error = failed(variables(&ssm).with("AWS_ENDPOINT_URL_SSM", endpoint.clone())).await;

    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::Unreachable { endpoint: endpoint.clone() })]);
    assert!(error.to_string().contains(&format!("\n\nA: the store could not be reached: {endpoint}\n")));
}

#[tokio::test]
async fn a_denied_name_is_denied_and_the_others_are_read() {
    let ssm = store();
    bind((0..12).map(|at| secret(&format!("S{at:02}"))).collect());
    for at in 0..12 {
        ssm.put_secret(APP, STAGE, &format!("S{at:02}"), "value").unwrap();
    }
    ssm.inject(Fault::deny().name("/sst/orders/dev/Secret/S03/value"));

    let error = failed(variables(&ssm)).await;

    let resource = "arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/dev/Secret/S03/value".to_owned();
    assert_eq!(kinds(&error), [(Some("S03"), ProblemKind::Denied { action: "ssm:GetParameters", resource })]);
    assert_eq!(
        error.to_string(),
        "\
the configuration could not be loaded (function `api`, app `orders`, stage `dev`, region `us-east-1`)

S03: access denied: the credentials may not do `ssm:GetParameters` on arn:aws:ssm:us-east-1:123456789012:parameter/sst/orders/dev/Secret/S03/value
  `bind-config iam api` prints the policy that this function needs"
    );
}

#[tokio::test]
async fn a_denied_fallback_matters_only_where_it_is_needed() {
    let ssm = store();
    bind(vec![secret("A"), optional(secret("B"))]);
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();
    ssm.inject(Fault::deny().fallback_of(APP));

    let error = failed(variables(&ssm)).await;

    // Also for an optional one: nobody knows whether it is set.
    assert_eq!(error.problems().len(), 1);
    assert_eq!(error.problems()[0].name(), Some("B"));
    assert!(matches!(error.problems()[0].kind(), ProblemKind::Denied { .. }));
    let paths = ["/sst/orders/dev/Secret/B/value", "/sst/orders/.fallback/Secret/B/value"];
    assert_eq!(error.problems()[0].paths(), paths);

    ssm.put_secret(APP, STAGE, "B", "value").unwrap();
    assert_eq!(load(variables(&ssm)).await.unwrap().value("A"), Some("value"));
}

#[tokio::test]
async fn a_key_that_may_not_be_used_is_a_matter_of_kms() {
    let ssm = store();
    bind(vec![secret("A"), secret("B")]);
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();
    ssm.put(NewParameter::secure("/sst/orders/dev/Secret/B/value", "value").key("alias/team")).unwrap();
    ssm.inject(Fault::deny_key("alias/team"));

    let error = failed(variables(&ssm)).await;

    assert_eq!(error.problems().len(), 1, "{error}");
    assert_eq!(error.problems()[0].name(), Some("B"));
    assert!(matches!(error.problems()[0].kind(), ProblemKind::Denied { action: "kms:Decrypt", .. }), "{error}");
}

#[tokio::test]
async fn a_clock_that_is_hours_off_is_corrected() {
    for seconds in [-7_200, 7_200] {
        let ssm = with_a();
        ssm.set_clock_offset(seconds);

        let config = load(variables(&ssm)).await.unwrap();

        assert_eq!(config.value("A"), Some("value"));
        assert_eq!(ssm.count(Operation::GetParameters), 2, "{:?}", ssm.calls());
    }
}

#[tokio::test]
async fn a_signature_that_expired_on_its_way_is_made_anew() {
    let ssm = with_a();
    ssm.inject(Fault::signature_expired().times(1));

    assert_eq!(load(variables(&ssm)).await.unwrap().value("A"), Some("value"));
}

#[tokio::test]
async fn signatures_that_always_expire_are_a_matter_of_clocks() {
    let ssm = with_a();
    ssm.inject(Fault::signature_expired());

    let error = failed(variables(&ssm)).await;

    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::ClockSkew)]);
    assert_eq!(ssm.count(Operation::GetParameters), 3);
}

#[tokio::test]
async fn credentials_that_aws_does_not_accept_are_not_asked_again() {
    let refused = |code: &str| ProblemKind::Credentials(CredentialsProblem::Refused { code: code.to_owned() });
    let ssm = with_a();

    let unknown = failed(variables(&ssm).with("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")).await;
    let mistyped = failed(variables(&ssm).with("AWS_SECRET_ACCESS_KEY", "mistyped")).await;
    ssm.inject(Fault::token_expired());
    let expired = failed(variables(&ssm)).await;

    assert_eq!(kinds(&unknown), [(Some("A"), refused("UnrecognizedClientException"))]);
    assert_eq!(kinds(&mistyped), [(Some("A"), refused("InvalidSignatureException"))]);
    assert_eq!(kinds(&expired), [(Some("A"), refused("ExpiredTokenException"))]);
    assert_eq!(ssm.count(Operation::GetParameters), 3);
}

// With it the chain of the SDK looks elsewhere.
#[cfg(not(feature = "aws-config"))]
#[tokio::test]
async fn without_credentials_or_a_region_the_start_as_a_whole_has_the_problem() {
    let ssm = with_a();

    let credentials = failed(variables(&ssm).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")).await;
    let region = failed(variables(&ssm).without("AWS_REGION")).await;

    assert_eq!(kinds(&credentials), [(None, ProblemKind::Credentials(CredentialsProblem::Missing))]);
    assert_eq!(kinds(&region), [(None, ProblemKind::NoRegion)]);
    assert!(region.to_string().ends_with("\n\nno region is set\n  set AWS_REGION (or SST_REGION, which comes first)"));
    assert_eq!(ssm.count(Operation::GetParameters), 0);
}

#[tokio::test]
async fn the_region_of_sst_comes_first() {
    let ssm = with_a();

    assert!(load(variables(&ssm).with("AWS_REGION", "eu-west-1").with("SST_REGION", "us-east-1")).await.is_ok());
}

#[tokio::test]
async fn the_endpoint_of_the_service_comes_before_that_of_all() {
    let ssm = with_a();
    let endpoint = ssm.endpoint();

    assert!(load(variables(&ssm).with("AWS_ENDPOINT_URL", "http://127.0.0.1:1")).await.is_ok());
    let variables = variables(&ssm).without("AWS_ENDPOINT_URL_SSM").with("AWS_ENDPOINT_URL", endpoint);
    assert!(load(variables).await.is_ok());
}

#[tokio::test]
async fn a_name_that_ssm_does_not_take_is_refused_with_its_code_and_the_others_are_read() {
    let ssm = store();
    bind(vec![secret("A"), secret("B")]);
    ssm.put_secret(APP, STAGE, "B", "value").unwrap();

    let error = failed(variables(&ssm).with("SST_Secret_value_A", "__FETCH_FROM_SSM__:/a b/ü")).await;

    assert_eq!(error.problems().len(), 1);
    assert!(
        matches!(error.problems()[0].kind(), ProblemKind::Rejected { code, .. } if code == "ValidationException"),
        "{error}"
    );
}

#[tokio::test]
async fn a_bundle_of_roots_that_cannot_be_read_is_named() {
    let ssm = with_a();
    let endpoint = format!("https://{}", ssm.address());
    let variables = variables(&ssm).with("AWS_ENDPOINT_URL_SSM", endpoint).with("AWS_CA_BUNDLE", "/nowhere/roots.pem");

    let error = failed(variables).await;

    assert!(
        error.to_string().contains("\n\nAWS_CA_BUNDLE names /nowhere/roots.pem, which cannot be read: "),
        "{error}"
    );
}

#[tokio::test]
async fn one_broken_batch_does_not_hide_what_the_others_say() {
    let ssm = store();
    let bindings: Vec<_> = (0..20).map(|at| secret(&format!("S{at:02}"))).collect();
    let names = bindings.iter().map(|binding| binding.name).collect();
    bind_without_fallback(bindings, names);
    for at in 0..10 {
        ssm.put_secret(APP, STAGE, &format!("S{at:02}"), "value").unwrap();
    }
    ssm.inject(Fault::server_error().name("/sst/orders/dev/Secret/S00/value"));

    let error = failed(variables(&ssm)).await;

    let of = |is: fn(&ProblemKind) -> bool| error.problems().iter().filter(|problem| is(problem.kind())).count();
    assert_eq!(of(|kind| matches!(kind, ProblemKind::Unavailable { .. })), 10);
    assert_eq!(of(|kind| matches!(kind, ProblemKind::NotFound)), 10);
    assert!(!error.is_retryable());
}
