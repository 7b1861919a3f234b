//! What is wrong, in one line for each kind of problem.

use std::fmt;

use super::shown;
use crate::problem::{CredentialsProblem, EndpointProblem, Problem, ProblemKind, Subject};

impl Problem {
    /// What is wrong, without what to do about it.
    #[expect(clippy::too_many_lines, reason = "a sentence for each kind")]
    pub(super) fn what(&self) -> String {
        let variable = || self.binding.map(Subject::variable).unwrap_or_default();
        match &self.kind {
            ProblemKind::NoApp => {
                "SST_APP is not set, or empty: this is neither a deployed function nor a run under `bind-config bind`"
                    .to_owned()
            }
            ProblemKind::NoStage => "SST_STAGE is not set, or empty".to_owned(),
            ProblemKind::OtherApp { found, built } => format!(
                "this is the environment of another app: SST_APP is `{}`, this program was built for `{built}`",
                shown(found)
            ),
            ProblemKind::NotSetForFunction if self.origin.is_some() => {
                format!("{} is empty, and a secret never is", variable())
            }
            ProblemKind::NotSetForFunction => {
                let near = self.near.as_ref().map(|near| format!(" (but {})", shown(near))).unwrap_or_default();
                format!("the environment has no {}{near}", variable())
            }
            ProblemKind::NotFound => format!("nothing is stored at {}", shown(&self.paths.join(", "))),
            ProblemKind::Denied { action, resource } => {
                format!("access denied: the credentials may not do `{action}` on {}", shown(resource))
            }
            ProblemKind::Credentials(problem) => problem.what(),
            ProblemKind::NoRegion => "no region is set".to_owned(),
            ProblemKind::Throttled => "the store answered \"too many requests\" when it was last asked".to_owned(),
            ProblemKind::TimedOut { endpoint } => format!("no answer came before the deadline: {}", shown(endpoint)),
            ProblemKind::Unreachable { endpoint } => format!("the store could not be reached: {}", shown(endpoint)),
            ProblemKind::Unavailable { code } => {
                format!("the store answered with an error of its own when it was last asked: {}", shown(code))
            }
            ProblemKind::Garbled => {
                "the store's answers could not be read: cut off, not JSON, or not about all the names".to_owned()
            }
            ProblemKind::NotTheStore { status } => format!("what answered is not the store: HTTP {status}"),
            ProblemKind::Rejected { code, request_id } => {
                let id = request_id.as_ref().map(|id| format!(" (request {})", shown(id))).unwrap_or_default();
                format!("the store refused the request: {}{id}", shown(code))
            }
            ProblemKind::ClockSkew => {
                "the clocks of this machine and of AWS differ by more than a signature may, also after a correction"
                    .to_owned()
            }
            ProblemKind::WrongType { expected } => format!("the value must be {expected}"),
            ProblemKind::WrongShape { rule } => format!("the value {rule}"),
            ProblemKind::EmptySecret => "the value is empty, and a secret never is".to_owned(),
            ProblemKind::NoSuchKey { key } => {
                format!("the value is not a JSON object with a string under `{}`", shown(key))
            }
            ProblemKind::DanglingReference { target } => {
                let (variable, target) = (variable(), shown(target));
                format!("{variable} refers to the secret `{target}`, which has not been set for this function")
            }
            ProblemKind::ChainedReference { target } => {
                format!("{} refers to the secret `{}`, which is itself a reference", variable(), shown(target))
            }
            ProblemKind::UnknownMarker => {
                format!("{} has a marker that this version of bind-config does not know", variable())
            }
            ProblemKind::NotUtf8 { variable } => format!("{variable} is not UTF-8"),
            ProblemKind::WithoutSsm => {
                let why = if cfg!(target_family = "wasm") {
                    "there is no client for SSM on WebAssembly"
                } else {
                    "this program was built without the feature `ssm` of bind-config"
                };
                format!("the value must be fetched, and {why}")
            }
            ProblemKind::OtherBindings { deployed, built } => format!(
                "the deployed bindings are not those this program was built with (BIND_FINGERPRINT is {}, the program has {built})",
                shown(deployed)
            ),
            ProblemKind::BeforeSnapshot => "loading now would freeze the values into the SnapStart snapshot".to_owned(),
            ProblemKind::InsideRuntime => {
                "`load_blocking` was called inside an async runtime, which it would block".to_owned()
            }
            ProblemKind::OutsideRuntime => {
                "it takes a tokio runtime to fetch values, or to refresh them, and none is running here".to_owned()
            }
            ProblemKind::RuntimeGone => {
                "the runtime that loaded it has ended: nothing refreshes it any more".to_owned()
            }
            ProblemKind::Panicked if self.binding.is_some() => "its type panicked over the text".to_owned(),
            ProblemKind::Panicked => "something panicked, and said why on stderr".to_owned(),
            ProblemKind::Behind => "two answers of the store disagree on what is newest".to_owned(),
            ProblemKind::BadEndpoint { variable } => {
                format!("{variable} is not a URL of the form http://HOST:PORT or https://HOST")
            }
            ProblemKind::BadProxy { variable } => {
                format!(
                    "{variable} is no URL like http://USER:PASSWORD@HOST:PORT, and no other kind of proxy can be used"
                )
            }
            ProblemKind::ProxyRefused { proxy, variable, status } => {
                format!("the proxy {} of {variable} let nobody through: HTTP {status}", shown(proxy))
            }
            ProblemKind::Untrusted { endpoint, reason } => format!("the certificate {reason}: {}", shown(endpoint)),
            ProblemKind::BadRoots { variable, path, reason } => {
                format!("{variable} names {}, which {}", shown(path), shown(reason))
            }
            ProblemKind::Client { reason } => shown(reason),
        }
    }
}

impl CredentialsProblem {
    fn what(&self) -> String {
        match self {
            CredentialsProblem::Missing => {
                let chain =
                    if cfg!(feature = "aws-config") { ", and no profile, SSO or instance role has any" } else { "" };
                format!(
                    "there are no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and no container endpoint is named{chain}"
                )
            }
            CredentialsProblem::Half { missing } => {
                format!("half of the AWS credentials is missing: {missing} is not set")
            }
            CredentialsProblem::Unusable { variable } => {
                format!("{variable} has a blank, a line break or another character that no credential has")
            }
            CredentialsProblem::Endpoint { endpoint, reason } => {
                let reason = match reason {
                    EndpointProblem::NotAsked => "was not asked for AWS credentials: it is no `https://` URL, and no `http://` URL of this machine, ECS or EKS".to_owned(),
                    EndpointProblem::NoToken => "was not asked for AWS credentials: the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (or AWS_CONTAINER_AUTHORIZATION_TOKEN) cannot be read, or is none".to_owned(),
                    EndpointProblem::NoAnswer => "did not answer when it was asked for AWS credentials".to_owned(),
                    EndpointProblem::Refused { status } => format!("gave no AWS credentials, but HTTP {status}"),
                    EndpointProblem::Garbled => "gave no AWS credentials, but another answer".to_owned(),
                };
                format!("the container's endpoint {} {reason}", shown(endpoint))
            }
            CredentialsProblem::Chain { reason } => {
                format!("the chain of AWS credentials (profiles, SSO, instance roles) gave none: {reason}")
            }
            CredentialsProblem::TimedOut => "no AWS credentials came before the deadline".to_owned(),
            CredentialsProblem::Refused { code } => {
                format!("AWS does not accept the credentials: {}", shown(code))
            }
        }
    }
}

/// One line, for a log: `STRIPE_KEY: nothing is stored at …`. What to do about it is in the report.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name}: {}", self.what()),
            None => f.write_str(&self.what()),
        }
    }
}
