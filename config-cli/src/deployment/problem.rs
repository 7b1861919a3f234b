//! What keeps a stage from being deployed.

use serde_json::json;

use crate::failure::{Failure, INVALID};
use crate::project::BIND_TOML;

/// One reason. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    message: String,
    /// Line and column in `bind.toml`, from 1.
    place: Option<(usize, usize)>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Problem {
        Problem { message: message.into(), place: None }
    }

    /// One that begins at a place of `bind.toml`.
    pub(crate) fn at(place: (usize, usize), message: impl Into<String>) -> Problem {
        Problem { message: message.into(), place: Some(place) }
    }
}

/// All of them, in the order of `bind.toml`.
pub(crate) fn failure(mut problems: Vec<Problem>) -> Failure {
    problems.sort_by_key(|problem| problem.place.unwrap_or((usize::MAX, usize::MAX)));
    let problem = |Problem { message, place }: &Problem| {
        let (line, column) = place.unzip();
        json!({ "file": BIND_TOML, "line": line, "column": column, "message": message })
    };
    let all = problems.iter().map(problem).collect();
    Failure::Mistakes { exit_code: 1, code: INVALID, message: render(problems), problems: all }
}

/// Separated by empty lines.
fn render(problems: Vec<Problem>) -> String {
    let texts = problems.into_iter().map(|Problem { message, place }| match place {
        Some((line, column)) => format!("{message}\n --> {BIND_TOML}:{line}:{column}"),
        None => message,
    });
    texts.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_in_the_order_of_the_file_and_those_without_a_place_last() {
        let problems = vec![Problem::new("c"), Problem::at((9, 1), "b"), Problem::at((2, 5), "a"), Problem::new("d")];
        assert_eq!(failure(problems).message().unwrap(), "a\n --> bind.toml:2:5\n\nb\n --> bind.toml:9:1\n\nc\n\nd");
    }
}
