//! Which store is meant, and a connection to it; and to the functions that read it.

use aws_sdk_lambda::Client as Lambda;

use super::aws::{self, Aws, Place, Service};
use super::{Patience, Store, local};
use crate::context::Context;
use crate::declaration::StoreKind;
use crate::failure::Failure;
use crate::project::Project;

/// What the start-up path of a function needs in its environment in order to ask the same store.
///
/// # Security
///
/// Holds credentials: it has no `Debug`.
pub(crate) struct Access(pub(crate) Vec<(String, String)>);

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A laptop's store that is not there stays so: nothing is set in it.
    Read,
    Write,
}

/// Opens a store of the app.
pub(crate) async fn open(
    context: &Context,
    project: &Project,
    kind: StoreKind,
    purpose: Purpose,
) -> Result<Store, Failure> {
    match kind {
        StoreKind::Ssm => open_ssm(context).await,
        StoreKind::Local => local::open(context, project, purpose).await,
    }
}

async fn open_ssm(context: &Context) -> Result<Store, Failure> {
    let aws = Aws::find(context).await?;
    let Place { address, remedy } = aws.place(Service::Ssm);
    Ok(Store {
        client: aws.ssm(),
        place: address,
        access: access(context, &aws),
        patience: aws.patience,
        remedy,
        aws: Some(aws),
        local: None,
        served: None,
    })
}

fn access(context: &Context, aws: &Aws) -> Access {
    let mut all = vec![
        ("AWS_REGION".to_owned(), aws.region.clone()),
        ("AWS_ACCESS_KEY_ID".to_owned(), aws.credentials.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), aws.credentials.secret_access_key().to_owned()),
    ];
    all.extend(aws.credentials.session_token().map(|token| ("AWS_SESSION_TOKEN".to_owned(), token.to_owned())));
    all.extend(aws.variables().map(|(name, value)| (name.to_owned(), value)));
    all.extend(aws::network(context).map(|(name, value)| (name.to_owned(), value.to_owned())));
    Access(all)
}

/// Lambda, with the region and the credentials of a store.
pub(crate) struct FunctionsOf {
    pub(crate) client: Lambda,
    pub(crate) place: String,
    /// What to look at where it does not answer.
    pub(crate) remedy: String,
    pub(crate) patience: Patience,
}

/// Who reads a store.
pub(crate) enum Readers {
    Functions(FunctionsOf),
    /// Nobody, as it is a laptop's.
    Nobody,
    /// It stands in for AWS's, and nobody says where what stands in for Lambda is.
    Nowhere,
}

/// The functions that read a store.
pub(crate) fn readers(store: &Store, context: &Context) -> Result<Readers, Failure> {
    let Some(aws) = &store.aws else { return Ok(Readers::Nobody) };
    if aws.is_without_lambda() {
        return Ok(Readers::Nowhere);
    }
    let Place { address, remedy } = aws.place(Service::Lambda);
    Ok(Readers::Functions(FunctionsOf {
        client: aws.lambda(context)?,
        place: address.to_string(),
        remedy,
        patience: aws.patience,
    }))
}
