//! What of a function is published. A version never changes, so that it keeps the value that it started with.

use aws_sdk_lambda::operation::list_aliases::ListAliasesOutput;
use aws_sdk_lambda::operation::list_provisioned_concurrency_configs::ListProvisionedConcurrencyConfigsOutput;
use aws_sdk_lambda::operation::list_versions_by_function::ListVersionsByFunctionOutput;

use super::Functions;
use crate::store::{Pages, Trouble};
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
    let accept = |page: ListVersionsByFunctionOutput| Some((page.versions?, page.next_marker));
    let action = "lambda:ListVersionsByFunction";
    let (versions, next) = functions.ask(action, name, async || request.clone().send().await, accept).await?;
    Ok(next.is_some_and(|marker| !marker.is_empty())
        || versions.iter().any(|version| version.version.as_deref().is_some_and(|version| version != LATEST)))
}

/// Those of published versions: `` `live` (version 3) ``.
async fn aliases(functions: &Functions, name: &str) -> Result<Vec<String>, Trouble> {
    let mut all = Vec::new();
    let mut pages = Pages::default();
    loop {
        let request = functions.client().list_aliases().function_name(name).set_marker(pages.at());
        let accept = |page: ListAliasesOutput| Some((page.aliases?, page.next_marker));
        let (aliases, next) =
            functions.ask("lambda:ListAliases", name, async || request.clone().send().await, accept).await?;
        all.extend(aliases.into_iter().filter_map(|alias| {
            let version = alias.function_version.filter(|version| version != LATEST)?;
            Some(format!("`{}` (version {})", shown(&alias.name?), shown(&version)))
        }));
        if !pages.turn(next)? {
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
            functions.client().list_provisioned_concurrency_configs().function_name(name).set_marker(pages.at());
        let accept = |page: ListProvisionedConcurrencyConfigsOutput| {
            Some((page.provisioned_concurrency_configs?, page.next_marker))
        };
        let (configs, next) = functions.ask(action, name, async || request.clone().send().await, accept).await?;
        all.extend(configs.into_iter().map(|config| {
            let arn = config.function_arn.unwrap_or_default();
            format!("`{}`", shown(arn.rsplit(':').next().unwrap_or_default()))
        }));
        if !pages.turn(next)? {
            return Ok(all);
        }
    }
}

const LATEST: &str = "$LATEST";
