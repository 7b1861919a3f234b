//! The one error of a start, and its text: what is wrong with which name, what was tried, and what to type next.

use std::fmt;
use std::sync::Arc;

use bind_config_manifest::name::{self, Kind};

use crate::plan::Start;
use crate::problem::{CredentialsProblem, Problem, ProblemKind};
use crate::sources::Origin;

/// A configuration that could not be loaded: every problem of one start.
///
/// `Display` and `Debug` are both the report, so that `main` can return it. A load that failed can be repeated.
///
/// # Security
///
/// Holds names, paths and rules, and no value. There is no `source()`: errors of the SDK can carry values.
#[derive(Clone)]
pub struct LoadError(Arc<Report>);

struct Report {
    function: Option<&'static str>,
    app: &'static str,
    stage: String,
    region: Option<String>,
    in_lambda: bool,
    problems: Vec<Problem>,
}

impl LoadError {
    pub(crate) fn new(start: &Start<'_>, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(Problem::name);
        LoadError(Arc::new(Report {
            function: start.table.function,
            app: start.table.app,
            stage: start.stage.to_owned(),
            region: start.environment.region().map(str::to_owned),
            in_lambda: start.environment.setting("AWS_LAMBDA_FUNCTION_NAME").is_some(),
            problems,
        }))
    }

    /// What is wrong: first with the start as a whole, then with each name, sorted.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// The function this program was built as, where one was chosen.
    pub fn function(&self) -> Option<&str> {
        self.0.function
    }

    /// The app this program was built for.
    pub fn app(&self) -> &str {
        self.0.app
    }

    /// The stage of the environment, if it names one.
    pub fn stage(&self) -> Option<&str> {
        Some(self.0.stage.as_str()).filter(|stage| !stage.is_empty())
    }

    /// The region of the environment, if it names one.
    pub fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// Whether the same load can succeed later although nobody changes anything: nothing but the store's load, its
    /// outages and the network is in the way.
    pub fn is_retryable(&self) -> bool {
        self.0.problems.iter().all(Problem::is_retryable)
    }
}

impl std::error::Error for LoadError {}

impl fmt::Debug for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &*self.0;
        report.headline(f)?;
        report.of_start(f)?;
        report.not_set(f)?;
        report.not_found(f, Kind::Secret, "secrets")?;
        report.not_found(f, Kind::Parameter, "parameters")?;
        report.others(f)
    }
}

impl Report {
    /// `the configuration could not be loaded (function `api`, app `orders`, stage `dev`, region `eu-west-1`)`
    fn headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |label: &str, value: Option<&str>| value.map(|value| format!("{label} `{}`", shown(value)));
        let parts = [
            part("function", self.function),
            part("app", Some(self.app)),
            part("stage", Some(self.stage.as_str()).filter(|stage| !stage.is_empty())),
            part("region", self.region.as_deref()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        write!(f, "the configuration could not be loaded ({})", parts.join(", "))
    }

    /// What is wrong with the start as a whole.
    fn of_start(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.problems.iter().filter(|problem| problem.binding.is_none()) {
            let text = self.describe(problem);
            write!(f, "\n\n{}{}", text.what, text.mend_lines())?;
        }
        Ok(())
    }

    /// The documented line for each binding that this function does not have.
    fn not_set(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.bindings(|problem| problem.kind == ProblemKind::NotSetForFunction).collect();
        if names.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        for (_, name, kind) in &names {
            write!(f, "\nConfig.{name} has not been set for this function.")?;
            write!(f, "\n  its environment has no {}", name::env_var(*kind, name))?;
        }
        let function = self.function.map_or_else(|| "the function".to_owned(), |function| format!("`{function}`"));
        write!(f, "\n  deploy {function} with what it binds, or run under `{}`", self.bind_command())?;
        if self.in_lambda {
            write!(f, "\n  (`cargo lambda deploy --env-var` without `--merge-env` removes every other variable)")?;
        }
        Ok(())
    }

    /// The documented sentence, then what was tried for each name.
    fn not_found(&self, f: &mut fmt::Formatter<'_>, kind: Kind, plural: &str) -> fmt::Result {
        let missing: Vec<_> =
            self.bindings(|problem| problem.kind == ProblemKind::NotFound).filter(|(.., of)| *of == kind).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = missing.iter().map(|(_, name, _)| *name).collect();
        write!(f, "\n\nThe following {plural} were not found: {}", names.join(", "))?;
        for (problem, name, _) in missing {
            write!(f, "\n  {name}: nothing is stored at")?;
            for path in &problem.paths {
                let is_fallback =
                    problem.owner.as_ref().is_some_and(|owner| *path == name::fallback_path(self.app, owner));
                let note = if is_fallback { "  (the fallback, of this account and region)" } else { "" };
                write!(f, "\n    {}{note}", shown(path))?;
            }
            match &problem.owner {
                Some(owner) => write!(f, "\n    {}", self.set_command(owner, kind))?,
                None => write!(f, "\n    store it there, or have {} name another place", name::env_var(kind, name))?,
            }
        }
        Ok(())
    }

    /// Everything else, names with the same problem together.
    fn others(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<(u8, Text, Vec<&'static str>)> = Vec::new();
        let is_other =
            |problem: &Problem| !matches!(problem.kind, ProblemKind::NotSetForFunction | ProblemKind::NotFound);
        for (problem, name, _) in self.bindings(is_other) {
            let text = self.describe(problem);
            match groups.iter_mut().find(|(_, of, _)| *of == text) {
                Some((.., names)) => names.push(name),
                None => groups.push((rank(&problem.kind), text, vec![name])),
            }
        }
        groups.sort_by_key(|(rank, ..)| *rank);
        for (at, (_, text, names)) in groups.into_iter().enumerate() {
            let gap = if at == 0 { "\n\n" } else { "\n" };
            write!(f, "{gap}{}: {}{}", names.join(", "), text.what, text.mend_lines())?;
        }
        Ok(())
    }

    fn bindings<'a>(
        &'a self,
        is: impl Fn(&Problem) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a Problem, &'static str, Kind)> {
        self.problems.iter().filter(move |problem| is(problem)).filter_map(|problem| {
            let (name, kind) = problem.binding?;
            Some((problem, name, kind))
        })
    }

    fn describe(&self, problem: &Problem) -> Text {
        Text { what: problem.what(), mend: self.mend(problem).unwrap_or_default() }
    }

    /// What to type or to change.
    fn mend(&self, problem: &Problem) -> Option<String> {
        Some(match &problem.kind {
            ProblemKind::NoApp | ProblemKind::NoStage => format!("run under `{}`", self.bind_command()),
            ProblemKind::OtherApp { .. } => {
                format!("run under `{}` in the folder of `{}`", self.bind_command(), self.app)
            }
            ProblemKind::Denied { .. } => match self.function {
                Some(function) => format!("`bind-config iam {function}` prints the policy that this function needs"),
                None => "`bind-config iam FUNCTION` prints the policy that a function needs".to_owned(),
            },
            ProblemKind::Credentials(CredentialsProblem::Missing) => {
                "profiles, SSO and instance roles need the feature `aws-config` of bind-config; `bind-config bind` has it".to_owned()
            }
            ProblemKind::Credentials(CredentialsProblem::Half { .. }) => "set both".to_owned(),
            ProblemKind::Credentials(CredentialsProblem::Unusable { .. }) => {
                "set it again: a file with the line ends of another system leaves one behind every value".to_owned()
            }
            ProblemKind::Credentials(CredentialsProblem::Endpoint { .. }) => "check the role of the task or pod".to_owned(),
            ProblemKind::Credentials(CredentialsProblem::Refused { .. }) => {
                "they are expired, of another account or partition, or mistyped".to_owned()
            }
            ProblemKind::NoRegion => "set AWS_REGION (or SST_REGION, which comes first)".to_owned(),
            ProblemKind::Throttled => "try again, or raise the throughput of Parameter Store (Systems Manager, settings) above 40 calls a second".to_owned(),
            ProblemKind::TimedOut => "a function in a VPC needs a NAT gateway or a VPC endpoint for SSM".to_owned(),
            ProblemKind::Unreachable { .. } => {
                "check the network, AWS_REGION, AWS_ENDPOINT_URL_SSM, and AWS_CA_BUNDLE where TLS is intercepted; a function in a VPC needs a NAT gateway or a VPC endpoint for SSM".to_owned()
            }
            ProblemKind::Unavailable { .. } => "try again".to_owned(),
            ProblemKind::Garbled => "try again; check AWS_ENDPOINT_URL_SSM and proxies on the way".to_owned(),
            ProblemKind::Rejected { code, .. } if code.starts_with("HTTP") => {
                "this is no answer of SSM: check AWS_ENDPOINT_URL_SSM, and proxies and firewalls on the way".to_owned()
            }
            ProblemKind::Rejected { .. } => "check SST_SSM_PREFIX and the names that the environment gives".to_owned(),
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
            ProblemKind::WithoutSsm => "add the feature, or run under `bind-config bind`, which hands over values".to_owned(),
            ProblemKind::OtherBindings { .. } => SYNTH.to_owned(),
            ProblemKind::BeforeSnapshot => "call `CONFIG.load_after_restore().await?` in the hook after restore".to_owned(),
            ProblemKind::InsideRuntime => "write `CONFIG.load().await?`".to_owned(),
            ProblemKind::OutsideRuntime => "call `load` in `#[tokio::main]`, or `load_blocking` (feature `blocking`)".to_owned(),
            ProblemKind::NotSetForFunction | ProblemKind::NotFound | ProblemKind::NotUtf8 { .. } | ProblemKind::Client { .. } => return None,
        })
    }

    /// Where the value that does not fit is, and how to change it there.
    fn change(&self, problem: &Problem) -> String {
        let Some((name, kind)) = problem.binding else { return String::new() };
        let owner = problem.owner.as_deref().unwrap_or(name);
        match &problem.origin {
            Some(Origin::Environment { variable }) if kind == Kind::Parameter => {
                format!("it is in {}: change it where the function's environment is made, and deploy", shown(variable))
            }
            Some(Origin::Environment { variable }) => format!("it is in {}", shown(variable)),
            Some(Origin::Stage { path, version }) => {
                format!("it is version {version} of {}: {}", shown(path), self.set_command(owner, kind))
            }
            Some(Origin::Fallback { path, version }) => {
                format!("it is version {version} of {}: bind-config secrets set {owner} --fallback", shown(path))
            }
            Some(Origin::Elsewhere { path, version }) => format!("it is version {version} of {}", shown(path)),
            Some(Origin::NotSet | Origin::Program) | None => String::new(),
        }
    }

    /// `bind-config bind --stage dev -- COMMAND`
    fn bind_command(&self) -> String {
        format!("bind-config bind --stage {} -- COMMAND", self.stage_argument())
    }

    fn set_command(&self, name: &str, kind: Kind) -> String {
        match kind {
            Kind::Secret => format!("bind-config secrets set {name} --stage {}", self.stage_argument()),
            Kind::Parameter => format!("bind-config synth --stage {} --out DIR, and deploy", self.stage_argument()),
        }
    }

    fn stage_argument(&self) -> String {
        if self.stage.is_empty() { "STAGE".to_owned() } else { shown(&self.stage) }
    }
}

/// What is wrong and what to do about it.
#[derive(PartialEq)]
struct Text {
    what: String,
    mend: String,
}

impl Text {
    fn mend_lines(&self) -> String {
        if self.mend.is_empty() { String::new() } else { format!("\n  {}", self.mend) }
    }
}

impl Problem {
    /// What is wrong, without what to do about it.
    fn what(&self) -> String {
        let variable = || self.binding.map(|(name, kind)| name::env_var(kind, name)).unwrap_or_default();
        match &self.kind {
            ProblemKind::NoApp => "SST_APP is not set: this is neither a deployed function nor a run under `bind-config bind`".to_owned(),
            ProblemKind::NoStage => "SST_STAGE is not set".to_owned(),
            ProblemKind::OtherApp { found, built } => format!(
                "this is the environment of another app: SST_APP is `{}`, this program was built for `{built}`",
                shown(found)
            ),
            ProblemKind::NotSetForFunction => format!("the environment has no {}", variable()),
            ProblemKind::NotFound => format!("nothing is stored at {}", shown(&self.paths.join(", "))),
            ProblemKind::Denied { action, resource } => {
                format!("access denied: the credentials may not do `{action}` on {}", shown(resource))
            }
            ProblemKind::Credentials(CredentialsProblem::Missing) => {
                "there are no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and no container endpoint is named".to_owned()
            }
            ProblemKind::Credentials(CredentialsProblem::Half { missing }) => {
                format!("half of the AWS credentials is missing: {missing} is not set")
            }
            ProblemKind::Credentials(CredentialsProblem::Unusable { variable }) => {
                format!("{variable} has a blank, a line break or another character that no credential has")
            }
            ProblemKind::Credentials(CredentialsProblem::Endpoint { endpoint }) => {
                format!("the container's endpoint gave no AWS credentials: {}", shown(endpoint))
            }
            ProblemKind::Credentials(CredentialsProblem::Refused { code }) => {
                format!("AWS does not accept the credentials: {}", shown(code))
            }
            ProblemKind::NoRegion => "no region is set".to_owned(),
            ProblemKind::Throttled => "the store answered \"too many requests\" until the deadline".to_owned(),
            ProblemKind::TimedOut => "the store did not answer before the deadline".to_owned(),
            ProblemKind::Unreachable { endpoint } => format!("the store could not be reached: {}", shown(endpoint)),
            ProblemKind::Unavailable { code } => {
                format!("the store answered with an error of its own until the deadline: {}", shown(code))
            }
            ProblemKind::Garbled => "the store's answers could not be read: cut off, not JSON, or not about all the names".to_owned(),
            ProblemKind::Rejected { code, request_id } => {
                let id = request_id.as_ref().map(|id| format!(" (request {})", shown(id))).unwrap_or_default();
                format!("the store refused the request: {}{id}", shown(code))
            }
            ProblemKind::ClockSkew => "the clocks of this machine and of AWS differ by more than a signature may, also after a correction".to_owned(),
            ProblemKind::WrongType { expected } => format!("the value must be {expected}"),
            ProblemKind::WrongShape { rule } => format!("the value {rule}"),
            ProblemKind::EmptySecret => "the value is empty, and a secret never is".to_owned(),
            ProblemKind::NoSuchKey { key } => {
                format!("the value is not a JSON object with a string under `{}`", shown(key))
            }
            ProblemKind::DanglingReference { target } => {
                format!("{} refers to the secret `{}`, which has not been set for this function", variable(), shown(target))
            }
            ProblemKind::ChainedReference { target } => {
                format!("{} refers to the secret `{}`, which is itself a reference", variable(), shown(target))
            }
            ProblemKind::UnknownMarker => {
                format!("{} has a marker that this version of bind-config does not know", variable())
            }
            ProblemKind::NotUtf8 { variable } => format!("{variable} is not UTF-8"),
            ProblemKind::WithoutSsm => {
                "the value must be fetched, and this program was built without the feature `ssm` of bind-config".to_owned()
            }
            ProblemKind::OtherBindings { deployed, built } => format!(
                "the deployed bindings are not those this program was built with (BIND_FINGERPRINT is {}, the program has {built})",
                shown(deployed)
            ),
            ProblemKind::BeforeSnapshot => "loading now would freeze the values into the SnapStart snapshot".to_owned(),
            ProblemKind::InsideRuntime => "`load_blocking` was called inside an async runtime, which it would block".to_owned(),
            ProblemKind::OutsideRuntime => "values must be fetched, and no tokio runtime is running here".to_owned(),
            ProblemKind::Client { reason } => shown(reason),
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

/// Other bindings than the program's, where that is no error: one line.
pub(crate) fn warning(function: Option<&str>, problem: &Problem) -> String {
    let of = function.map(|function| format!(" (function `{function}`)")).unwrap_or_default();
    format!("{problem}{of}: {SYNTH}")
}

const SYNTH: &str = "run `bind-config synth`, build and deploy";

/// What people can do something about comes first.
fn rank(kind: &ProblemKind) -> u8 {
    match kind {
        ProblemKind::Denied { .. } | ProblemKind::Credentials(_) => 0,
        ProblemKind::WrongType { .. }
        | ProblemKind::WrongShape { .. }
        | ProblemKind::EmptySecret
        | ProblemKind::NoSuchKey { .. } => 1,
        kind if kind.is_retryable() => 3,
        _ => 2,
    }
}

/// A text of the environment in a report: one line, and no longer than a name can be.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(300).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if shown.len() < text.len() && text.chars().count() > 300 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the report says of one problem of the secret `KEY`, or of the start where there is no name.
    fn text(name: Option<&'static str>, kind: ProblemKind) -> String {
        let mut problem = match name {
            Some(name) => Problem::of_binding(name, Kind::Secret, kind),
            None => Problem::of_start(kind),
        };
        problem.owner = name.map(str::to_owned);
        if matches!(problem.kind, ProblemKind::EmptySecret | ProblemKind::NoSuchKey { .. }) {
            problem.origin = Some(Origin::Stage { path: "/p".to_owned(), version: 3 });
        }
        let report = Report {
            function: Some("api"),
            app: "orders",
            stage: "dev".to_owned(),
            region: None,
            in_lambda: false,
            problems: vec![problem],
        };
        let report = LoadError(Arc::new(report)).to_string();
        let headline = "the configuration could not be loaded (function `api`, app `orders`, stage `dev`)\n\n";
        report.strip_prefix(headline).unwrap().to_owned()
    }

    #[test]
    fn every_problem_of_a_start_says_what_is_wrong_and_what_to_do() {
        let endpoint = || "http://127.0.0.1:1".to_owned();
        for (kind, expected) in [
            (
                ProblemKind::NoApp,
                "SST_APP is not set: this is neither a deployed function nor a run under `bind-config bind`\n  run under `bind-config bind --stage dev -- COMMAND`",
            ),
            (ProblemKind::NoStage, "SST_STAGE is not set\n  run under `bind-config bind --stage dev -- COMMAND`"),
            (ProblemKind::NoRegion, "no region is set\n  set AWS_REGION (or SST_REGION, which comes first)"),
            (ProblemKind::NotUtf8 { variable: "SST_STAGE".to_owned() }, "SST_STAGE is not UTF-8"),
            (
                ProblemKind::BeforeSnapshot,
                "loading now would freeze the values into the SnapStart snapshot\n  call `CONFIG.load_after_restore().await?` in the hook after restore",
            ),
            (
                ProblemKind::InsideRuntime,
                "`load_blocking` was called inside an async runtime, which it would block\n  write `CONFIG.load().await?`",
            ),
            (
                ProblemKind::OutsideRuntime,
                "values must be fetched, and no tokio runtime is running here\n  call `load` in `#[tokio::main]`, or `load_blocking` (feature `blocking`)",
            ),
            (
                ProblemKind::Credentials(CredentialsProblem::Missing),
                "there are no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and no container endpoint is named\n  profiles, SSO and instance roles need the feature `aws-config` of bind-config; `bind-config bind` has it",
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
                ProblemKind::Credentials(CredentialsProblem::Endpoint { endpoint: endpoint() }),
                "the container's endpoint gave no AWS credentials: http://127.0.0.1:1\n  check the role of the task or pod",
            ),
            (
                ProblemKind::Credentials(CredentialsProblem::Refused { code: "ExpiredToken".to_owned() }),
                "AWS does not accept the credentials: ExpiredToken\n  they are expired, of another account or partition, or mistyped",
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
                ProblemKind::TimedOut,
                "the store did not answer before the deadline\n  a function in a VPC needs a NAT gateway or a VPC endpoint for SSM",
            ),
            (
                ProblemKind::Unavailable { code: "HTTP 503".to_owned() },
                "the store answered with an error of its own until the deadline: HTTP 503\n  try again",
            ),
            (
                ProblemKind::Garbled,
                "the store's answers could not be read: cut off, not JSON, or not about all the names\n  try again; check AWS_ENDPOINT_URL_SSM and proxies on the way",
            ),
            (
                ProblemKind::Rejected { code: "ValidationException".to_owned(), request_id: Some("4-2".to_owned()) },
                "the store refused the request: ValidationException (request 4-2)\n  check SST_SSM_PREFIX and the names that the environment gives",
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
    fn a_text_of_the_environment_stays_on_its_line() {
        let reason = "AWS_CA_BUNDLE names /x\nFAKE".to_owned();
        assert_eq!(text(None, ProblemKind::Client { reason }), "AWS_CA_BUNDLE names /x\u{fffd}FAKE");
        assert_eq!(shown(&"x".repeat(301)), format!("{}…", "x".repeat(300)));
    }
}
