//! What the code of `bind_config!` is made of. Exempt from semver: the macro and this crate move together.

use std::any::Any;

pub use bind_config_manifest::name::Kind;
pub use bind_config_manifest::value::{Misfit, Scalar, Shape, Type};

use crate::bound::Loaded;
use crate::environment::Environment;
pub use crate::from_binding::BuiltIn;
use crate::from_binding::{Expected, FromBinding};
use crate::secret::Secret;

/// Everything that the macro knows about one configuration, in one constant.
pub struct Table {
    /// The app's name.
    pub app: &'static str,
    /// How messages name the function: Some("api") or None where not exactly one was chosen.
    pub function: Option<&'static str>,
    /// The prefix template, where the manifest has one.
    pub ssm_prefix: Option<&'static str>,
    /// What `BIND_FINGERPRINT` must say, where one function was chosen (or the manifest has none).
    pub fingerprint: Option<&'static str>,
    /// Whether another fingerprint is an error.
    pub strict: bool,
    /// The names of the app's secrets that are never taken from the fallback, bound here or not: references name any.
    pub without_fallback: &'static [&'static str],
    /// Sorted by name.
    pub bindings: &'static [Binding],
}

/// One bound secret or parameter.
pub struct Binding {
    /// As the environment and the store spell it.
    pub name: &'static str,
    /// The field: another one where the call renames it.
    pub field: &'static str,
    /// Secret or parameter.
    pub kind: Kind,
    /// The type of the manifest; an override does not change it.
    pub ty: Type<'static>,
    /// Where it must be set.
    pub required: Required,
    /// The shape of the value.
    pub shape: Shape<&'static str>,
    /// From text to the field's type.
    pub convert: Convert,
}

#[cfg(all(test, feature = "ssm"))]
impl Table {
    /// Of the app `orders` and its function `api`.
    pub(crate) fn of(mut bindings: Vec<Binding>) -> &'static Table {
        bindings.sort_by_key(|binding| binding.name);
        Box::leak(Box::new(Table {
            app: "orders",
            function: Some("api"),
            ssm_prefix: None,
            fingerprint: None,
            strict: false,
            without_fallback: &[],
            bindings: bindings.leak(),
        }))
    }
}

#[cfg(all(test, feature = "ssm"))]
impl Binding {
    /// A required secret, as text.
    pub(crate) fn secret(name: &str) -> Self {
        let name: &'static str = name.to_owned().leak();
        Binding {
            name,
            field: name,
            kind: Kind::Secret,
            ty: Type::Scalar(Scalar::String),
            required: Required::Always,
            shape: Shape::ANY,
            convert: plain::<String>,
        }
    }
}

/// Where a binding must be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Everywhere. The field is the value.
    Always,
    /// Nowhere. The field is an `Option`.
    Never,
    /// In these stages. The field is an `Option`.
    In(&'static [&'static str]),
}

/// Turns a text of the manifest's type into a value of the field's type (inside the `Option`, `Secret` included).
pub type Convert = fn(&str, Type<'static>) -> Result<Erased, Misfit>;

/// A value of whatever type its field has.
pub struct Erased(Box<dyn Any>);

impl Erased {
    fn new<T: 'static>(value: T) -> Erased {
        Erased(Box::new(value))
    }
}

// One function per reader, so that a type without the trait is the only thing that rustc has to talk about.

/// [`Convert`] for a parameter of a built-in type.
///
/// # Errors
///
/// The [`Misfit`] of the type.
pub fn plain<T: BuiltIn + 'static>(text: &str, _: Type<'static>) -> Result<Erased, Misfit> {
    T::read(text).map(Erased::new)
}

/// [`Convert`] for a parameter of a user's type.
///
/// # Errors
///
/// What the type expected.
pub fn plain_user<T: FromBinding + 'static>(text: &str, _: Type<'static>) -> Result<Erased, Misfit> {
    user(text).map(Erased::new::<T>)
}

/// [`Convert`] for a parameter that serde reads.
///
/// # Errors
///
/// The name of the type.
#[cfg(feature = "json")]
pub fn plain_json<T: serde::de::DeserializeOwned + 'static>(text: &str, _: Type<'static>) -> Result<Erased, Misfit> {
    json(text).map(Erased::new::<T>)
}

/// [`Convert`] for a secret of a built-in type: `Secret<u64>`.
///
/// # Errors
///
/// The [`Misfit`] of the type.
pub fn secret<T: BuiltIn + 'static>(text: &str, _: Type<'static>) -> Result<Erased, Misfit> {
    T::read(text).map(Secret::new).map(Erased::new)
}

/// [`Convert`] for a secret of a user's type.
///
/// # Errors
///
/// What the type expected.
pub fn secret_user<T: FromBinding + 'static>(text: &str, _: Type<'static>) -> Result<Erased, Misfit> {
    user(text).map(Secret::<T>::new).map(Erased::new)
}

/// [`Convert`] for a secret that serde reads.
///
/// # Errors
///
/// The name of the type.
#[cfg(feature = "json")]
pub fn secret_json<T: serde::de::DeserializeOwned + 'static>(text: &str, _: Type<'static>) -> Result<Erased, Misfit> {
    json(text).map(Secret::<T>::new).map(Erased::new)
}

/// [`Convert`] for a parameter that is one of some words: its place among them, of which the struct literal makes the variant.
/// Not a function per enum: those cost a build more than all else.
///
/// # Errors
///
/// The [`Misfit`] of the type.
pub fn plain_word(text: &str, ty: Type<'static>) -> Result<Erased, Misfit> {
    let words = if let Type::Enum(words) = ty { words } else { &[] };
    words.iter().position(|word| *word == text).map(Erased::new).ok_or_else(|| ty.misfit())
}

fn user<T: FromBinding>(text: &str) -> Result<T, Misfit> {
    T::from_binding(text).map_err(|Expected(expected)| {
        // What a `FromStr` says may quote the text: all that is known is whose it is.
        if expected == std::any::type_name::<T>() {
            return Misfit::of_type(format!("what `FromStr` of `{expected}` accepts"));
        }
        Misfit::of_type(expected)
    })
}

#[cfg(feature = "json")]
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Misfit> {
    // The error of serde quotes the text: drop it.
    serde_json::from_str(text).map_err(|error| {
        let (of, line, column) = (std::any::type_name::<T>(), error.line(), error.column());
        Misfit::of_type(format!("JSON of {of} (it stops being that at line {line}, column {column})"))
    })
}

/// [`Convert`] for `Secret<str>`.
///
/// # Errors
///
/// None: every text is one.
pub fn secret_text(text: &str, _: Type<'static>) -> Result<Erased, Misfit> {
    Ok(Erased::new(Secret::<str>::from(text)))
}

/// What `Config::example()` is where the macro found no text for some required fields.
///
/// # Panics
///
/// Always.
#[track_caller]
pub fn no_example(ids: &[&str]) -> ! {
    panic!("`Config::example()` has no value for `{}`: give it an `example` in the manifest", ids.join("`, `"))
}

/// The values of a whole configuration, every one of them checked.
pub struct Values {
    pub(crate) app: String,
    pub(crate) stage: String,
    pub(crate) slots: Vec<Option<Erased>>,
}

// `extern "C"` cannot unwind, so that the struct literal of a thousand fields has no landing pads: 0.8 s instead of
// ten minutes for a release build. Nothing here is called from C.
#[expect(improper_ctypes_definitions, reason = "the ABI is there for what it does to unwinding")]
impl Values {
    /// The value of the required binding at `index` of the table.
    ///
    /// # Panics
    ///
    /// If it is taken twice, or as another type than its [`Convert`] made: the macro wrote both. It cannot unwind, so the
    /// process ends.
    #[inline(never)]
    pub extern "C" fn take<T: 'static>(&mut self, index: usize) -> T {
        self.take_optional(index).expect("a required value is there when the others are")
    }

    /// The value of the optional binding at `index` of the table.
    ///
    /// # Panics
    ///
    /// As [`take`](Values::take).
    #[inline(never)]
    pub extern "C" fn take_optional<T: 'static>(&mut self, index: usize) -> Option<T> {
        let erased = self.slots[index].take()?;
        Some(*erased.0.downcast().expect("the table and the struct have the same types"))
    }

    /// The app.
    pub extern "C" fn app(&mut self) -> String {
        std::mem::take(&mut self.app)
    }

    /// The stage.
    pub extern "C" fn stage(&mut self) -> String {
        std::mem::take(&mut self.stage)
    }
}

/// A struct that `bind_config!` generated.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no configuration of `bind_config!`",
    note = "a function over any configuration says `T: bind_config::Loadable`"
)]
pub trait Bindings: Sized + Send + Sync + 'static {
    /// [`FetchesSecrets`] or [`FetchesNothing`].
    type Fetches;
    /// What is bound.
    fn table() -> &'static Table;
    /// Moves the values into the struct.
    fn build(values: &mut Values) -> Self;
}

/// What `Config::load()` returns. A named type: the future of an `async fn` would have its bounds reported twice.
pub type Loading<T> = crate::bound::Loading<Loaded<T>>;

/// `Config::load()`
pub fn loading<T: Bindings>() -> Loading<T> {
    Loading::new(async { crate::load::load_from::<T>(&Environment::process()).await })
}

/// A configuration with a secret: loading it may need SSM.
#[derive(Debug)]
pub enum FetchesSecrets {}

/// A configuration without secrets.
#[derive(Debug)]
pub enum FetchesNothing {}

/// What can be loaded with the features that are on.
#[cfg_attr(
    not(target_family = "wasm"),
    diagnostic::on_unimplemented(
        message = "this configuration has a secret, and `bind-config` was built without its feature `ssm`",
        label = "secrets are fetched from SSM, which needs the feature `ssm`",
        note = "add the feature: `bind-config = {{ version = \"…\", features = [\"ssm\"] }}`; `load_from`, `example` and `set` work without it"
    )
)]
#[cfg_attr(
    target_family = "wasm",
    diagnostic::on_unimplemented(
        message = "this configuration has a secret, and a WebAssembly program cannot fetch it",
        label = "secrets are fetched from SSM, for which there is no client here",
        note = "take the parameters at build with `target = frontend`; `load_from`, `example` and `set` work here as well"
    )
)]
pub trait Fetchable: sealed::Sealed {}
impl Fetchable for FetchesNothing {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::FetchesNothing {}
    impl Sealed for super::FetchesSecrets {}
}
