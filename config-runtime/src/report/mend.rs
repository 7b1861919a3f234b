//! What to do about each problem: a command to type, or a place to look.

use bind_config_manifest::name::Kind;

use super::{Report, shown};
use crate::plan::Owner;
use crate::problem::{CredentialsProblem, EndpointProblem, Problem, ProblemKind, Subject};
use crate::sources::Origin;

impl Report {
    /// What to type or to change.
    pub(super) fn mend(&self, problem: &Problem) -> Option<String> {
        Some(match &problem.kind {
            ProblemKind::NoApp => format!(
                "run under `{}`, or set SST_APP={} and SST_STAGE={} to see what else is missing",
                self.bind_command(),
                self.app,
                self.stage_argument()
            ),
            ProblemKind::NoStage => format!("run under `{}`, or set SST_STAGE", self.bind_command()),
            ProblemKind::OtherApp { .. } => {
                format!("run under `{}` in the folder of `{}`", self.bind_command(), self.app)
            }
            ProblemKind::Denied { .. } => match self.function {
                Some(function) => format!("`bind-config iam {function}` prints the policy that this function needs"),
                None => "`bind-config iam FUNCTION` prints the policy that a function needs".to_owned(),
            },
            ProblemKind::Credentials(CredentialsProblem::Chain { .. }) => {
                "`aws sts get-caller-identity` asks the same sources and says more".to_owned()
            }
            ProblemKind::Credentials(CredentialsProblem::Missing) if cfg!(feature = "aws-config") => {
                "log in, or choose a profile (AWS_PROFILE)".to_owned()
            }
            ProblemKind::Credentials(CredentialsProblem::Missing) => {
                "profiles (AWS_PROFILE), SSO, web identity (IRSA) and instance roles need the feature `aws-config`: `cargo add bind-config --features aws-config`; `bind-config bind` has it".to_owned()
            }
            ProblemKind::Credentials(CredentialsProblem::Half { .. }) => "set both".to_owned(),
            ProblemKind::Credentials(CredentialsProblem::Unusable { .. }) => {
                "set it again: a file with the line ends of another system leaves one behind every value".to_owned()
            }
            ProblemKind::Credentials(CredentialsProblem::Endpoint { reason, .. }) => match reason {
                EndpointProblem::NotAsked => "check AWS_CONTAINER_CREDENTIALS_FULL_URI, or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI where it is set",
                EndpointProblem::NoToken => "check what the task or pod mounts",
                reason if reason.is_retryable() => "try again; check the agent of the task or pod",
                _ => "check the role of the task or pod",
            }
            .to_owned(),
            ProblemKind::Credentials(CredentialsProblem::TimedOut) => {
                "check the agent of the task or pod, and what the profile asks (`credential_process`, SSO)".to_owned()
            }
            ProblemKind::Credentials(CredentialsProblem::Refused { .. }) => {
                "get new ones where they are expired; else they are of another account or partition, or mistyped; a store that AWS_ENDPOINT_URL_SSM names has its own, and `bind-config local start` others each time".to_owned()
            }
            ProblemKind::NoRegion => "set AWS_REGION (or SST_REGION, which comes first)".to_owned(),
            ProblemKind::Throttled => "try again, or raise the throughput of Parameter Store (Systems Manager, settings) above 40 calls a second".to_owned(),
            ProblemKind::TimedOut { .. } => format!(
                "it had {} seconds; check AWS_ENDPOINT_URL_SSM where it is set; a function in a VPC needs a NAT gateway or a VPC endpoint for SSM",
                self.patience.as_secs()
            ),
            ProblemKind::Unreachable { .. } => {
                format!(
                    "it had {} seconds; check the network and proxies on the way, AWS_REGION and AWS_ENDPOINT_URL_SSM; a function in a VPC needs a NAT gateway or a VPC endpoint for SSM",
                    self.patience.as_secs()
                )
            }
            ProblemKind::Unavailable { .. } => "try again".to_owned(),
            ProblemKind::Garbled => "try again; check AWS_ENDPOINT_URL_SSM and proxies on the way".to_owned(),
            ProblemKind::NotTheStore { .. } => "check AWS_ENDPOINT_URL_SSM, and proxies and firewalls on the way".to_owned(),
            ProblemKind::BadEndpoint { .. } => "correct it, or unset it for the endpoint of AWS".to_owned(),
            ProblemKind::BadProxy { .. } => "correct it (in a password `@`, `/`, `?` and `#` are written `%40`, `%2F`, `%3F` and `%23`), or name in NO_PROXY what is not behind it".to_owned(),
            ProblemKind::ProxyRefused { variable, .. } => format!(
                "check its user and password in {variable}, and what it lets through; or name in NO_PROXY what is not behind it"
            ),
            ProblemKind::Untrusted { .. } => "name the bundle of roots in AWS_CA_BUNDLE where TLS is intercepted; check AWS_ENDPOINT_URL_SSM, or AWS_CONTAINER_CREDENTIALS_FULL_URI where that was asked".to_owned(),
            ProblemKind::BadRoots { .. } => "name a file of certificates in PEM form, or unset it for the roots that everybody trusts".to_owned(),
            ProblemKind::Rejected { .. } => "check SST_STAGE, SST_SSM_PREFIX and the names that the environment gives".to_owned(),
            ProblemKind::ClockSkew => "set the clock of this machine".to_owned(),
            ProblemKind::WrongType { .. }
            | ProblemKind::WrongShape { .. }
            | ProblemKind::EmptySecret
            | ProblemKind::NoSuchKey { .. } => self.change(problem),
            ProblemKind::DanglingReference { target } => format!("bind `{}` to the function as well", shown(target)),
            ProblemKind::ChainedReference { .. } => "refer to the secret that has the value".to_owned(),
            ProblemKind::UnknownMarker => {
                "update bind-config in this program; `bind-config bind` writes such a value as `__LITERAL__:…` where it is one".to_owned()
            }
            ProblemKind::WithoutSsm if cfg!(target_family = "wasm") => "hand over the value itself".to_owned(),
            ProblemKind::WithoutSsm => "add the feature, or run under `bind-config bind`, which hands over values".to_owned(),
            ProblemKind::OtherBindings { .. } => SYNTH.to_owned(),
            ProblemKind::BeforeSnapshot => "call `load_after_restore` of the static in the hook after restore".to_owned(),
            ProblemKind::InsideRuntime => "await `load` instead".to_owned(),
            ProblemKind::RuntimeGone => "load it on a runtime that lives as long as the program".to_owned(),
            ProblemKind::Panicked if problem.binding.is_some() => "let its `FromStr` or `FromBinding` refuse what it cannot read".to_owned(),
            ProblemKind::Panicked | ProblemKind::Behind => "the next refresh tries again".to_owned(),
            ProblemKind::OutsideRuntime => "call `load` in `#[tokio::main]`, or `load_blocking` of the static (feature `blocking`)".to_owned(),
            ProblemKind::NotSetForFunction => {
                let function = self.function.map_or_else(|| "the function".to_owned(), |function| format!("`{function}`"));
                format!("deploy {function} with what it binds, or run under `{}`", self.bind_command())
            }
            ProblemKind::NotFound => {
                let variable = problem.binding.map(Subject::variable).unwrap_or_default();
                let elsewhere = || format!("store it there, or have {variable} name another place");
                problem.owner.as_ref().map_or_else(elsewhere, |owner| self.set_command(owner))
            }
            ProblemKind::NotUtf8 { .. } | ProblemKind::Client { .. } => return None,
        })
    }

    /// Where the value that does not fit is, and how to change it there.
    fn change(&self, problem: &Problem) -> String {
        let owned = |command: &dyn Fn(&Owner) -> String| {
            problem.owner.as_ref().map(|owner| format!(": {}", command(owner))).unwrap_or_default()
        };
        match &problem.origin {
            Some(Origin::Environment { variable }) => {
                format!("it is in {}: change it where that is set, in the deployment or in this shell", shown(variable))
            }
            Some(Origin::Stage { path, version }) => {
                format!("it is version {version} of {}{}", shown(path), owned(&|owner| self.set_command(owner)))
            }
            Some(Origin::Fallback { path, version }) => {
                let command = |owner: &Owner| format!("bind-config secrets set {} --fallback", owner.name);
                format!("it is version {version} of {}{}", shown(path), owned(&command))
            }
            Some(Origin::Elsewhere { path, version }) => format!("it is version {version} of {}", shown(path)),
            Some(Origin::NotSet | Origin::Program) | None => String::new(),
        }
    }

    /// `bind-config bind --stage dev -- COMMAND`
    fn bind_command(&self) -> String {
        format!("bind-config bind --stage {} -- COMMAND", self.stage_argument())
    }

    fn set_command(&self, owner: &Owner) -> String {
        match owner.kind {
            Kind::Secret => format!("bind-config secrets set {} --stage {}", owner.name, self.stage_argument()),
            Kind::Parameter => format!("bind-config synth --stage {} --out DIR, and deploy", self.stage_argument()),
        }
    }

    fn stage_argument(&self) -> String {
        if self.stage.is_empty() { "STAGE".to_owned() } else { shown(&self.stage) }
    }
}

pub(super) const SYNTH: &str = "run `bind-config synth`, build and deploy";
