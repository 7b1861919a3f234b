//! What the deployment of a stage needs, from what is declared: values, variables, policies, and the files of all that. Reads
//! and writes no file.

use bind_config_manifest::Binding;

use crate::declaration::Declaration;

pub(crate) mod environment;
pub(crate) mod files;
pub(crate) mod policy;
pub(crate) mod values;

mod cloudformation;
mod logical;
mod problem;
mod terraform;

pub(crate) use logical::terraform as terraform_name;
pub(crate) use problem::{Problem, failure};
pub(crate) use terraform::data_sources as terraform_data_sources;

/// What is bound to one function; or to all of them, where no functions are declared.
pub(crate) struct Unit<'a> {
    /// The function; [`WHOLE_APP`] where no functions are declared.
    pub(crate) name: &'a str,
    /// Whether it is everything that is declared, because no functions are.
    pub(crate) is_whole_app: bool,
    /// Its bindings, sorted by id.
    pub(crate) bindings: Vec<(&'a str, &'a Binding)>,
    /// What `BIND_FINGERPRINT` is.
    pub(crate) fingerprint: String,
}

/// All functions, sorted by name; the whole app where no functions are declared.
pub(crate) fn units(declaration: &Declaration) -> Vec<Unit<'_>> {
    match &declaration.manifest.functions {
        Some(functions) => functions.keys().filter_map(|name| unit(declaration, name)).collect(),
        None => vec![whole_app(declaration)],
    }
}

/// One function.
pub(crate) fn unit<'a>(declaration: &'a Declaration, function: &str) -> Option<Unit<'a>> {
    let manifest = &declaration.manifest;
    let (name, _) = manifest.functions.as_ref()?.get_key_value(function)?;
    let bindings = manifest.bindings_of(name)?.collect();
    Some(Unit { name, is_whole_app: false, bindings, fingerprint: manifest.function_fingerprint(name)? })
}

/// Everything that is declared.
pub(crate) fn whole_app(declaration: &Declaration) -> Unit<'_> {
    let manifest = &declaration.manifest;
    let bindings = manifest.bindings.iter().map(|(id, binding)| (id.as_str(), binding)).collect();
    Unit { name: WHOLE_APP, is_whole_app: true, bindings, fingerprint: manifest.fingerprint() }
}

/// The name of files and entries that serve every function, where no functions are declared.
pub(crate) const WHOLE_APP: &str = "app";
