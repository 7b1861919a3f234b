//! Puts the commit into `--version`, where the sources are a checkout.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A packaged crate lies in some other repository, or in none: what that says is not ours.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commit = if here.join("../.git").exists() { commit(here) } else { None };
    println!("cargo::rustc-env=BIND_CONFIG_COMMIT={}", commit.unwrap_or_default());
}

fn commit(here: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(here).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    for name in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", name])?;
        let path = here.join(path);
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}
