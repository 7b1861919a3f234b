use super::*;
use crate::plan::Owner;
use crate::problem::{CredentialsProblem, EndpointProblem};
use crate::sources::Origin;

fn secret(name: &'static str, kind: ProblemKind) -> Problem {
    Problem { binding: Some(Subject { name, field: name, kind: Kind::Secret }), ..Problem::of_start(kind) }
}

fn report(problems: Vec<Problem>) -> Report {
    Report {
        is_refresh: false,
        function: Some("api"),
        app: "orders",
        stage: "dev".to_owned(),
        region: None,
        in_lambda: false,
        patience: Duration::from_secs(20),
        problems,
    }
}

/// What the report says of one problem of the secret `KEY`, or of the start where there is no name.
fn text(name: Option<&'static str>, kind: ProblemKind) -> String {
    let mut problem = match name {
        Some(name) => secret(name, kind),
        None => Problem::of_start(kind),
    };
    problem.owner = name.map(|name| Owner { kind: Kind::Secret, name: name.to_owned() });
    if matches!(problem.kind, ProblemKind::EmptySecret | ProblemKind::NoSuchKey { .. }) {
        problem.origin = Some(Origin::Stage { path: "/p".to_owned(), version: 3 });
    }
    let report = LoadError(Arc::new(report(vec![problem]))).to_string();
    let headline = "the configuration could not be loaded (function `api`, app `orders`, stage `dev`)\n\n";
    report.strip_prefix(headline).unwrap().to_owned()
}

#[test]
fn every_problem_of_a_start_says_what_is_wrong_and_what_to_do() {
    for (kind, expected) in [
        (
            ProblemKind::NoApp,
            "SST_APP is not set, or empty: this is neither a deployed function nor a run under `bind-config bind`\n  run under `bind-config bind --stage dev -- COMMAND`, or set SST_APP=orders and SST_STAGE=dev to see what else is missing",
        ),
        (
            ProblemKind::NoStage,
            "SST_STAGE is not set, or empty\n  run under `bind-config bind --stage dev -- COMMAND`, or set SST_STAGE",
        ),
        (ProblemKind::NoRegion, "no region is set\n  set AWS_REGION (or SST_REGION, which comes first)"),
        (ProblemKind::NotUtf8 { variable: "SST_STAGE".to_owned() }, "SST_STAGE is not UTF-8"),
        (
            ProblemKind::BeforeSnapshot,
            "loading now would freeze the values into the SnapStart snapshot\n  call `load_after_restore` of the static in the hook after restore",
        ),
        (
            ProblemKind::InsideRuntime,
            "`load_blocking` was called inside an async runtime, which it would block\n  await `load` instead",
        ),
        (
            ProblemKind::OutsideRuntime,
            "it takes a tokio runtime to fetch values, or to refresh them, and none is running here\n  call `load` in `#[tokio::main]`, or `load_blocking` of the static (feature `blocking`)",
        ),
        (
            ProblemKind::RuntimeGone,
            "the runtime that loaded it has ended: nothing refreshes it any more\n  load it on a runtime that lives as long as the program",
        ),
        (ProblemKind::Panicked, "something panicked, and said why on stderr\n  the next refresh tries again"),
        (ProblemKind::Behind, "two answers of the store disagree on what is newest\n  the next refresh tries again"),
        (
            ProblemKind::BadEndpoint { variable: "AWS_ENDPOINT_URL" },
            "AWS_ENDPOINT_URL is not a URL of the form http://HOST:PORT or https://HOST\n  correct it, or unset it for the endpoint of AWS",
        ),
        (
            ProblemKind::BadProxy { variable: "HTTPS_PROXY" },
            "HTTPS_PROXY is no URL like http://USER:PASSWORD@HOST:PORT, and no other kind of proxy can be used\n  correct it (in a password `@`, `/`, `?` and `#` are written `%40`, `%2F`, `%3F` and `%23`), or name in NO_PROXY what is not behind it",
        ),
        (
            ProblemKind::ProxyRefused { proxy: "proxy:3128".to_owned(), variable: "ALL_PROXY", status: 407 },
            "the proxy proxy:3128 of ALL_PROXY let nobody through: HTTP 407\n  check its user and password in ALL_PROXY, and what it lets through; or name in NO_PROXY what is not behind it",
        ),
        (
            ProblemKind::Untrusted { endpoint: "SSM in eu-west-1".to_owned(), reason: "is of another host" },
            "the certificate is of another host: SSM in eu-west-1\n  name the bundle of roots in AWS_CA_BUNDLE where TLS is intercepted; check AWS_ENDPOINT_URL_SSM, or AWS_CONTAINER_CREDENTIALS_FULL_URI where that was asked",
        ),
        (
            ProblemKind::BadRoots {
                variable: "AWS_CA_BUNDLE",
                path: "/x".to_owned(),
                reason: "has no certificate in PEM form".to_owned(),
            },
            "AWS_CA_BUNDLE names /x, which has no certificate in PEM form\n  name a file of certificates in PEM form, or unset it for the roots that everybody trusts",
        ),
    ] {
        assert_eq!(text(None, kind.clone()), expected, "{kind:?}");
    }
}

#[test]
fn every_problem_of_the_credentials_says_what_is_wrong_and_what_to_do() {
    let no_credentials = |reason| {
        let endpoint = "http://127.0.0.1:1".to_owned();
        ProblemKind::Credentials(CredentialsProblem::Endpoint { endpoint, reason })
    };
    for (kind, expected) in [
        (
            ProblemKind::Credentials(CredentialsProblem::Missing),
            if cfg!(feature = "aws-config") {
                "there are no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and no container endpoint is named, and no profile, SSO or instance role has any\n  log in, or choose a profile (AWS_PROFILE)"
            } else {
                "there are no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and no container endpoint is named\n  profiles (AWS_PROFILE), SSO, web identity (IRSA) and instance roles need the feature `aws-config`: `cargo add bind-config --features aws-config`; `bind-config bind` has it"
            },
        ),
        (
            ProblemKind::Credentials(CredentialsProblem::Chain { reason: "it timed out" }),
            "the chain of AWS credentials (profiles, SSO, instance roles) gave none: it timed out\n  `aws sts get-caller-identity` asks the same sources and says more",
        ),
        (
            ProblemKind::Credentials(CredentialsProblem::Half { missing: "AWS_SECRET_ACCESS_KEY" }),
            "half of the AWS credentials is missing: AWS_SECRET_ACCESS_KEY is not set\n  set both",
        ),
        (
            ProblemKind::Credentials(CredentialsProblem::Unusable { variable: "AWS_SESSION_TOKEN" }),
            "AWS_SESSION_TOKEN has a blank, a line break or another character that no credential has\n  set it again: a file with the line ends of another system leaves one behind every value",
        ),
        (
            no_credentials(EndpointProblem::NotAsked),
            "the container's endpoint http://127.0.0.1:1 was not asked for AWS credentials: it is no `https://` URL, and no `http://` URL of this machine, ECS or EKS\n  check AWS_CONTAINER_CREDENTIALS_FULL_URI, or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI where it is set",
        ),
        (
            no_credentials(EndpointProblem::NoToken),
            "the container's endpoint http://127.0.0.1:1 was not asked for AWS credentials: the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (or AWS_CONTAINER_AUTHORIZATION_TOKEN) cannot be read, or is none\n  check what the task or pod mounts",
        ),
        (
            no_credentials(EndpointProblem::NoAnswer),
            "the container's endpoint http://127.0.0.1:1 did not answer when it was asked for AWS credentials\n  try again; check the agent of the task or pod",
        ),
        (
            no_credentials(EndpointProblem::Refused { status: 404 }),
            "the container's endpoint http://127.0.0.1:1 gave no AWS credentials, but HTTP 404\n  check the role of the task or pod",
        ),
        (
            no_credentials(EndpointProblem::Garbled),
            "the container's endpoint http://127.0.0.1:1 gave no AWS credentials, but another answer\n  check the role of the task or pod",
        ),
        (
            ProblemKind::Credentials(CredentialsProblem::TimedOut),
            "no AWS credentials came before the deadline\n  check the agent of the task or pod, and what the profile asks (`credential_process`, SSO)",
        ),
        (
            ProblemKind::Credentials(CredentialsProblem::Refused { code: "ExpiredToken".to_owned() }),
            "AWS does not accept the credentials: ExpiredToken\n  get new ones where they are expired; else they are of another account or partition, or mistyped; a store that AWS_ENDPOINT_URL_SSM names has its own, and `bind-config local start` others each time",
        ),
    ] {
        assert_eq!(text(None, kind.clone()), expected, "{kind:?}");
    }
}

#[test]
fn every_problem_of_a_binding_says_what_is_wrong_and_what_to_do() {
    let target = || "OTHER".to_owned();
    for (kind, expected) in [
        (
            ProblemKind::EmptySecret,
            "the value is empty, and a secret never is\n  it is version 3 of /p: bind-config secrets set KEY --stage dev",
        ),
        (
            ProblemKind::NoSuchKey { key: "a".to_owned() },
            "the value is not a JSON object with a string under `a`\n  it is version 3 of /p: bind-config secrets set KEY --stage dev",
        ),
        (ProblemKind::NotUtf8 { variable: "SST_Secret_value_KEY".to_owned() }, "SST_Secret_value_KEY is not UTF-8"),
        (
            ProblemKind::UnknownMarker,
            "SST_Secret_value_KEY has a marker that this version of bind-config does not know\n  update bind-config in this program; `bind-config bind` writes such a value as `__LITERAL__:…` where it is one",
        ),
        (
            ProblemKind::DanglingReference { target: target() },
            "SST_Secret_value_KEY refers to the secret `OTHER`, which has not been set for this function\n  bind `OTHER` to the function as well",
        ),
        (
            ProblemKind::ChainedReference { target: target() },
            "SST_Secret_value_KEY refers to the secret `OTHER`, which is itself a reference\n  refer to the secret that has the value",
        ),
        (
            ProblemKind::TimedOut { endpoint: "SSM in eu-west-1".to_owned() },
            "no answer came before the deadline: SSM in eu-west-1\n  it had 20 seconds; check AWS_ENDPOINT_URL_SSM where it is set; a function in a VPC needs a NAT gateway or a VPC endpoint for SSM",
        ),
        (
            ProblemKind::Unavailable { code: "HTTP 503".to_owned() },
            "the store answered with an error of its own when it was last asked: HTTP 503\n  try again",
        ),
        (
            ProblemKind::Garbled,
            "the store's answers could not be read: cut off, not JSON, or not about all the names\n  try again; check AWS_ENDPOINT_URL_SSM and proxies on the way",
        ),
        (
            ProblemKind::Rejected { code: "ValidationException".to_owned(), request_id: Some("4-2".to_owned()) },
            "the store refused the request: ValidationException (request 4-2)\n  check SST_STAGE, SST_SSM_PREFIX and the names that the environment gives",
        ),
        (
            ProblemKind::NotTheStore { status: 403 },
            "what answered is not the store: HTTP 403\n  check AWS_ENDPOINT_URL_SSM, and proxies and firewalls on the way",
        ),
        (
            ProblemKind::ClockSkew,
            "the clocks of this machine and of AWS differ by more than a signature may, also after a correction\n  set the clock of this machine",
        ),
        (
            ProblemKind::WithoutSsm,
            "the value must be fetched, and this program was built without the feature `ssm` of bind-config\n  add the feature, or run under `bind-config bind`, which hands over values",
        ),
    ] {
        assert_eq!(text(Some("KEY"), kind.clone()), format!("KEY: {expected}"), "{kind:?}");
    }
}

#[test]
fn what_people_can_mend_comes_before_what_may_pass() {
    let denied = |resource: &str| ProblemKind::Denied { action: "ssm:GetParameters", resource: resource.to_owned() };
    let refused = CredentialsProblem::Refused { code: "ExpiredToken".to_owned() };
    let problems = vec![
        secret("A", ProblemKind::Throttled),
        secret("B", ProblemKind::Garbled),
        secret("C", ProblemKind::UnknownMarker),
        secret("D", ProblemKind::EmptySecret),
        secret("E", ProblemKind::NoSuchKey { key: "k".to_owned() }),
        secret("F", ProblemKind::WrongType { expected: "JSON (json)".into() }),
        secret("G", ProblemKind::WrongShape { rule: "must start with `sk_`".to_owned() }),
        secret("H", denied("h")),
        secret("I", ProblemKind::Credentials(refused)),
        secret("J", ProblemKind::Throttled),
    ];
    let report = LoadError(Arc::new(report(problems))).to_string();

    let names: Vec<&str> = report
        .lines()
        .skip(2)
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(names, ["H", "I", "D", "E", "F", "G", "C", "A, J", "B"], "{report}");
}

#[test]
fn a_program_without_functions_is_told_the_same_without_a_name() {
    let denied = ProblemKind::Denied { action: "ssm:GetParameters", resource: "/a".to_owned() };
    let problems = vec![secret("A", denied), secret("B", ProblemKind::NotSetForFunction)];
    let text = LoadError(Arc::new(Report { function: None, ..report(problems) })).to_string();

    assert_eq!(
        text,
        "\
the configuration could not be loaded (app `orders`, stage `dev`)

Config.B has not been set for this function.
  the environment has no SST_Secret_value_B
  deploy the function with what it binds, or run under `bind-config bind --stage dev -- COMMAND`

A: access denied: the credentials may not do `ssm:GetParameters` on /a
  `bind-config iam FUNCTION` prints the policy that a function needs"
    );
}

#[test]
fn a_warning_is_one_line() {
    assert_eq!(
        edges(&["A", "B"]),
        "there is a blank, a line break or another character that nobody sees at the start or the end of `A`, `B`: set it without, unless it belongs there"
    );
}

#[test]
fn a_problem_is_one_line_for_a_log() {
    assert_eq!(secret("B", ProblemKind::NotSetForFunction).to_string(), "B: the environment has no SST_Secret_value_B");
    assert_eq!(
        secret("B", ProblemKind::NotSetForFunction).beside(Some("SST_Secret_B")).to_string(),
        "B: the environment has no SST_Secret_value_B (but SST_Secret_B)"
    );
    let odd = secret("B", ProblemKind::NotSetForFunction).beside(Some("SST_Secret_B\nx"));
    assert!(!odd.to_string().contains('\n'), "{odd}");
    assert_eq!(odd.near(), Some("SST_Secret_B\nx"));
    let missing = secret("B", ProblemKind::NotFound).at(["/a".to_owned(), "/b".to_owned()]);
    assert_eq!(missing.to_string(), "B: nothing is stored at /a, /b");
}

/// Every kind, its word, and whether it may pass.
#[test]
fn the_word_of_a_kind_stays_the_same_and_only_what_may_pass_is_retryable() {
    let text = String::new;
    let container = |reason| ProblemKind::Credentials(CredentialsProblem::Endpoint { endpoint: text(), reason });
    for (kind, word, may_pass) in [
        (ProblemKind::NoApp, "no_app", false),
        (ProblemKind::NoStage, "no_stage", false),
        (ProblemKind::OtherApp { found: text(), built: "" }, "other_app", false),
        (ProblemKind::NotSetForFunction, "not_set_for_function", false),
        (ProblemKind::NotFound, "not_found", false),
        (ProblemKind::Denied { action: "", resource: text() }, "denied", false),
        (ProblemKind::Credentials(CredentialsProblem::Missing), "credentials", false),
        (container(EndpointProblem::NotAsked), "credentials", false),
        (container(EndpointProblem::NoToken), "credentials", false),
        (container(EndpointProblem::Garbled), "credentials", false),
        (container(EndpointProblem::Refused { status: 403 }), "credentials", false),
        (container(EndpointProblem::Refused { status: 429 }), "credentials", true),
        (container(EndpointProblem::Refused { status: 500 }), "credentials", true),
        (container(EndpointProblem::NoAnswer), "credentials", true),
        (ProblemKind::NoRegion, "no_region", false),
        (ProblemKind::Throttled, "throttled", true),
        (ProblemKind::TimedOut { endpoint: text() }, "timed_out", true),
        (ProblemKind::Unreachable { endpoint: text() }, "unreachable", true),
        (ProblemKind::Unavailable { code: text() }, "unavailable", true),
        (ProblemKind::Garbled, "garbled", true),
        (ProblemKind::NotTheStore { status: 403 }, "not_the_store", false),
        (ProblemKind::Rejected { code: text(), request_id: None }, "rejected", false),
        (ProblemKind::ClockSkew, "clock_skew", false),
        (ProblemKind::WrongType { expected: "".into() }, "wrong_type", false),
        (ProblemKind::WrongShape { rule: text() }, "wrong_shape", false),
        (ProblemKind::EmptySecret, "empty_secret", false),
        (ProblemKind::NoSuchKey { key: text() }, "no_such_key", false),
        (ProblemKind::DanglingReference { target: text() }, "dangling_reference", false),
        (ProblemKind::ChainedReference { target: text() }, "chained_reference", false),
        (ProblemKind::UnknownMarker, "unknown_marker", false),
        (ProblemKind::NotUtf8 { variable: text() }, "not_utf8", false),
        (ProblemKind::WithoutSsm, "without_ssm", false),
        (ProblemKind::OtherBindings { deployed: text(), built: "" }, "other_bindings", false),
        (ProblemKind::BeforeSnapshot, "before_snapshot", false),
        (ProblemKind::Credentials(CredentialsProblem::TimedOut), "credentials", true),
        (ProblemKind::InsideRuntime, "inside_runtime", false),
        (ProblemKind::OutsideRuntime, "outside_runtime", false),
        (ProblemKind::RuntimeGone, "runtime_gone", false),
        (ProblemKind::Panicked, "panicked", false),
        (ProblemKind::Behind, "behind", true),
        (ProblemKind::BadEndpoint { variable: "" }, "bad_endpoint", false),
        (ProblemKind::BadProxy { variable: "" }, "bad_proxy", false),
        (ProblemKind::ProxyRefused { proxy: text(), variable: "", status: 407 }, "proxy_refused", false),
        (ProblemKind::Untrusted { endpoint: text(), reason: "" }, "untrusted", false),
        (ProblemKind::BadRoots { variable: "", path: text(), reason: text() }, "bad_roots", false),
        (ProblemKind::Client { reason: text() }, "client", false),
    ] {
        assert_eq!((kind.as_str(), kind.is_retryable()), (word, may_pass), "{kind:?}");
    }
}

#[test]
fn names_stand_together_where_what_to_do_is_the_same() {
    let misfit = |name, path: &str| {
        secret(name, ProblemKind::EmptySecret).from(Origin::Stage { path: path.to_owned(), version: 1 })
    };
    let garbled = |name| secret(name, ProblemKind::Garbled);
    let problems = vec![misfit("A", "/a"), misfit("B", "/b"), garbled("C"), garbled("D")];
    let report = LoadError(Arc::new(report(problems))).to_string();

    assert!(report.contains("\nA: the value is empty") && report.contains("\nB: the value is empty"), "{report}");
    assert!(report.contains("\nC, D: the store's answers could not be read"), "{report}");
}

#[test]
fn a_text_of_the_environment_stays_on_its_line() {
    let reason = "AWS_CA_BUNDLE names /x\nFAKE".to_owned();
    assert_eq!(text(None, ProblemKind::Client { reason }), "AWS_CA_BUNDLE names /x\\u{a}FAKE");
    assert_eq!(shown("dev\u{202e}\u{200b}x"), "dev\\u{202e}\\u{200b}x");
    assert_eq!(shown(&"x".repeat(301)), format!("{}…", "x".repeat(300)));

    let path = "/sst/orders/d\nFAKE/Secret/KEY/value".to_owned();
    let missing = secret("KEY", ProblemKind::NotFound)
        .at([path])
        .owned_by(Some(Owner { kind: Kind::Secret, name: "KEY".to_owned() }));
    let report = Report { stage: "d\nFAKE".to_owned(), region: Some("r\nFAKE".to_owned()), ..report(vec![missing]) };
    let text = LoadError(Arc::new(report)).to_string();
    assert!(text.lines().all(|line| !line.starts_with("FAKE")), "{text}");
}
