//! A value that is shown to nobody by accident.

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
/// # use bind_config_runtime as bind_config;
/// use bind_config::Secret;
///
/// let key: Secret<str> = "sk_test_1".into();
/// assert!(key.expose_secret().starts_with("sk_"));
/// ```
pub struct Secret<T: ?Sized>(Box<T>);

impl<T: ?Sized> Secret<T> {
    /// The value. Hand it on, do not keep it.
    pub fn expose_secret(&self) -> &T {
        &self.0
    }
}

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Secret(Box::new(value))
    }
}

impl From<&str> for Secret<str> {
    fn from(value: &str) -> Self {
        Secret(value.into())
    }
}

impl From<String> for Secret<str> {
    fn from(value: String) -> Self {
        Secret(value.into_boxed_str())
    }
}

/// Stands where a secret is bound and the program is a frontend: it holds nothing, and nobody can read it.
pub struct FrontendSecret(());

impl FrontendSecret {
    /// Does not compile where it is called, with the reason.
    // The bound is the method's: rustc explains an unmet bound of a method. It is looked at only where the method is
    // called, because of its lifetime.
    pub fn expose_secret(&self) -> &str
    where
        for<'never> Self: CanReadSecrets,
    {
        self.read()
    }

    #[doc(hidden)]
    pub fn absent() -> Self {
        FrontendSecret(())
    }
}

/// Nothing can.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a secret cannot be read in a frontend",
    label = "this configuration was generated with `target = frontend`",
    note = "whatever is in a frontend is in the hands of its users: read the secret in a function, and let the frontend ask that function"
)]
pub trait CanReadSecrets: sealed::Sealed {
    #[doc(hidden)]
    fn read(&self) -> &str;
}

mod sealed {
    pub trait Sealed {}
}
