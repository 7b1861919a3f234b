//! Writes a manifest for each number of secrets, and the module that loads it and hands out its fields.

use std::fs;
use std::path::PathBuf;

/// As `harness/src/cell.rs` has them.
const SIZES: [usize; 7] = [0, 1, 5, 10, 20, 50, 200];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    let modules = SIZES.map(|size| {
        let names: Vec<String> = (0..size).map(|at| format!("SECRET_{at:03}")).collect();
        let manifest = folder.join(format!("bindings-{size}.json"));
        fs::write(&manifest, bindings(&names)).expect("a file");
        let path = manifest.display().to_string();
        let fields: Vec<String> =
            names.iter().map(|name| format!("({name:?}, CONFIG.{name}.expose_secret())")).collect();
        format!(
            "mod secrets_{size} {{
                bind_config::bind_config!({path:?});
                pub(crate) async fn load() -> Result<crate::Values, bind_config::LoadError> {{
                    CONFIG.load().await?;
                    Ok(vec![{}])
                }}
            }}",
            fields.join(", ")
        )
    });
    let arms = SIZES.map(|size| format!("{size} => secrets_{size}::load().await,"));
    let load = format!(
        "async fn load(secrets: usize) -> Result<Values, bind_config::LoadError> {{
            match secrets {{ {} _ => panic!(\"there is no manifest of so many secrets\") }}
        }}",
        arms.concat()
    );
    fs::write(folder.join("sizes.rs"), modules.concat() + &load).expect("a file");
}

fn bindings(names: &[String]) -> String {
    let bindings: Vec<String> = names.iter().map(|name| format!(r#""{name}": {{ "kind": "secret" }}"#)).collect();
    let bindings = bindings.join(", ");
    format!(r#"{{ "format": "bind-manifest", "version": 1, "app": "bench", "bindings": {{ {bindings} }} }}"#)
}
