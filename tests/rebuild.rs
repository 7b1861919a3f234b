//! What cargo does when the manifest changes: a crate of its own, built again and again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A package beside nothing, that depends on this one without the SDK.
struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src")).unwrap();
        let root = env!("CARGO_MANIFEST_DIR");
        fs::copy(Path::new(root).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let scratch = Scratch { folder };
        let dependency = format!("bind-config = {{ path = {root:?}, default-features = false }}");
        let package = format!(
            "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{dependency}\n\n[workspace]\n"
        );
        scratch.write("Cargo.toml", &package);
        scratch
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.join(path), text).unwrap();
    }

    /// Builds with nothing of this process's set-up but where cargo and its downloads are.
    fn cargo(&self, command: &str, variables: &[(&str, &str)]) -> Built {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([command, "--offline", "--color", "never"]).current_dir(&self.folder);
        for (name, _) in kept_away() {
            cargo.env_remove(name);
        }
        // One target for all packages here: the dependencies are built once.
        cargo.env("CARGO_TARGET_DIR", self.target()).envs(variables.iter().copied());
        Built(cargo.output().unwrap())
    }

    fn target(&self) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild-target")
    }
}

/// Variables that would change what is built.
#[expect(clippy::disallowed_methods, reason = "the harness of the test, not what it tests")]
fn kept_away() -> impl Iterator<Item = (String, String)> {
    let prefixes = ["AWS_", "SST_", "BIND_", "CARGO_PKG", "CARGO_MANIFEST", "CARGO_CRATE", "CARGO_BIN", "RUSTFLAGS"];
    std::env::vars().filter(move |(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
}

struct Built(Output);

impl Built {
    fn text(&self) -> String {
        String::from_utf8_lossy(&[self.0.stderr.as_slice(), self.0.stdout.as_slice()].concat()).into_owned()
    }

    fn succeeded(self) -> String {
        assert!(self.0.status.success(), "{}", self.text());
        self.text()
    }

    fn failed(self) -> String {
        assert!(!self.0.status.success(), "{}", self.text());
        self.text()
    }
}

fn manifest(bindings: &str) -> String {
    format!(r#"{{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": {{ {bindings} }} }}"#)
}

fn version(default: &str) -> String {
    manifest(&format!(r#""VERSION": {{ "kind": "parameter", "default": "{default}" }}"#))
}

const MAIN: &str = r#"
bind_config::bind_config!("bindings.json");

fn main() {
    println!("VERSION is {}", Config::example().VERSION);
}
"#;

#[test]
fn a_changed_manifest_is_seen_and_an_unchanged_one_costs_nothing() {
    let scratch = Scratch::new("rebuilt");
    scratch.write("src/main.rs", MAIN);
    scratch.write("bindings.json", &version("one"));

    assert!(scratch.cargo("run", &[]).succeeded().contains("VERSION is one"));
    assert!(!scratch.cargo("run", &[]).succeeded().contains("Compiling"));

    scratch.write("bindings.json", &version("edited"));
    assert!(scratch.cargo("run", &[]).succeeded().contains("VERSION is edited"));

    scratch.write("new.json", &version("renamed over"));
    fs::rename(scratch.folder.join("new.json"), scratch.folder.join("bindings.json")).unwrap();
    assert!(scratch.cargo("run", &[]).succeeded().contains("VERSION is renamed over"));

    scratch.write("bindings.json", &manifest(""));
    assert!(scratch.cargo("build", &[]).failed().contains("error[E0609]: no field `VERSION`"));

    fs::remove_file(scratch.folder.join("bindings.json")).unwrap();
    let missing = scratch.cargo("build", &[]).failed();
    assert!(missing.contains("error: there is no manifest where"), "{missing}");
    assert!(missing.contains("run `bind-config synth` to write it"), "{missing}");

    scratch.write("bindings.json", &version("back"));
    assert!(scratch.cargo("run", &[]).succeeded().contains("VERSION is back"));
}

#[test]
fn the_manifest_is_named_by_a_relative_path_and_another_can_be_named_by_a_variable() {
    let scratch = Scratch::new("paths");
    scratch.write("src/main.rs", MAIN);
    scratch.write("bindings.json", &version("of the package"));
    scratch.write("other.json", &version("of the variable"));

    scratch.cargo("build", &[]).succeeded();
    let deps = fs::read_dir(scratch.target().join("debug/deps")).unwrap().map(|entry| entry.unwrap().path());
    let is_own = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("paths-") && name.ends_with(".d")
    };
    let info = fs::read_to_string(deps.into_iter().find(is_own).unwrap()).unwrap();
    let named: Vec<&str> = info.split_whitespace().filter(|word| word.contains("bindings.json")).collect();
    assert!(!named.is_empty(), "{info}");
    assert!(named.iter().all(|path| !path.starts_with('/')), "{named:?}");

    let other = [("BIND_CONFIG_MANIFEST", "other.json")];
    assert!(scratch.cargo("run", &other).succeeded().contains("VERSION is of the variable"));
    assert!(!scratch.cargo("run", &other).succeeded().contains("Compiling"));
    assert!(scratch.cargo("run", &[]).succeeded().contains("VERSION is of the package"));
    let absolute = scratch.folder.join("other.json");
    let absolute = [("BIND_CONFIG_MANIFEST", absolute.to_str().unwrap())];
    assert!(scratch.cargo("run", &absolute).succeeded().contains("VERSION is of the variable"));
}

#[test]
fn a_bound_name_that_nobody_reads_is_a_warning_that_can_be_silenced() {
    let scratch = Scratch::new("unused");
    scratch.write("bindings.json", &manifest(r#""READ": { "kind": "secret" }, "UNREAD": { "kind": "secret" }"#));
    let main = |attribute: &str| {
        format!(
            "bind_config::bind_config!({attribute}\"bindings.json\");\nfn main() {{ let _ = CONFIG.READ.expose_secret(); }}\n"
        )
    };

    scratch.write("src/main.rs", &main(""));
    let warned = scratch.cargo("build", &[]).succeeded();
    assert!(warned.contains("warning: field `UNREAD` is never read"), "{warned}");
    assert!(!warned.contains("`READ`") && !warned.contains("APP") && !warned.contains("STAGE"), "{warned}");
    assert_eq!(warned.matches("warning: field").count(), 1, "{warned}");

    scratch.write("src/main.rs", &main("#[allow(dead_code)] "));
    let silent = scratch.cargo("build", &[]).succeeded();
    assert!(!silent.contains("warning: field"), "{silent}");
}

#[test]
fn no_value_of_the_builds_environment_gets_into_the_program() {
    let scratch = Scratch::new("clean");
    scratch.write("bindings.json", &manifest(r#""KEY": { "kind": "secret" }, "VERSION": { "kind": "parameter" }"#));
    scratch.write(
        "src/main.rs",
        "bind_config::bind_config!(\"bindings.json\");\nfn main() { println!(\"{}\", CONFIG.VERSION.len() + CONFIG.KEY.expose_secret().len()); }\n",
    );
    let canary = "canary-hunter2-of-the-build";

    scratch.cargo("build", &[("SST_Secret_value_KEY", canary), ("SST_Parameter_value_VERSION", canary)]).succeeded();

    let program = fs::read(scratch.target().join("debug/clean")).unwrap();
    let contains = |text: &str| program.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!contains(canary));
    // What stands in it so that `check` finds it.
    assert!(contains("SST_Secret_value_") || contains("KEY"));
    assert!(contains("app=orders"), "the fingerprint is not in the program");
}
