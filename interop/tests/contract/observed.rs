//! Outcomes as text, and the table of those that differ.

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
pub(crate) fn table(moto: &[Behaviour], ministack: &[Behaviour]) -> String {
    let differ = |behaviours: &[Behaviour]| behaviours.iter().filter(|of| of.outcome != of.aws).count();
    let mut text = format!(
        "# What SSM does, and what does it otherwise\n\n\
         `cargo test --test contract` asks {} things of config-local, moto and MiniStack through the AWS SDK. Beside each\n\
         stands what AWS documents, and where that is from. config-local does all of it; moto does otherwise in {} places,\n\
         MiniStack in {}. The test fails when this file is not what it finds, and writes it anew to `target/contract.md`.\n\n\
         | behaviour | moto | MiniStack |\n| --- | --- | --- |\n",
        moto.len(),
        differ(moto),
        differ(ministack)
    );
    let mark = |of: &Behaviour| if of.outcome == of.aws { "as AWS" } else { "**otherwise**" };
    for (number, (moto, ministack)) in (1..).zip(moto.iter().zip(ministack)) {
        writeln!(text, "| {number}. {} | {} | {} |", moto.title, mark(moto), mark(ministack)).unwrap();
    }
    for (number, (moto, ministack)) in (1..).zip(moto.iter().zip(ministack)) {
        let Behaviour { title, aws, source, .. } = moto;
        write!(text, "\n## {number}. {title}\n\n- AWS ({}): {}\n", source.as_str(), code(aws)).unwrap();
        for (name, of) in [("moto", moto), ("MiniStack", ministack)] {
            if of.outcome != of.aws {
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
