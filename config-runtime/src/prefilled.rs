//! Configurations that nothing is loaded for: those of frontends, and examples.

use bind_config_manifest::marker::{self, Meaning};

use crate::generated::{Binding, Bindings, Values};

/// Fills a frontend: one variable per binding of the table, as `option_env!` gives it.
///
/// # Panics
///
/// Where a type of the user's does not read its value, with the name and without the value.
pub fn baked<T: Bindings>(
    app: Option<&'static str>,
    stage: Option<&'static str>,
    variables: &[Option<&'static str>],
) -> T {
    let slot = |(binding, variable): (&Binding, Option<&str>)| match marker::read(variable?) {
        // The macro has checked the manifest's type and those that it knows. Only a type of the user's can still refuse.
        Meaning::Plain(text) => Some((binding.convert)(text, binding.ty).unwrap_or_else(|misfit| {
            panic!("the value of `{}`, taken into this frontend at build, {misfit}", binding.field)
        })),
        _ => None,
    };
    let slots = T::table().bindings.iter().zip(variables.iter().copied()).map(slot).collect();
    let text = |variable: Option<&str>| variable.unwrap_or_default().to_owned();
    T::build(&mut Values { app: text(app), stage: text(stage), slots })
}

/// Fills `Config::example()`: one text per binding of the table, `None` where an optional binding has none.
///
/// # Panics
///
/// If a field's own type does not read its text: the manifest needs another `example`.
#[track_caller]
pub fn example<T: Bindings>(examples: &[Option<&'static str>]) -> T {
    let mut slots = Vec::with_capacity(examples.len());
    for (binding, example) in T::table().bindings.iter().zip(examples) {
        let slot = example.map(|text| match (binding.convert)(text, binding.ty) {
            Ok(value) => value,
            Err(misfit) => panic!(
                "the example of `{}` {misfit}: give it an `example` in the manifest that its type reads",
                binding.field
            ),
        });
        slots.push(slot);
    }
    T::build(&mut Values { app: T::table().app.to_owned(), stage: "example".to_owned(), slots })
}
