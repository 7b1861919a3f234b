//! A value that is shown to nobody by accident.

use std::marker::PhantomData;

/// A secret value: [`expose_secret`](Secret::expose_secret) is the only door, and `grep` shows every use of it.
///
/// There is no `Debug`, `Display`, `Serialize` or `Clone`: code that would print, send or copy the value with the
/// rest of a struct does not compile.
///
/// # Security
///
/// Protects against accidents, not against reading the memory of the process. See `SECURITY.md`.
///
/// ```
/// use bind_config_runtime::Secret;
///
/// let key: Secret<str> = "sk_test_1".into();
/// assert!(key.expose_secret().starts_with("sk_"));
/// ```
pub struct Secret<T: ?Sized, Target = Backend> {
    value: Box<T>,
    target: PhantomData<fn() -> Target>,
}

impl<T: ?Sized, Target> Secret<T, Target> {
    /// The value. Hand it on, do not keep it.
    // The bound is the method's: rustc explains an unmet bound of a method, and denies the method of an `impl`.
    pub fn expose_secret(&self) -> &T
    where
        Target: CanReadSecrets,
    {
        &self.value
    }
}

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Secret { value: Box::new(value), target: PhantomData }
    }
}

impl From<&str> for Secret<str> {
    fn from(value: &str) -> Self {
        Secret { value: value.into(), target: PhantomData }
    }
}

impl From<String> for Secret<str> {
    fn from(value: String) -> Self {
        Secret { value: value.into_boxed_str(), target: PhantomData }
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Secret::new(value)
    }
}

/// Stands where a secret is bound and the program is a frontend: it holds nothing.
impl Secret<str, Frontend> {
    #[doc(hidden)]
    pub fn absent() -> Self {
        Secret { value: "".into(), target: PhantomData }
    }
}

/// A program that runs where secrets may be read.
#[derive(Debug)]
pub enum Backend {}

/// A program that users hold in their hands: a page, an app.
#[derive(Debug)]
pub enum Frontend {}

/// Programs that may read secrets: all but frontends.
#[diagnostic::on_unimplemented(
    message = "a secret cannot be read in a frontend",
    label = "this configuration was generated with `target = frontend`",
    note = "whatever is in a frontend is in the hands of its users: read the secret in a function, and let the frontend ask that function"
)]
pub trait CanReadSecrets: sealed::Sealed {}
impl CanReadSecrets for Backend {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Backend {}
}
