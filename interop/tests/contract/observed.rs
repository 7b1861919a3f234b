//! Outcomes as text, and the list of those that differ.

use std::fmt::{Debug, Write};

use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::types::Parameter;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// Something that can be asked of a store, and what came of it.
pub(crate) struct Behaviour {
    pub(crate) title: &'static str,
    pub(crate) source: Source,
    pub(crate) aws: String,
    pub(crate) outcome: String,
}

impl Behaviour {
    pub(crate) fn differs(&self) -> bool {
        self.outcome != self.aws
    }
}

/// Where an outcome of AWS is from.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// The service model of the SDKs, its documentation included.
    Model,
    /// The Systems Manager User Guide.
    Guide,
    /// An error text of the service as users quote it in issues and questions.
    Quoted,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Source::Model => "the service model",
            Source::Guide => "the User Guide",
            Source::Quoted => "the service, as quoted in issues",
        }
    }
}

#[derive(Default)]
pub(crate) struct Observed {
    pub(crate) behaviours: Vec<Behaviour>,
}

impl Observed {
    pub(crate) fn add(&mut self, title: &'static str, source: Source, aws: impl Into<String>, outcome: String) {
        self.behaviours.push(Behaviour { title, source, aws: aws.into(), outcome });
    }
}

/// What a call came to: `show` of its answer, or `Code: message`.
pub(crate) fn outcome<T, E>(result: Result<T, SdkError<E, HttpResponse>>, show: impl FnOnce(T) -> String) -> String
where
    E: ProvideErrorMetadata + Debug,
{
    match result {
        Ok(answer) => show(answer),
        Err(SdkError::ServiceError(context)) => {
            let status = context.raw().status();
            let status = if status.as_u16() == 400 { String::new() } else { format!("HTTP {status}, ") };
            let (code, message) = (context.err().code(), context.err().message().unwrap_or_default());
            // moto's answer to an exception of its own is a page with its traceback.
            match code {
                Some(code) => format!("{status}{code}: {message}"),
                None => format!("{status}no error of SSM"),
            }
        }
        Err(SdkError::ResponseError(context)) => format!("HTTP {}, no answer of SSM", context.raw().status()),
        Err(err) => format!("no answer: {err:?}"),
    }
}

/// For calls of which only the refusal matters.
pub(crate) fn refusal<T, E>(result: Result<T, SdkError<E, HttpResponse>>) -> String
where
    E: ProvideErrorMetadata + Debug,
{
    outcome(result, |_| "done".to_owned())
}

/// `/app/KEY:1 = one`
pub(crate) fn values(parameters: &[Parameter]) -> String {
    let mut shown: Vec<String> = parameters
        .iter()
        .map(|parameter| {
            let (name, value) = (parameter.name().unwrap_or_default(), parameter.value().unwrap_or_default());
            format!("{name}{} = {value}", parameter.selector().unwrap_or_default())
        })
        .collect();
    // AWS promises no order.
    shown.sort();
    list(&shown)
}

pub(crate) fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    if items.is_empty() { "nothing".to_owned() } else { items.join(", ") }
}

/// `contract.md`
pub(crate) fn listing(moto: &[Behaviour], ministack: &[Behaviour]) -> String {
    let differ = |behaviours: &[Behaviour]| behaviours.iter().filter(|of| of.differs()).count();
    let (differing, same): (Vec<_>, Vec<_>) =
        moto.iter().zip(ministack).partition(|(moto, ministack)| moto.differs() || ministack.differs());
    let mut text = format!(
        "# What SSM does, and who does otherwise\n\n\
         `cargo test --test contract` asks {} things of config-local, moto and MiniStack through the AWS SDK. config-local\n\
         does all of them as AWS documents, moto does {} otherwise, MiniStack {}. The test fails when this file is not what it\n\
         finds, and writes it anew to `target/contract.md`.\n\n\
         ## As AWS, everywhere\n\n",
        moto.len(),
        differ(moto),
        differ(ministack)
    );
    for (of, _) in same {
        writeln!(text, "- {}", of.title).unwrap();
    }
    text.push_str("\n## Otherwise\n");
    for (moto, ministack) in differing {
        let Behaviour { title, aws, source, .. } = moto;
        write!(text, "\n### {title}\n\n- AWS ({}): {}\n", source.as_str(), code(aws)).unwrap();
        for (name, of) in [("moto", moto), ("MiniStack", ministack)] {
            if of.differs() {
                writeln!(text, "- {name}: {}", code(&of.outcome)).unwrap();
            }
        }
    }
    text
}

fn code(text: &str) -> String {
    let text = text.replace('\n', "\\n");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}
