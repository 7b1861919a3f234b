//! The one error of a start, and its text: `what` is wrong with which name, what was tried, and how to `mend` it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::printed::shortened;

use crate::lambda::patience;
use crate::plan::Start;
use crate::problem::{Problem, ProblemKind, Subject};

mod mend;
mod what;

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
    /// The values of before stay in use.
    is_refresh: bool,
    function: Option<&'static str>,
    app: &'static str,
    stage: String,
    region: Option<String>,
    in_lambda: bool,
    /// How long the start was given.
    patience: Duration,
    problems: Vec<Problem>,
}

impl LoadError {
    pub(crate) fn new(start: &Start<'_>, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(Problem::name);
        LoadError(Arc::new(Report {
            is_refresh: false,
            function: start.table.function,
            app: start.table.app,
            stage: start.stage.to_owned(),
            region: start.environment.region().map(str::to_owned),
            in_lambda: start.environment.setting("AWS_LAMBDA_FUNCTION_NAME").is_some(),
            patience: patience(start.environment),
            problems,
        }))
    }

    /// The same, of a refresh. Nobody else has it yet.
    #[cfg(all(feature = "watch", not(target_family = "wasm")))]
    pub(crate) fn of_a_refresh(mut self) -> Self {
        if let Some(report) = Arc::get_mut(&mut self.0) {
            report.is_refresh = true;
        }
        self
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

    /// One line, for a log or a health endpoint: the first problem, and how many more there are.
    pub fn summary(&self) -> String {
        let Some((first, others)) = self.0.problems.split_first() else { return String::new() };
        let name = first.name().map(|name| format!("{name}: ")).unwrap_or_default();
        let more = if others.is_empty() { String::new() } else { format!(" (and {} more)", others.len()) };
        format!("{name}{}{more}", first.what())
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
        let (what, so) =
            if self.is_refresh { ("refreshed", ": the values of before stay in use") } else { ("loaded", "") };
        write!(f, "the configuration could not be {what} ({}){so}", parts.join(", "))
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
        let Some((last, _)) = names.last() else { return Ok(()) };
        writeln!(f)?;
        for (problem, binding) in &names {
            write!(f, "\nConfig.{} has not been set for this function.\n  {}", binding.field, problem.what())?;
        }
        f.write_str(&self.describe(last).mend_lines())?;
        if self.in_lambda {
            write!(f, "\n  (`cargo lambda deploy --env-var` without `--merge-env` removes every other variable)")?;
        }
        Ok(())
    }

    /// The documented sentence, then what was tried for each name.
    fn not_found(&self, f: &mut fmt::Formatter<'_>, kind: Kind, plural: &str) -> fmt::Result {
        let missing: Vec<_> = self
            .bindings(|problem| problem.kind == ProblemKind::NotFound)
            .filter(|(_, binding)| binding.kind == kind)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = missing.iter().map(|(_, binding)| binding.field).collect();
        write!(f, "\n\nThe following {plural} were not found: {}", names.join(", "))?;
        for (problem, binding) in missing {
            write!(f, "\n  {}: nothing is stored at", binding.field)?;
            for path in &problem.paths {
                let is_fallback =
                    problem.owner.as_ref().is_some_and(|owner| *path == name::fallback_path(self.app, &owner.name));
                let note = if is_fallback { "  (the fallback, of this account and region)" } else { "" };
                write!(f, "\n    {}{note}", shown(path))?;
            }
            write!(f, "\n    {}", self.mend(problem).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Everything else, names with the same problem together.
    fn others(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<(u8, Text, Vec<&'static str>)> = Vec::new();
        let is_other =
            |problem: &Problem| !matches!(problem.kind, ProblemKind::NotSetForFunction | ProblemKind::NotFound);
        for (problem, binding) in self.bindings(is_other) {
            let text = self.describe(problem);
            match groups.iter_mut().find(|(_, of, _)| *of == text) {
                Some((.., names)) => names.push(binding.field),
                None => groups.push((rank(&problem.kind), text, vec![binding.field])),
            }
        }
        groups.sort_by_key(|(rank, ..)| *rank);
        for (at, (_, text, names)) in groups.into_iter().enumerate() {
            let gap = if at == 0 { "\n\n" } else { "\n" };
            write!(f, "{gap}{}: {}{}", names.join(", "), text.what, text.mend_lines())?;
        }
        Ok(())
    }

    fn bindings<'a>(&'a self, is: impl Fn(&Problem) -> bool + 'a) -> impl Iterator<Item = (&'a Problem, Subject)> {
        self.problems.iter().filter(move |problem| is(problem)).filter_map(|problem| Some((problem, problem.binding?)))
    }

    fn describe(&self, problem: &Problem) -> Text {
        Text { what: problem.what(), mend: self.mend(problem).unwrap_or_default() }
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

/// Other bindings than the program's, where that is no error: one line.
pub(crate) fn warning(function: Option<&str>, problem: &Problem) -> String {
    let of = function.map(|function| format!(" (function `{function}`)")).unwrap_or_default();
    format!("{problem}{of}: {}", mend::SYNTH)
}

/// Secrets with something unseen around them: one line.
pub(crate) fn edges(fields: &[&str]) -> String {
    let names = fields.join("`, `");
    format!(
        "there is a blank, a line break or another character that nobody sees at the start or the end of `{names}`: set it without, unless it belongs there"
    )
}

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
    shortened(text, 300)
}

#[cfg(test)]
mod tests;
