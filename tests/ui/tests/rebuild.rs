//! What cargo does when the manifest changes, and what else a build of a whole package shows. Offline, from the lockfile of
//! this workspace.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "helpers of tests, and their environment")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn an_edited_replaced_or_deleted_manifest_is_built_anew() {
    let package = Package::new("edited");
    package.write(
        "src/main.rs",
        "bind_config::bind_config!(\"bindings.json\");\nfn main() { println!(\"{}\", CONFIG.VERSION); }\n",
    );
    package.manifest("bindings.json", &["VERSION"]);
    assert_eq!(package.check(&[]).outcome(), "built");
    assert_eq!(package.check(&[]).outcome(), "fresh");

    package.manifest("bindings.json", &["VERSION", "XYZ"]);
    let edited = package.check(&[]);
    assert_eq!(edited.outcome(), "built");
    assert!(edited.text.contains("warning: field `XYZ` is never read"), "{}", edited.text);
    assert!(edited.text.contains("bind_config!(\"bindings.json\")"), "{}", edited.text);

    package.manifest("next.json", &["VERSIONS"]);
    fs::rename(package.path("next.json"), package.path("bindings.json")).unwrap();
    let replaced = package.check(&[]);
    assert_eq!(replaced.outcome(), "failed");
    assert!(replaced.text.contains("no field `VERSION`"), "{}", replaced.text);

    fs::remove_file(package.path("bindings.json")).unwrap();
    let deleted = package.check(&[]);
    assert_eq!(deleted.outcome(), "failed");
    assert!(deleted.text.contains("there is no manifest where the path says"), "{}", deleted.text);
    assert!(deleted.text.contains("bind-config synth"), "{}", deleted.text);

    package.manifest("bindings.json", &["VERSION"]);
    assert_eq!(package.check(&[]).outcome(), "built");
}

#[test]
fn the_environment_names_another_manifest_and_is_tracked() {
    let package = Package::new("instead");
    package.write(
        "src/main.rs",
        "bind_config::bind_config!(\"nowhere.json\");\nfn main() { println!(\"{}\", CONFIG.VERSION); }\n",
    );
    package.manifest("sandbox/one.json", &["VERSION"]);
    package.manifest("sandbox/two.json", &["XYZ"]);
    let absolute = package.path("sandbox/one.json");
    assert_eq!(package.check(&[]).outcome(), "failed");
    assert_eq!(package.check(&[("BIND_CONFIG_MANIFEST", "sandbox/one.json")]).outcome(), "built");
    assert_eq!(package.check(&[("BIND_CONFIG_MANIFEST", "sandbox/one.json")]).outcome(), "fresh");
    assert_eq!(package.check(&[("BIND_CONFIG_MANIFEST", absolute.to_str().unwrap())]).outcome(), "built");
    assert_eq!(package.check(&[("BIND_CONFIG_MANIFEST", "sandbox/two.json")]).outcome(), "failed");

    // Empty is not set.
    assert_eq!(package.check(&[("BIND_CONFIG_MANIFEST", "")]).outcome(), "failed");
    package.manifest("nowhere.json", &["VERSION"]);
    assert_eq!(package.check(&[("BIND_CONFIG_MANIFEST", "")]).outcome(), "built");

    let missing = package.check(&[("BIND_CONFIG_MANIFEST", "sandbox/three.json")]);
    assert!(missing.text.contains("there is no manifest where BIND_CONFIG_MANIFEST says"), "{}", missing.text);
}

#[test]
fn a_type_whose_feature_is_off_names_the_feature() {
    let package = Package::new("features");
    package.write(
        "bindings.json",
        r#"{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": {
            "BASE_URL": { "kind": "parameter", "type": "url" }, "FEATURES": { "kind": "parameter", "type": "json" },
            "PLANS": { "kind": "parameter" } } }"#,
    );
    package.write("src/main.rs", "bind_config::bind_config!(\"bindings.json\", PLANS: json(Vec<u8>));\nfn main() {}\n");

    let text = package.check(&[]).text;

    for expected in [
        "`BASE_URL` is of type `url`, which needs the feature `url` of `bind-config`: add it, or write `BASE_URL: String` or a type of yours",
        "`FEATURES` is of type `json`, which needs the feature `json` of `bind-config`: add it, or write `FEATURES: String` or a type of yours",
        "`json(…)` needs the feature `json` of `bind-config`: add it, or implement `std::str::FromStr` for the type",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!(text.matches("error: ").count(), 4, "one for each, and cargo's own: {text}");
}

/// The way up from such a folder leads elsewhere.
#[cfg(unix)]
#[test]
fn the_manifest_is_found_and_tracked_from_a_folder_behind_a_link() {
    let package = Package::new("linked");
    package.write(
        "elsewhere/code/main.rs",
        "bind_config::bind_config!(\"bindings.json\");\nfn main() { println!(\"{}\", CONFIG.VERSION); }\n",
    );
    std::os::unix::fs::symlink(package.path("elsewhere/code"), package.path("src")).unwrap();
    package.manifest("bindings.json", &["VERSION"]);
    assert_eq!(package.check(&[]).outcome(), "built");
    assert_eq!(package.check(&[]).outcome(), "fresh");
    package.manifest("bindings.json", &["XYZ"]);
    assert_eq!(package.check(&[]).outcome(), "failed");
}

#[test]
fn the_manifest_is_tracked_by_a_relative_path() {
    let package = Package::new("relative");
    package.write("src/main.rs", "mod deep;\nfn main() { println!(\"{}\", deep::er::CONFIG.VERSION); }\n");
    package.write("src/deep.rs", "pub mod er;\n");
    package.write("src/deep/er.rs", "bind_config::bind_config!(\"infra/bindings.json\");\n");
    package.manifest("infra/bindings.json", &["VERSION"]);
    assert_eq!(package.check(&[]).outcome(), "built");

    let files: Vec<PathBuf> =
        fs::read_dir(Package::target().join("debug/deps")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_dep_info = |file: &&PathBuf| {
        file.extension().is_some_and(|ending| ending == "d")
            && file.file_name().unwrap().to_str().unwrap().starts_with("relative-")
    };
    let text = fs::read_to_string(files.iter().find(is_dep_info).unwrap()).unwrap();
    assert!(text.contains(" src/deep/../../infra/bindings.json"), "{text}");
    assert!(text.contains("# env-dep:BIND_CONFIG_MANIFEST"), "{text}");
}

#[test]
fn a_binary_is_the_function_of_its_name_under_a_renamed_dependency() {
    let package = Package::renamed("orders-api", "config");
    package.write(
        "bindings.json",
        r#"{ "format": "bind-manifest", "version": 1, "app": "orders",
            "bindings": { "A": { "kind": "parameter" }, "B": { "kind": "parameter" } },
            "functions": { "api": { "bind": ["A"], "bin": "orders-api" }, "worker": { "bind": ["B"] } } }"#,
    );
    package
        .write("src/main.rs", "config::bind_config!(\"bindings.json\");\nfn main() { println!(\"{}\", CONFIG.A); }\n");
    package.write(
        "src/bin/worker.rs",
        "config::bind_config!(\"bindings.json\");\nfn main() { println!(\"{}\", CONFIG.B); }\n",
    );
    let built = package.check(&[]);
    assert_eq!(built.outcome(), "built");
    assert!(!built.text.contains("warning"), "{}", built.text);

    package.write(
        "src/bin/other.rs",
        "config::bind_config!(\"bindings.json\");\nfn main() { println!(\"{}\", CONFIG.B); }\n",
    );
    let other = package.check(&[]);
    assert!(other.text.contains("which function is this? None has this crate's name, `other`"), "{}", other.text);
}

#[test]
fn a_bound_name_that_nobody_reads_is_a_warning_that_can_be_silenced() {
    let package = Package::new("unused");
    package.manifest("bindings.json", &["READ", "UNREAD"]);
    let main = |attribute: &str| {
        format!(
            "bind_config::bind_config!({attribute}\"bindings.json\");\nfn main() {{ println!(\"{{}}\", CONFIG.READ); }}\n"
        )
    };

    package.write("src/main.rs", &main(""));
    let warned = package.check(&[]).text;
    assert!(warned.contains("warning: field `UNREAD` is never read"), "{warned}");
    // Neither the one that is read, nor the app and the stage, which are always there.
    assert_eq!(warned.matches("warning: field").count(), 1, "{warned}");

    package.write("src/main.rs", &main("#[allow(dead_code)] "));
    let silent = package.check(&[]).text;
    assert!(!silent.contains("warning: field"), "{silent}");
}

#[test]
fn no_value_of_the_builds_environment_gets_into_the_program() {
    let package = Package::new("clean");
    package.write(
        "bindings.json",
        r#"{ "format": "bind-manifest", "version": 1, "app": "orders",
            "bindings": { "KEY": { "kind": "secret" }, "VERSION": { "kind": "parameter" } } }"#,
    );
    package.write(
        "src/main.rs",
        "bind_config::bind_config!(\"bindings.json\");\n\
         fn main() { println!(\"{}\", CONFIG.VERSION.len() + CONFIG.KEY.expose_secret().len()); }\n",
    );
    let canary = "canary hunter2?";

    let built = package.cargo("build", &[("SST_Secret_value_KEY", canary), ("SST_Parameter_value_VERSION", canary)]);

    assert!(built.is_good, "{}", built.text);
    let program = fs::read(Package::target().join("debug").join(format!("clean{}", std::env::consts::EXE_SUFFIX)));
    let program = program.unwrap();
    let contains = |text: &str| program.windows(text.len()).any(|window| window == text.as_bytes());
    // Plain, in base64, in hex and in a URL.
    for form in [canary, "Y2FuYXJ5IGh1bnRlcjI", "63616e6172792068756e74657232", "canary%20hunter2", "canary+hunter2"] {
        assert!(!contains(form), "{form}");
    }
    // The search finds what is there: the mark of the manifest, by which a binary says what it was built from.
    assert!(contains("bind-config/fingerprint app=orders "));
}

/// A package of its own in the folder for temporary files of tests.
struct Package {
    name: &'static str,
    folder: PathBuf,
}

/// What cargo said.
struct Checked {
    name: &'static str,
    text: String,
    is_good: bool,
}

impl Package {
    fn new(name: &'static str) -> Package {
        Package::renamed(name, "bind-config")
    }

    fn renamed(name: &'static str, dependency: &str) -> Package {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let package = Package { name, folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild").join(name) };
        let _ = fs::remove_dir_all(&package.folder);
        package.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
                 {dependency} = {{ package = \"bind-config\", path = '{}', default-features = false }}\n",
                workspace.display()
            ),
        );
        fs::copy(workspace.join("Cargo.lock"), package.path("Cargo.lock")).unwrap();
        package
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// One for all packages: the dependencies are built once.
    fn target() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild/target")
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A manifest with these parameters.
    fn manifest(&self, file: &str, names: &[&str]) {
        let bindings: Vec<String> =
            names.iter().map(|name| format!("\"{name}\": {{ \"kind\": \"parameter\" }}")).collect();
        let bindings = bindings.join(", ");
        self.write(
            file,
            &format!("{{ \"format\": \"bind-manifest\", \"version\": 1, \"app\": \"orders\", \"bindings\": {{ {bindings} }} }}"),
        );
    }

    fn check(&self, variables: &[(&str, &str)]) -> Checked {
        self.cargo("check", variables)
    }

    fn cargo(&self, command: &str, variables: &[(&str, &str)]) -> Checked {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args([command, "--offline", "--color", "never"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", Package::target())
            .env_remove("BIND_CONFIG_MANIFEST")
            .env_remove("RUSTFLAGS");
        // A build needs nothing of AWS, and nothing that `bind` sets.
        let is_foreign = |name: &str| name.starts_with("AWS_") || name.starts_with("SST_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_foreign)) {
            cargo.env_remove(name);
        }
        cargo.envs(variables.iter().copied());
        let output = cargo.output().unwrap();
        Checked { name: self.name, text: String::from_utf8(output.stderr).unwrap(), is_good: output.status.success() }
    }
}

impl Checked {
    /// `built`, `fresh` or `failed`
    fn outcome(&self) -> &'static str {
        match (self.is_good, self.text.contains(&format!("Checking {} ", self.name))) {
            (true, true) => "built",
            (true, false) => "fresh",
            (false, _) => "failed",
        }
    }
}
