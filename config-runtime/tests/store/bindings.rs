//! A configuration whose bindings a test chooses: what the macro would write, made at run time.

use std::cell::Cell;

use bind_config_runtime::__private::{
    Binding, Bindings, FetchesSecrets, Kind, Required, Scalar, Shape, Table, Type, Values, plain,
};

thread_local! {
    static TABLE: Cell<Option<&'static Table>> = const { Cell::new(None) };
}

/// Every value as text.
pub(crate) struct Config(pub(crate) Vec<Option<String>>);

impl Bindings for Config {
    type Fetches = FetchesSecrets;

    fn table() -> &'static Table {
        TABLE.get().expect("the test has bound something")
    }

    fn build(values: &mut Values) -> Self {
        Config((0..Self::table().bindings.len()).map(|at| values.take_optional(at)).collect())
    }
}

impl Config {
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let at = Self::table().bindings.iter().position(|binding| binding.name == name).expect("it is bound");
        self.0[at].as_deref()
    }
}

/// What this thread's [`Config`] binds from now on.
pub(crate) fn bind(bindings: Vec<Binding>) {
    bind_without_fallback(bindings, vec![APART]);
}

/// [`bind`], where the app has such secrets.
pub(crate) fn bind_without_fallback(mut bindings: Vec<Binding>, without_fallback: Vec<&'static str>) {
    bindings.sort_by_key(|binding| binding.name);
    let table = Table {
        app: "orders",
        function: Some("api"),
        ssm_prefix: None,
        fingerprint: Some("0123456789abcdef0123456789abcdef"),
        strict: false,
        without_fallback: without_fallback.leak(),
        bindings: bindings.leak(),
    };
    TABLE.set(Some(Box::leak(Box::new(table))));
}

/// A secret of the app that is bound to another function and has no fallback.
pub(crate) const APART: &str = "APART";

pub(crate) fn secret(name: &str) -> Binding {
    binding(name, Kind::Secret)
}

pub(crate) fn parameter(name: &str) -> Binding {
    binding(name, Kind::Parameter)
}

pub(crate) fn optional(mut binding: Binding) -> Binding {
    binding.required = Required::Never;
    binding
}

fn binding(name: &str, kind: Kind) -> Binding {
    let name: &'static str = name.to_owned().leak();
    Binding {
        name,
        field: name,
        kind,
        ty: Type::Scalar(Scalar::String),
        required: Required::Always,
        shape: Shape::ANY,
        convert: plain::<String>,
    }
}
