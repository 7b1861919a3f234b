//! What the tool of bind-config takes from the start-up path, so that it resolves, trusts and reports as a function does.
//! Exempt from semver: both move together.

pub use crate::generated::{Binding, Kind, Required, Scalar, Shape, Table, Type};
pub use crate::store::http_client;

use crate::environment::Environment;
use crate::generated::{Convert, plain};
use crate::report::LoadError;

/// The variables that say how a client gets to AWS: whom it trusts, and through what.
pub fn network_variables() -> impl Iterator<Item = &'static str> {
    crate::store::network_variables()
}

/// [`Binding::convert`] of every binding whose text is wanted.
pub const TEXT: Convert = plain::<String>;

/// The texts of a table's bindings, in its order, each of its type and shape; `None` where an optional one is not set.
///
/// # Errors
///
/// Every problem, as a function reports it.
pub async fn texts(table: &'static Table, environment: &Environment) -> Result<Vec<Option<String>>, LoadError> {
    let (mut values, _) = crate::load::values(table, environment).await?;
    Ok((0..table.bindings.len()).map(|at| values.take_optional(at)).collect())
}
