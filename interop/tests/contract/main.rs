//! What SSM does, as AWS documents it, asked of config-local, moto and MiniStack through the SDK.
//!
//! Each behaviour stands beside the outcome that AWS documents. config-local must have that outcome; what moto and MiniStack
//! do instead is in `contract.md`, which this suite writes and compares.

mod access;
mod delete;
mod describe;
mod get;
mod history;
mod labels;
mod many;
mod observed;
mod page;
mod put;
mod put_rules;
mod tags;

use bind_config_interop::{Store, root};

use crate::observed::{Behaviour, Observed};

/// What `store` does, and `guarded` where it is about who asks: after that nobody else can ask it.
async fn behaviours(store: &Store, guarded: &Store) -> Vec<Behaviour> {
    let client = &store.client();
    let mut observed = Observed::default();
    put::observe(client, &mut observed).await;
    get::observe(store, client, &mut observed).await;
    many::observe(client, &mut observed).await;
    history::observe(client, &mut observed).await;
    page::observe(client, &mut observed).await;
    describe::observe(client, &mut observed).await;
    labels::observe(client, &mut observed).await;
    tags::observe(client, &mut observed).await;
    delete::observe(client, &mut observed).await;
    // Last: where a name is taken that should not be, it may break what lists names.
    put_rules::observe(client, &mut observed).await;
    access::observe(guarded, &mut observed).await;
    observed.behaviours
}

#[tokio::test]
async fn config_local_does_what_aws_documents() {
    let differences: Vec<String> = behaviours(&Store::local(), &Store::local())
        .await
        .into_iter()
        .filter(Behaviour::differs)
        .map(|Behaviour { title, aws, outcome, .. }| {
            format!("{title}\n  AWS:          {aws}\n  config-local: {outcome}")
        })
        .collect();

    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test]
async fn contract_md_lists_every_difference_of_moto_and_ministack() {
    let moto = behaviours(&Store::moto(), &Store::moto()).await;
    let ministack = behaviours(&Store::ministack(), &Store::guarded_ministack()).await;

    let found = observed::listing(&moto, &ministack);

    let listed = std::fs::read_to_string(root().join("contract.md")).unwrap_or_default();
    if found != listed {
        let path = root().join("target/contract.md");
        std::fs::write(&path, &found).unwrap();
        let end = listed.lines().chain(std::iter::repeat(""));
        let (number, (is, was)) =
            (1..).zip(found.lines().zip(end)).find(|(_, (is, was))| is != was).unwrap_or_default();
        panic!(
            "contract.md is not what was found. Review {} and put it there. Line {number}\n  was: {was}\n  is:  {is}",
            path.display()
        );
    }
}
