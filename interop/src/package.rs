//! Packages of `fixtures`, as users have them: copied to `target`, and built there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::root;
use crate::tool::{Said, said};

/// Copies a package of `fixtures` to `target`, as deep as it was, and says where. Its own `target` stays.
pub fn copied(fixture: &str) -> PathBuf {
    let package = root().join("target").join(fixture);
    let _ = std::fs::remove_dir_all(package.join("src"));
    copy(&root().join("fixtures").join(fixture), &package);
    package
}

/// Runs cargo on a copied package, without a network.
pub fn cargo(package: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO"));
    forget_cargo(&mut command);
    command.args(arguments).args(["--offline", "--locked", "--quiet"]).current_dir(package);
    command.env("CARGO_TARGET_DIR", package.join("target")).env("CARGO_TERM_COLOR", "never");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    said(command.spawn().unwrap())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (source, target) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if source.ends_with("target") {
            continue;
        }
        if source.is_dir() {
            copy(&source, &target);
        } else {
            std::fs::copy(&source, &target).unwrap();
        }
    }
}

/// What cargo sets for this test is not for the package.
#[expect(clippy::disallowed_methods, reason = "names of the process's variables, to take them away from a child")]
pub(crate) fn forget_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let is_of_cargo = name.to_str().is_some_and(|name| {
            ["CARGO_BIN", "CARGO_CRATE", "CARGO_MANIFEST", "CARGO_PKG", "CARGO_PRIMARY", "CARGO_TARGET"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        if is_of_cargo {
            command.env_remove(name);
        }
    }
}
