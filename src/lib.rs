//! Typed secrets and parameters, bound by infrastructure, checked by rustc, filled from env vars and SSM.
//!
//! ```
//! mod api {
//!     bind_config::bind_config!("tests/manifests/orders.json", function = "worker"); // struct Config, static CONFIG
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In `main`, `api::CONFIG.load().await?` reads the process's environment. Here a store inside the program stands in.
//! let ssm = bind_config_local::LocalSsm::start()?;
//! ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_test_1")?;
//! let variables = ssm
//!     .variables("orders", "dev")
//!     .with("SST_Parameter_value_LOG_LEVEL", "info")
//!     .with("SST_Parameter_value_QUEUE_URL", "https://queue.example");
//!
//! let config = api::Config::load_from(&variables.into_iter().collect()).await?;
//!
//! assert_eq!(config.LOG_LEVEL, api::LogLevel::Info);
//! assert_eq!(config.STRIPE_KEY.expose_secret(), "sk_test_1");
//! # Ok(())
//! # }
//! ```
//!
//! - [`bind_config!`] turns a manifest into a struct with one typed field per bound secret or parameter.
//! - [`Bound`] is the static: `CONFIG.load().await?` first in `main`, then `CONFIG.NAME` anywhere. [`lambda::load`] is the
//!   same for Lambda, where a failed start is posted so that people can read it.
//! - [`Secret`] is a value that is shown to nobody by accident.
//! - [`LoadError`] is the report of a failed start; [`LoadError::problems`] is what a program asks.
//! - [`Sources`] says where each value came from.
//! - [`FromBinding`] makes a field of a type of yours.
//! - [`Environment`] is what a load reads; tests hand over their own.
//! - `Watched`, with the feature `watch`, is a configuration that follows the store while the program runs.
//!
//! # Features
//!
//! | feature | default | brings |
//! | --- | --- | --- |
//! | `ssm` | yes | the AWS SDK's SSM client |
//! | `aws-config` | | `ssm` with the SDK's full credential chain, for laptops |
//! | `url`, `json` | | `url::Url`; `serde_json::Value` and `json(Type)` |
//! | `blocking` | | `CONFIG.load_blocking()` |
//! | `tracing` | | one span per load, with counts and without values |
//! | `watch` | | `Watched<Config>`: refreshed in the background, for services that run for days |
//!
//! A library does not turn on `ssm` (`default-features = false`): the program chooses.

// docs.rs says beside each item which feature it takes.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(feature = "watch", not(target_family = "wasm")))]
pub use bind_config_runtime::Watched;
pub use bind_config_runtime::{
    AlreadyLoaded, Baked, BindingKind, Bound, CredentialsProblem, EndpointProblem, Environment, Expected, Field,
    FieldSource, FromBinding, FrontendSecret, LoadError, Loadable, Loaded, Loading, Origin, Problem, ProblemKind,
    Secret, Sources, lambda,
};

#[cfg(all(feature = "watch", not(target_family = "wasm")))]
pub mod watched {
    //! A configuration that follows the store while the program runs: for services that run for days.
    //!
    //! ```
    //! use std::sync::Arc;
    //! use std::time::Duration;
    //!
    //! use bind_config::{Loaded, Watched, field};
    //!
    //! mod api {
    //!     bind_config::bind_config!(#[allow(dead_code)] "tests/manifests/orders.json", function = "worker");
    //! }
    //!
    //! /// One configuration for a whole request, whatever is refreshed meanwhile.
    //! async fn charge(watched: &Watched<api::Config>) -> Result<usize, Refused> {
    //!     // Where the key was rotated since it was read, it is read anew, and the call made once more.
    //!     let pay = |config: Arc<Loaded<api::Config>>| async move { pay(config.STRIPE_KEY.expose_secret()).await };
    //!     watched.retry_with_refresh_if(pay, |error| matches!(error, Refused)).await
    //! }
    //!
    //! # #[derive(Debug)]
    //! # struct Refused;
    //! # async fn pay(key: &str) -> Result<usize, Refused> {
    //! #     if key == "sk_rotated" { Ok(9) } else { Err(Refused) }
    //! # }
    //! # #[tokio::main(flavor = "current_thread")]
    //! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    //! // In `main`, `.load().await?` reads the process's environment. Here a store inside the program stands in.
    //! let ssm = bind_config_local::LocalSsm::with_secrets("orders", "dev", [("STRIPE_KEY", "sk_test_1")])?;
    //! let variables = ssm
    //!     .variables("orders", "dev")
    //!     .with("SST_Parameter_value_LOG_LEVEL", "info")
    //!     .with("SST_Parameter_value_QUEUE_URL", "https://queue.example");
    //! let watched = Watched::<api::Config>::builder()
    //!     .every(Duration::from_mins(1))
    //!     .max_age(Duration::from_hours(1))
    //!     .load_from(&variables.into_iter().collect())
    //!     .await?;
    //!
    //! // A pool that is made anew where its password changes.
    //! let mut changes = watched.changes_of([field!(api::Config, STRIPE_KEY)]);
    //! let follow = async move { changes.next().await.map(|change| change.config.STRIPE_KEY.expose_secret().len()) };
    //!
    //! ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_rotated")?;
    //! assert_eq!(charge(&watched).await.map_err(|_| "refused")?, 9);
    //! assert_eq!(watched.current().STRIPE_KEY.expose_secret(), "sk_rotated");
    //! assert_eq!(follow.await, Some(10));
    //!
    //! // For a health endpoint: one line, no value.
    //! assert_eq!(watched.health().to_string(), "fresh: confirmed 0 s ago");
    //! # Ok(())
    //! # }
    //! ```
    pub use bind_config_runtime::watched::{
        Builder, Change, Changes, Failing, FieldChange, Guard, Health, HealthState, TooOld,
    };
}

/// Turns a bindings manifest into a struct with one typed field per bound secret or parameter, and a static that holds it.
///
/// ```
/// bind_config::bind_config!("tests/manifests/orders.json", function = "worker"); // struct Config, static CONFIG
///
/// fn charge(config: &Config) -> usize {
///     config.STRIPE_KEY.expose_secret().len() // a `Secret<str>`
/// }
///
/// # fn main() {
/// // A test needs no environment and no store.
/// let config = Config { STRIPE_KEY: "sk_test_1".into(), ..Config::example() };
/// assert_eq!(charge(&config), 9);
/// # }
/// ```
///
/// A name that is not bound is a compile error that lists the names that are; a field that nobody reads is a
/// `dead_code` warning.
///
/// # Grammar
///
/// ```text
/// ATTRIBUTE*  [VIS struct NAME,]  [VIS static NAME,]  "path"
///     [, function = "f" | function = * | functions = ["f", "g"]]  [, target = frontend]  [, strict]
///     [, FIELD: TYPE | FIELD: json(TYPE) | "id" => FIELD | "id" => FIELD: TYPE]*
/// ```
///
/// Attributes go on the struct: docs, derives, `#[allow(dead_code)]` where infrastructure is ahead of the code. Options
/// and overrides stand behind the path in any order. The struct is `pub(crate) struct Config` and the static
/// `pub(crate) static CONFIG` unless said otherwise; where only one of them has a visibility, it is that of both, and
/// that of the fields. A second call in one module needs other names.
///
/// # The path
///
/// `BIND_CONFIG_MANIFEST`, where that variable is set when the compiler runs; else the path as written, from the folder
/// of the package's `Cargo.toml`. The compiler runs again when the file or the variable changes.
///
/// # Which function
///
/// | written | the fields |
/// | --- | --- |
/// | `function = "api"` | what `api` binds |
/// | nothing | what the function binds whose `bin` (its key, where it has none) is the crate's name; any other crate must say |
/// | `functions = ["api", "worker"]` | what all of them bind, for code that they share |
/// | `function = *` | every binding |
///
/// A manifest without `functions` gives every binding to everybody.
///
/// # Types
///
/// | in the manifest | the field |
/// | --- | --- |
/// | `string`, `bool`, `u8` … `i64`, `f64` | `String`, and the type of that name |
/// | `duration` | [`std::time::Duration`], from `1m 30s` |
/// | `url`, `json` | `url::Url` and `serde_json::Value`, with the features of those names |
/// | `{ "list": T }` | `Vec<T>` |
/// | `{ "enum": ["debug", "info"] }` | an enum beside the struct, with `FromStr`, `Display` and `as_str`: `LogLevel` for `LOG_LEVEL`, `AppConfigLogLevel` for a struct `AppConfig` |
/// | a secret | [`Secret<str>`](Secret), or `Secret<T>` |
/// | `required` that is not `true` | an `Option` of it |
///
/// An override names the inner type: `MAX_ITEMS: u32`, `REGION: my::Region` (by [`FromBinding`]), `PLANS: json(my::Plans)`
/// (by serde, with the feature `json`). The built-in types are known by their names: behind an alias, `u32` is read as
/// [`FromStr`](std::str::FromStr) reads it. `"my-key" => KEY` gives the field another name; the
/// environment and the store keep that of the binding. `APP` and `STAGE` are always there, as `String`.
///
/// # What else it generates
///
/// - `Config::load().await` gives an owned [`Loaded<Config>`](Loaded), and `Config::load_from(&environment).await` reads
///   an [`Environment`] instead of the process's. Both fail with a [`LoadError`].
/// - `Config::example()` is a configuration for tests: each binding's `example`, else its `default`, else a placeholder
///   of its type and shape.
/// - `Debug`, which shows no value (`Config { .. }`), unless an attribute of the call names `Debug`. The fields of a
///   configuration without secrets can be shown with `#[derive(Debug)]`.
/// - The static is a [`Bound<Config>`](Bound): `CONFIG.load().await?` first in `main`, then `CONFIG.NAME` anywhere.
///
/// A function of yours over any configuration takes `&'static Bound<T>` with `T:` [`Loadable`]. `load`, `load_from` and
/// `example` are the struct's own functions, and those of [`Bound`] come before any of yours in `CONFIG.name()`; a minor
/// release may add one.
///
/// With `strict`, a deployment whose `BIND_FINGERPRINT` is that of other bindings does not start; without, it warns.
///
/// # Frontends
///
/// With `target = frontend` the static is a [`Baked<Config>`](Baked): `APP`, `STAGE` and the parameters are taken from
/// the compiler's environment (`bind-config bind -- cargo build`), and one that is absent or does not fit is a compile
/// error. There is nothing to load. A secret is a field of type [`FrontendSecret`], which holds nothing: `expose_secret()`
/// on it does not compile, and says why.
///
/// # Errors
///
/// Each mistake in the call or the manifest is one compile error, with line and caret for the manifest. Values that a
/// manifest should not have are not printed.
#[macro_export]
macro_rules! bind_config {
    ($($tokens:tt)*) => { $crate::__private::bind_config! { $crate $($tokens)* } };
}

/// A [`Field`], checked by the compiler: for `Watched::changes_of`, `Change::field` and, by its name, [`Sources::field`].
///
/// ```
/// bind_config::bind_config!(#[allow(dead_code)] "tests/manifests/orders.json", function = "worker");
///
/// # struct Keyword {
/// #     r#type: u8,
/// # }
/// # fn main() {
/// const KEY: bind_config::Field<Config> = bind_config::field!(Config, STRIPE_KEY);
/// assert_eq!(KEY.name(), "STRIPE_KEY");
/// # assert_eq!(bind_config::field!(Keyword, r#type).name(), "type");
/// # }
/// ```
#[macro_export]
macro_rules! field {
    ($config:ty, $field:ident $(,)?) => {
        $crate::field!(@ $field, $config)
    };
    (@ APP, $config:ty) => {
        ::core::compile_error!("`APP` is of the environment: it never changes")
    };
    (@ STAGE, $config:ty) => {
        ::core::compile_error!("`STAGE` is of the environment: it never changes")
    };
    (@ $field:ident, $config:ty) => {{
        let _ = |config: &$config| {
            let _ = &config.$field;
        };
        $crate::Field::<$config>::new(::core::stringify!($field))
    }};
}

#[doc(hidden)]
pub mod __private {
    pub use bind_config_macros::bind_config;
    pub use bind_config_runtime::__private::*;
}
