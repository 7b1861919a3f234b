//! What changed, field by field, for who follows it. Holds no value but the newest configuration.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{Stream, StreamExt as _, unfold};
use tokio::sync::watch;

use super::edition::{self, Edition};
use crate::bound::Loaded;
use crate::sources::{Field, Origin};

/// The changes of a [`Watched`](super::Watched) configuration, from [`Watched::changes`](super::Watched::changes): a [`Stream`],
/// which [`next`](Changes::next) reads without any trait.
///
/// A slow reader misses no field: each change is the difference to what this reader saw last, however many refreshes lie between.
/// It ends with the last [`Watched`](super::Watched) of the configuration, or with the runtime that loaded it.
///
/// # Security
///
/// What was seen last is kept without values.
#[must_use = "nobody is told of what is not awaited"]
pub struct Changes<T>(Pin<Box<dyn Stream<Item = Change<T>> + Send + Sync>>);

impl<T: Send + Sync + 'static> Changes<T> {
    /// Of all fields, or of those `wanted`.
    pub(super) fn new(mut editions: watch::Receiver<Edition<T>>, wanted: Option<Vec<&'static str>>) -> Self {
        let seen = Arc::clone(&editions.borrow_and_update().fields);
        let next = |mut reader: Reader<T>| async move {
            loop {
                reader.editions.changed().await.ok()?;
                if let Some(change) = reader.change() {
                    return Some((change, reader));
                }
            }
        };
        // Whoever asks after the end is told of the end.
        Changes(Box::pin(unfold(Reader { editions, wanted, seen }, next).fuse()))
    }

    /// Waits for the next change. Nothing is lost where this is dropped before it came.
    pub async fn next(&mut self) -> Option<Change<T>> {
        self.0.next().await
    }
}

impl<T> Stream for Changes<T> {
    type Item = Change<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change<T>>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}

/// What differs from the configuration of before.
///
/// # Security
///
/// Holds the values of the new configuration. `Debug` shows the fields' names and where they came from.
#[non_exhaustive]
pub struct Change<T> {
    /// The fields that changed, in the order of the bindings' names; at least one.
    pub fields: Vec<FieldChange>,
    /// The configuration that they are in.
    pub config: Arc<Loaded<T>>,
}

impl<T> Change<T> {
    /// What changed of this field, if it did.
    pub fn field(&self, field: Field<T>) -> Option<&FieldChange> {
        self.fields.iter().find(|changed| changed.name == field.name())
    }
}

impl<T> Clone for Change<T> {
    fn clone(&self) -> Self {
        Change { fields: self.fields.clone(), config: Arc::clone(&self.config) }
    }
}

impl<T> fmt::Debug for Change<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("fields", &self.fields).finish_non_exhaustive()
    }
}

/// A field that was set anew in the store, came, went, or is taken from another place. Where it was set anew to the text that it
/// had, or another `#key` of the same JSON was, it counts as changed all the same: values are not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldChange {
    /// The field.
    pub name: &'static str,
    /// Where its value came from.
    pub before: Origin,
    /// Where it comes from now. The same where it was deleted and set anew, or is in Secrets Manager.
    pub after: Origin,
}

/// Who follows the changes.
struct Reader<T> {
    editions: watch::Receiver<Edition<T>>,
    /// `None` for all.
    wanted: Option<Vec<&'static str>>,
    seen: Arc<[edition::Field]>,
}

impl<T> Reader<T> {
    /// The difference between what was seen last and the newest, if there is one that is wanted.
    fn change(&mut self) -> Option<Change<T>> {
        let (config, after) = {
            let newest = self.editions.borrow_and_update();
            (Arc::clone(&newest.loaded), Arc::clone(&newest.fields))
        };
        let before = std::mem::replace(&mut self.seen, Arc::clone(&after));
        let is_wanted = |name| self.wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
        // Both are of one table, in its order.
        let changed = before.iter().zip(&*after).filter(|(before, after)| before != after && is_wanted(&after.name));
        let told = |(before, after): (&edition::Field, &edition::Field)| FieldChange {
            name: after.name,
            before: before.origin.clone(),
            after: after.origin.clone(),
        };
        let fields: Vec<FieldChange> = changed.map(told).collect();
        (!fields.is_empty()).then_some(Change { fields, config })
    }
}
