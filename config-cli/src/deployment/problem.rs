//! What keeps a stage from being deployed.

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

/// All of them, in the order of `bind.toml`, separated by empty lines.
pub(crate) fn render(mut problems: Vec<Problem>) -> String {
    problems.sort_by_key(|problem| problem.place.unwrap_or((usize::MAX, usize::MAX)));
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
        assert_eq!(render(problems), "a\n --> bind.toml:2:5\n\nb\n --> bind.toml:9:1\n\nc\n\nd");
    }
}
