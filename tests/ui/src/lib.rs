//! Compile-fail and compile-pass cases of `bind_config!`: see `tests/`. This library is the strictest caller there can be.

#![no_implicit_prelude]
#![deny(missing_docs, unreachable_pub, unused, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
#![forbid(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

::bind_config::bind_config!(
    /// A configuration that everybody sees.
    pub struct Everything,
    pub static EVERYTHING,
    "manifests/types.json",
);

::bind_config::bind_config!(
    #[allow(dead_code)]
    "manifests/app.json",
    function = "api"
);

::bind_config::bind_config!(
    pub struct Lints,
    pub static LINTS,
    "manifests/lints.json",
);

mod inner {
    ::bind_config::bind_config!(
        #[allow(dead_code)]
        "manifests/overrides.json",
        MAX: u32,
        GRACE: ::core::time::Duration,
        IP: ::std::net::IpAddr,
        PLANS: json(::std::vec::Vec<u8>),
        "self" => this,
    );
}

/// The type of the field is generated where the call is.
#[must_use]
pub fn level(config: &Everything) -> EverythingLevel {
    config.LEVEL
}
