//! What can be wrong with one start. Holds names, paths and rules, and no value.

use std::borrow::Cow;

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::value::Misfit;

use crate::generated::Binding;
use crate::plan::Owner;
use crate::sources::{BindingKind, Origin};

/// What is wrong with one binding, or with the start as a whole.
///
/// # Security
///
/// Holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub(crate) binding: Option<Subject>,
    pub(crate) kind: ProblemKind,
    pub(crate) paths: Vec<String>,
    /// Where the value that does not fit came from, or the empty one.
    pub(crate) origin: Option<Origin>,
    /// The variable that is there instead of the one that is not.
    pub(crate) near: Option<String>,
    /// Whose place in the store it is about: the binding's own, that of the secret it refers to, or nobody's.
    pub(crate) owner: Option<Owner>,
}

/// Whose problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    /// As the environment and the store spell it.
    pub(crate) name: &'static str,
    pub(crate) field: &'static str,
    pub(crate) kind: Kind,
}

impl Subject {
    pub(crate) fn variable(self) -> String {
        name::env_var(self.kind, self.name)
    }
}

impl Problem {
    /// A problem of the start as a whole.
    pub(crate) fn of_start(kind: ProblemKind) -> Self {
        Problem { binding: None, kind, paths: Vec::new(), origin: None, near: None, owner: None }
    }

    /// A problem of one binding.
    pub(crate) fn of_binding(binding: &Binding, kind: ProblemKind) -> Self {
        let binding = Subject { name: binding.name, field: binding.field, kind: binding.kind };
        Problem { binding: Some(binding), kind, paths: Vec::new(), origin: None, near: None, owner: None }
    }

    pub(crate) fn at(mut self, paths: impl IntoIterator<Item = String>) -> Self {
        self.paths.extend(paths);
        self
    }

    pub(crate) fn owned_by(mut self, owner: Option<Owner>) -> Self {
        self.owner = owner;
        self
    }

    pub(crate) fn beside(mut self, variable: Option<&str>) -> Self {
        self.near = variable.map(str::to_owned);
        self
    }

    pub(crate) fn from(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The field's name, or `None` where the start as a whole has the problem.
    pub fn name(&self) -> Option<&'static str> {
        self.binding.map(|binding| binding.field)
    }

    /// The name of the binding in the environment and the store, where the field can have another one; `None` where the
    /// start as a whole has the problem.
    pub fn binding(&self) -> Option<&'static str> {
        self.binding.map(|binding| binding.name)
    }

    /// The variable that is there instead of the one that is not: of the other kind, or spelled in another way.
    pub fn near(&self) -> Option<&str> {
        self.near.as_deref()
    }

    /// Whether it is a secret or a parameter that has the problem; `None` where it is the start as a whole.
    pub fn binding_kind(&self) -> Option<BindingKind> {
        self.binding.map(|binding| BindingKind::of(binding.kind))
    }

    /// What is wrong.
    pub fn kind(&self) -> &ProblemKind {
        &self.kind
    }

    /// The SSM names that were asked for, in the order of asking.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Where the value came from that does not fit, or that is empty.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whether the same load can succeed later although nobody changes anything.
    pub fn is_retryable(&self) -> bool {
        self.kind.is_retryable()
    }
}

/// Why a binding, or all of them, could not be filled.
///
/// Kinds may be added. The fields of a kind stay as they are, so that tests can compare it: whatever else becomes known of
/// a problem is asked of [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// `SST_APP` is not set: the program runs neither in a deployed function nor under `bind-config bind`.
    NoApp,
    /// `SST_STAGE` is not set.
    NoStage,
    /// `SST_APP` names another app than the one this program was built for.
    OtherApp {
        /// The app of the environment.
        found: String,
        /// The app of the program.
        built: &'static str,
    },
    /// The function's environment does not have the binding's variable. Deploy with the binding, or run under `bind-config bind`.
    NotSetForFunction,
    /// Nothing is stored under any of the paths. Set it.
    NotFound,
    /// The credentials may not do what reading it takes. Never reported as [`NotFound`](ProblemKind::NotFound).
    Denied {
        /// The IAM action: `ssm:GetParameters`, `kms:Decrypt`.
        action: &'static str,
        /// The ARN or the SSM name of what was refused.
        resource: String,
    },
    /// There are no credentials, or AWS does not accept them.
    Credentials(CredentialsProblem),
    /// No region is set.
    NoRegion,
    /// The store answered "too many requests" when it was last asked.
    Throttled,
    /// No answer came before the deadline.
    TimedOut {
        /// What was asked.
        endpoint: String,
    },
    /// The store could not be reached.
    Unreachable {
        /// The endpoint.
        endpoint: String,
    },
    /// The store answered with a server error when it was last asked.
    Unavailable {
        /// AWS's code, or the HTTP status.
        code: String,
    },
    /// The store answered something that is not an answer when it was last asked.
    Garbled,
    /// What answered is not the store: a proxy, a firewall, another server.
    NotTheStore {
        /// The HTTP status.
        status: u16,
    },
    /// The store refused the request.
    Rejected {
        /// AWS's code.
        code: String,
        /// AWS's id of the request.
        request_id: Option<String>,
    },
    /// The clocks of this machine and of AWS differ, and the difference could not be corrected.
    ClockSkew,
    /// The value is not of the type.
    WrongType {
        /// What is expected.
        expected: Cow<'static, str>,
    },
    /// The value is of the type, and not of the manifest's shape.
    WrongShape {
        /// The rule it breaks.
        rule: String,
    },
    /// A secret is stored with an empty value.
    EmptySecret,
    /// The stored value has no string under the key that the function's environment names.
    NoSuchKey {
        /// The key.
        key: String,
    },
    /// The variable refers to a secret that this function does not have.
    DanglingReference {
        /// The secret.
        target: String,
    },
    /// The variable refers to a secret that is itself a reference.
    ChainedReference {
        /// The secret.
        target: String,
    },
    /// The variable has a marker of a later version.
    UnknownMarker,
    /// A variable's value is not UTF-8.
    NotUtf8 {
        /// The variable.
        variable: String,
    },
    /// The value must be fetched, and the program was built without the feature `ssm`.
    WithoutSsm,
    /// The deployment has other bindings than the ones this program was built with (with `strict`).
    OtherBindings {
        /// The fingerprint of the deployment.
        deployed: String,
        /// The fingerprint of the program.
        built: &'static str,
    },
    /// Loading now would freeze the values into a SnapStart snapshot.
    BeforeSnapshot,
    /// A blocking load was asked for inside an async runtime.
    InsideRuntime,
    /// Values must be fetched, and there is no tokio runtime.
    OutsideRuntime,
    /// The runtime that loaded a `Watched` configuration has ended: nothing refreshes it any more.
    RuntimeGone,
    /// The type of a field panicked over its text. Of no field: a refresh of a `Watched` configuration panicked.
    Panicked,
    /// Two answers of the store disagree on what is newest: a `Watched` configuration stays as it is.
    Behind,
    /// A variable that names an endpoint is not a URL that can be asked.
    BadEndpoint {
        /// The variable.
        variable: &'static str,
    },
    /// A variable names a proxy that cannot be used, and the store is behind it.
    BadProxy {
        /// The variable.
        variable: &'static str,
    },
    /// The proxy on the way does not let the program through.
    ProxyRefused {
        /// Its host and port.
        proxy: String,
        /// The variable that names it.
        variable: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// Who answers has a certificate that the program does not trust, and was asked for nothing.
    Untrusted {
        /// The endpoint.
        endpoint: String,
        /// What is wrong with the certificate.
        reason: &'static str,
    },
    /// A variable names a bundle of roots that cannot be used.
    BadRoots {
        /// The variable.
        variable: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The client could not be set up.
    Client {
        /// What is wrong with it.
        reason: String,
    },
}

impl ProblemKind {
    /// One word for metrics and structured logs; it stays the same.
    pub fn as_str(&self) -> &'static str {
        match self {
            ProblemKind::NoApp => "no_app",
            ProblemKind::NoStage => "no_stage",
            ProblemKind::OtherApp { .. } => "other_app",
            ProblemKind::NotSetForFunction => "not_set_for_function",
            ProblemKind::NotFound => "not_found",
            ProblemKind::Denied { .. } => "denied",
            ProblemKind::Credentials(_) => "credentials",
            ProblemKind::NoRegion => "no_region",
            ProblemKind::Throttled => "throttled",
            ProblemKind::TimedOut { .. } => "timed_out",
            ProblemKind::Unreachable { .. } => "unreachable",
            ProblemKind::Unavailable { .. } => "unavailable",
            ProblemKind::Garbled => "garbled",
            ProblemKind::NotTheStore { .. } => "not_the_store",
            ProblemKind::Rejected { .. } => "rejected",
            ProblemKind::ClockSkew => "clock_skew",
            ProblemKind::WrongType { .. } => "wrong_type",
            ProblemKind::WrongShape { .. } => "wrong_shape",
            ProblemKind::EmptySecret => "empty_secret",
            ProblemKind::NoSuchKey { .. } => "no_such_key",
            ProblemKind::DanglingReference { .. } => "dangling_reference",
            ProblemKind::ChainedReference { .. } => "chained_reference",
            ProblemKind::UnknownMarker => "unknown_marker",
            ProblemKind::NotUtf8 { .. } => "not_utf8",
            ProblemKind::WithoutSsm => "without_ssm",
            ProblemKind::OtherBindings { .. } => "other_bindings",
            ProblemKind::BeforeSnapshot => "before_snapshot",
            ProblemKind::InsideRuntime => "inside_runtime",
            ProblemKind::OutsideRuntime => "outside_runtime",
            ProblemKind::RuntimeGone => "runtime_gone",
            ProblemKind::Panicked => "panicked",
            ProblemKind::Behind => "behind",
            ProblemKind::BadEndpoint { .. } => "bad_endpoint",
            ProblemKind::BadProxy { .. } => "bad_proxy",
            ProblemKind::ProxyRefused { .. } => "proxy_refused",
            ProblemKind::Untrusted { .. } => "untrusted",
            ProblemKind::BadRoots { .. } => "bad_roots",
            ProblemKind::Client { .. } => "client",
        }
    }

    pub(crate) fn of(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Type { expected } => ProblemKind::WrongType { expected },
            Misfit::Shape { rule } => ProblemKind::WrongShape { rule },
        }
    }

    pub(crate) fn is_retryable(&self) -> bool {
        if let ProblemKind::Credentials(problem) = self {
            return problem.is_retryable();
        }
        matches!(
            self,
            ProblemKind::Throttled
                | ProblemKind::TimedOut { .. }
                | ProblemKind::Unreachable { .. }
                | ProblemKind::Unavailable { .. }
                | ProblemKind::Garbled
                | ProblemKind::Behind
        )
    }
}

/// What is wrong with the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialsProblem {
    /// Neither the environment nor a container endpoint has any.
    Missing,
    /// The environment has one of the two variables.
    Half {
        /// The other one.
        missing: &'static str,
    },
    /// A variable has a character that no credential has: a blank, or a line break that a file with other line ends left.
    Unusable {
        /// The variable.
        variable: &'static str,
    },
    /// The container's endpoint did not give any.
    Endpoint {
        /// What was asked.
        endpoint: String,
        /// Why not.
        reason: EndpointProblem,
    },
    /// The chain of the SDK (feature `aws-config`: profiles, SSO, instance roles) has a source, and it gave none; or the profile
    /// that is named is none, or has none.
    Chain {
        /// Why not.
        reason: &'static str,
    },
    /// No source of them answered before the deadline.
    TimedOut,
    /// AWS does not accept them.
    Refused {
        /// AWS's code: `UnrecognizedClientException`, `ExpiredTokenException`, `InvalidSignatureException`.
        code: String,
    },
}

/// Why a container's endpoint gave no credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointProblem {
    /// It was not asked: it is no URL of a host, or neither has TLS nor is an address of the machine itself.
    NotAsked,
    /// The token that it asks for cannot be read, or not be sent.
    NoToken,
    /// It cannot be reached, or does not answer.
    NoAnswer,
    /// It answered with an error.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// Its answer is not credentials.
    Garbled,
}

impl CredentialsProblem {
    fn is_retryable(&self) -> bool {
        match self {
            CredentialsProblem::Endpoint { reason, .. } => reason.is_retryable(),
            CredentialsProblem::TimedOut => true,
            CredentialsProblem::Missing
            | CredentialsProblem::Half { .. }
            | CredentialsProblem::Unusable { .. }
            | CredentialsProblem::Chain { .. }
            | CredentialsProblem::Refused { .. } => false,
        }
    }
}

impl EndpointProblem {
    pub(crate) fn is_retryable(self) -> bool {
        matches!(self, EndpointProblem::NoAnswer | EndpointProblem::Refused { status: 429 | 500.. })
    }
}
