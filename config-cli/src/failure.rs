//! How a command ends when it is not done: what it says, and the exit code.

use std::fmt;
use std::io;

use serde_json::{Value as Json, json};

/// Why a command is not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer is no, and a word for why: `not-set`, `misfit`. Exit code 1.
    No(&'static str, String),
    /// It could not be asked: exit code 2.
    Impossible(String),
    /// The same, and a word for what was in the way: `denied`, `unreachable`.
    Trouble(&'static str, String),
    /// A file that has mistakes, and each of them with its place for programs: exit code 2 where it could not be read, else 1.
    Mistakes { exit_code: u8, code: &'static str, message: String, problems: Vec<Json> },
    /// A command that could not be run: an exit code of shells.
    Exit(u8, String),
    /// The report has said it: exit code 1.
    Reported,
}

impl Failure {
    pub(crate) fn no(message: impl Into<String>) -> Self {
        Failure::No("no", message.into())
    }

    /// The same where a program may want to know why.
    pub(crate) fn no_as(code: &'static str, message: impl Into<String>) -> Self {
        Failure::No(code, message.into())
    }

    pub(crate) fn impossible(message: impl Into<String>) -> Self {
        Failure::Impossible(message.into())
    }

    /// A file, or something else of the system, that failed.
    pub(crate) fn io(what: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| Failure::Impossible(format!("{what}: {error}"))
    }

    /// Arguments that could not be read: the first sentence of what is said of them.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        Failure::Trouble("usage", first.trim_start_matches("error: ").to_owned())
    }

    /// The same with something behind it.
    pub(crate) fn and(mut self, hint: &str) -> Self {
        match &mut self {
            Failure::No(_, message)
            | Failure::Impossible(message)
            | Failure::Trouble(_, message)
            | Failure::Exit(_, message)
            | Failure::Mistakes { message, .. } => message.push_str(hint),
            Failure::Reported => {}
        }
        self
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::No(..) | Failure::Reported => 1,
            Failure::Impossible(_) | Failure::Trouble(..) => 2,
            Failure::Exit(exit_code, _) | Failure::Mistakes { exit_code, .. } => *exit_code,
        }
    }

    /// What is still to be said.
    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Failure::No(_, message)
            | Failure::Impossible(message)
            | Failure::Trouble(_, message)
            | Failure::Exit(_, message)
            | Failure::Mistakes { message, .. } => Some(message),
            Failure::Reported => None,
        }
    }

    /// The same for a program; `null` where the report has said it.
    pub(crate) fn to_json(&self) -> Json {
        let code = match self {
            Failure::No(code, _) | Failure::Trouble(code, _) | Failure::Mistakes { code, .. } => code,
            Failure::Impossible(_) => "impossible",
            Failure::Exit(130, _) => INTERRUPTED,
            Failure::Exit(..) => "not-run",
            Failure::Reported => return Json::Null,
        };
        let mut error = json!({ "code": code, "message": self.message() });
        if let Failure::Mistakes { problems, .. } = self {
            error["problems"] = json!(problems);
        }
        error
    }
}

/// The words of what several commands say.
pub(crate) const NOT_SET: &str = "not-set";
pub(crate) const NO_VERSION: &str = "no-version";
pub(crate) const EXISTS: &str = "exists";
pub(crate) const MISFIT: &str = "misfit";
pub(crate) const UNDECLARED: &str = "undeclared";
pub(crate) const CONFLICT: &str = "conflict";
pub(crate) const NOT_RESTARTED: &str = "not-restarted";
pub(crate) const NOT_READY: &str = "not-ready";
pub(crate) const INVALID: &str = "invalid";
pub(crate) const INTERRUPTED: &str = "interrupted";

pub(crate) type Outcome = Result<(), Failure>;
