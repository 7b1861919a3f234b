//! What of a function is published. A version never changes, so that it keeps the value that it started with.

use super::Functions;
use crate::store::Trouble;
use crate::terminal::shown;

/// What still has the old value, and what to do about it: a sentence each.
pub(super) async fn remarks(functions: &Functions, name: &str, is_snap_start: bool) -> Vec<String> {
    match found(functions, name, is_snap_start).await {
        Ok(remarks) => remarks,
        // Who deletes a function takes its versions away.
        Err(Trouble::NotFound) => Vec::new(),
        Err(trouble) => vec![format!("whether published versions keep the old value is not known: {trouble}")],
    }
}

async fn found(functions: &Functions, name: &str, is_snap_start: bool) -> Result<Vec<String>, Trouble> {
    let mut remarks = Vec::new();
    // Of most functions nothing is, and then there are neither aliases of it nor instances that are kept.
    if !has_versions(functions, name).await? {
        return Ok(remarks);
    }
    let aliases = aliases(functions, name).await?;
    if !aliases.is_empty() {
        remarks.push(format!(
            "its published versions keep the old value: publish a new one and move {} to it",
            aliases.join(", ")
        ));
    }
    let provisioned = provisioned(functions, name).await?;
    if !provisioned.is_empty() {
        remarks.push(format!(
            "the instances that provisioned concurrency keeps for {} have the old value until a new version is published",
            provisioned.join(", ")
        ));
    }
    if is_snap_start {
        remarks.push("it uses SnapStart, which starts from a snapshot of a version: publish a new one".to_owned());
    }
    Ok(remarks)
}

/// The first of a listing is `$LATEST`, the next one is published.
async fn has_versions(functions: &Functions, name: &str) -> Result<bool, Trouble> {
    let request = functions.client().list_versions_by_function().function_name(name).max_items(2);
    let page = functions.ask("lambda:ListVersionsByFunction", name, async || request.clone().send().await).await?;
    let versions = page.versions.unwrap_or_default();
    Ok(page.next_marker.is_some_and(|marker| !marker.is_empty())
        || versions.iter().any(|version| version.version.as_deref().is_some_and(|version| version != LATEST)))
}

/// Those of published versions: `` `live` (version 3) ``.
async fn aliases(functions: &Functions, name: &str) -> Result<Vec<String>, Trouble> {
    let mut all = Vec::new();
    let mut pages = Pages::default();
    loop {
        let request = functions.client().list_aliases().function_name(name).set_marker(pages.marker());
        let page = functions.ask("lambda:ListAliases", name, async || request.clone().send().await).await?;
        all.extend(page.aliases.unwrap_or_default().into_iter().filter_map(|alias| {
            let version = alias.function_version.filter(|version| version != LATEST)?;
            Some(format!("`{}` (version {})", shown(&alias.name?), shown(&version)))
        }));
        if !pages.turn(page.next_marker)? {
            return Ok(all);
        }
    }
}

/// The aliases and versions that have instances.
async fn provisioned(functions: &Functions, name: &str) -> Result<Vec<String>, Trouble> {
    let action = "lambda:ListProvisionedConcurrencyConfigs";
    let mut all = Vec::new();
    let mut pages = Pages::default();
    loop {
        let request =
            functions.client().list_provisioned_concurrency_configs().function_name(name).set_marker(pages.marker());
        let page = functions.ask(action, name, async || request.clone().send().await).await?;
        all.extend(page.provisioned_concurrency_configs.unwrap_or_default().into_iter().map(|config| {
            let arn = config.function_arn.unwrap_or_default();
            format!("`{}`", shown(arn.rsplit(':').next().unwrap_or_default()))
        }));
        if !pages.turn(page.next_marker)? {
            return Ok(all);
        }
    }
}

/// The way through a listing.
#[derive(Default)]
pub(super) struct Pages(Vec<String>);

impl Pages {
    /// Where the next page begins.
    pub(super) fn marker(&self) -> Option<String> {
        self.0.last().cloned()
    }

    /// Whether there is a next page. One that was seen already would be the first of the same ones, for ever.
    pub(super) fn turn(&mut self, next: Option<String>) -> Result<bool, Trouble> {
        match next.filter(|marker| !marker.is_empty()) {
            None => Ok(false),
            Some(marker) if self.0.contains(&marker) => Err(Trouble::Garbled),
            Some(marker) => {
                self.0.push(marker);
                Ok(true)
            }
        }
    }
}

const LATEST: &str = "$LATEST";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_lead_in_a_circle_end() {
        let mut pages = Pages::default();
        let mut turn = |marker: &str| pages.turn(Some(marker.to_owned()));
        assert_eq!([turn("a"), turn("b"), turn("a"), turn("")], [Ok(true), Ok(true), Err(Trouble::Garbled), Ok(false)]);
        assert_eq!(pages.turn(None), Ok(false));
        assert_eq!(pages.marker().as_deref(), Some("b"));
    }
}
