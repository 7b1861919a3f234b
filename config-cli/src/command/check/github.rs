//! Annotations for GitHub Actions: a line per problem, at the line that declares the binding.

use std::path::Path;

use super::{Report, State};
use crate::context::Context;
use crate::failure::Outcome;
use crate::inventory;
use crate::project::{BINDINGS_JSON, Project, read_text};

pub(super) fn annotate(report: &Report, project: &Project, context: &Context) -> Outcome {
    let terminal = &context.terminal;
    let text = read_text(&project.root.join(project.source())).unwrap_or_default();
    let (source, manifest) =
        (in_repository(project.source(), project, context), in_repository(BINDINGS_JSON, project, context));
    let mut lines: Vec<String> =
        report.manifest.iter().map(|problem| annotation("error", &manifest, None, "bind-config", problem)).collect();
    for stage in &report.stages {
        for row in stage.rows.iter().filter(|row| row.state.is_problem()) {
            let what = if row.state == State::Held(inventory::State::Missing) {
                "is missing".to_owned()
            } else {
                format!("is {}", row.state.described())
            };
            let message = format!("{} {what} in stage {}", row.name, stage.name);
            lines.push(annotation("error", &source, line_of(&text, &row.name), &row.name, &message));
        }
        for name in &stage.leftovers {
            let message = format!("{name} is stored in stage {} and not declared", stage.name);
            lines.push(annotation("warning", &source, None, name, &message));
        }
    }
    for line in lines {
        // On stdout, unless that is JSON: the runner reads both.
        if terminal.json { terminal.annotation(&line) } else { terminal.line(&line)? }
    }
    Ok(())
}

/// A file of the app as the runner knows it: from the folder of the repository, else from the current one.
fn in_repository(file: &str, project: &Project, context: &Context) -> String {
    let surroundings = &context.surroundings;
    let path = project.root.join(file);
    let folders = [surroundings.setting("GITHUB_WORKSPACE").map(Path::new), Some(surroundings.folder())];
    let path = folders.into_iter().flatten().find_map(|folder| path.strip_prefix(folder).ok());
    path.map_or_else(|| file.to_owned(), |path| path.display().to_string())
}

fn annotation(level: &str, file: &str, line: Option<usize>, title: &str, message: &str) -> String {
    let line = line.map(|line| format!(",line={line}")).unwrap_or_default();
    format!("::{level} file={}{line},title={}::{}", property(file), property(title), data(message))
}

/// The line that declares a name: the first that begins with it, in quotes or not, as a key or a table.
fn line_of(text: &str, name: &str) -> Option<usize> {
    let declares = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("[secrets.").or_else(|| line.strip_prefix("[parameters.")).unwrap_or(line);
        let rest = line.trim_start_matches('"').strip_prefix(name);
        rest.is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(['=', ':', ']', '.']))
    };
    text.lines().position(declares).map(|at| at + 1)
}

/// <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>, `escapeData`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_is_one_line_that_cannot_be_broken_out_of() {
        assert_eq!(
            annotation("error", "a,b:c", Some(3), "t", "100%\n::error::x"),
            "::error file=a%2Cb%3Ac,line=3,title=t::100%25%0A::error::x"
        );
    }

    #[test]
    fn a_name_is_found_where_it_is_declared() {
        let text = "app = \"A\"\n[secrets]\nAB = \"\"\n\"A\" = \"x\"\n[secrets.C]\n  D= 1\n";
        assert_eq!(
            ["A", "AB", "C", "D", "E"].map(|name| line_of(text, name)),
            [Some(4), Some(3), Some(5), Some(6), None]
        );
    }
}
