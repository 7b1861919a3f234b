//! Macros around `bind_config!`, in another folder than their caller.

macro_rules! configured {
    () => {
        bind_config::bind_config!(#[allow(dead_code)] "manifests/plain.json");
    };
}

macro_rules! configured_by {
    ($path:literal) => {
        bind_config::bind_config!(#[allow(dead_code)] $path);
    };
}
