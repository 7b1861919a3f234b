//! How a command ends when it is not done: what it says, and the exit code.

use std::fmt;
use std::io;

use serde_json::{Value as Json, json};

/// Why a command is not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer is no: exit code 1.
    No(String),
    /// It could not be asked: exit code 2.
    Impossible(String),
    /// The same, and a word for what was in the way: `denied`, `unreachable`.
    Trouble(&'static str, String),
    /// A command that could not be run: an exit code of shells.
    Exit(u8, String),
    /// The report has said it: exit code 1.
    Reported,
}

impl Failure {
    pub(crate) fn no(message: impl Into<String>) -> Self {
        Failure::No(message.into())
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

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::No(_) | Failure::Reported => 1,
            Failure::Impossible(_) | Failure::Trouble(..) => 2,
            Failure::Exit(code, _) => *code,
        }
    }

    /// What is still to be said.
    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Failure::No(message)
            | Failure::Impossible(message)
            | Failure::Trouble(_, message)
            | Failure::Exit(_, message) => Some(message),
            Failure::Reported => None,
        }
    }

    /// The same for a program; `null` where the report has said it.
    pub(crate) fn to_json(&self) -> Json {
        let code = match self {
            Failure::No(_) => "no",
            Failure::Impossible(_) => "impossible",
            Failure::Trouble(code, _) => code,
            Failure::Exit(130, _) => "interrupted",
            Failure::Exit(..) => "not-run",
            Failure::Reported => return Json::Null,
        };
        json!({ "code": code, "message": self.message() })
    }
}

pub(crate) type Outcome = Result<(), Failure>;
