//! The operations by name.

/// An operation the server carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Stores a version.
    PutParameter,
    /// Reads one.
    GetParameter,
    /// Reads up to ten.
    GetParameters,
    /// Reads a hierarchy, page by page.
    GetParametersByPath,
    /// Reads the versions of one, page by page.
    GetParameterHistory,
    /// Lists without values, page by page.
    DescribeParameters,
    /// Deletes one.
    DeleteParameter,
    /// Deletes up to ten.
    DeleteParameters,
    /// Attaches or moves labels.
    LabelParameterVersion,
    /// Takes labels off.
    UnlabelParameterVersion,
    /// Tags a parameter.
    AddTagsToResource,
    /// Takes tags off a parameter.
    RemoveTagsFromResource,
    /// Lists the tags of a parameter.
    ListTagsForResource,
}

impl Operation {
    /// `GetParameters`, …
    pub fn as_str(self) -> &'static str {
        ALL.iter().find(|(operation, _)| *operation == self).map_or("", |(_, name)| name)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, own)| *own == name).map(|(operation, _)| *operation)
    }
}

const ALL: [(Operation, &str); 13] = [
    (Operation::PutParameter, "PutParameter"),
    (Operation::GetParameter, "GetParameter"),
    (Operation::GetParameters, "GetParameters"),
    (Operation::GetParametersByPath, "GetParametersByPath"),
    (Operation::GetParameterHistory, "GetParameterHistory"),
    (Operation::DescribeParameters, "DescribeParameters"),
    (Operation::DeleteParameter, "DeleteParameter"),
    (Operation::DeleteParameters, "DeleteParameters"),
    (Operation::LabelParameterVersion, "LabelParameterVersion"),
    (Operation::UnlabelParameterVersion, "UnlabelParameterVersion"),
    (Operation::AddTagsToResource, "AddTagsToResource"),
    (Operation::RemoveTagsFromResource, "RemoveTagsFromResource"),
    (Operation::ListTagsForResource, "ListTagsForResource"),
];
