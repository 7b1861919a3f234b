//! The operations by name.

/// One row per operation: what it does, and its name.
macro_rules! operations {
    ($($(#[$docs:meta])* $name:ident)*) => {
        /// An operation the server carries out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $($(#[$docs])* $name,)*
        }

        impl Operation {
            /// `GetParameters`, …
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Operation::$name => stringify!($name),)*
                }
            }

            pub(crate) fn parse(name: &str) -> Option<Self> {
                [$(Operation::$name),*].into_iter().find(|operation| operation.as_str() == name)
            }
        }
    };
}

operations! {
    /// Stores a version.
    PutParameter
    /// Reads one.
    GetParameter
    /// Reads up to ten.
    GetParameters
    /// Reads a hierarchy, page by page.
    GetParametersByPath
    /// Reads the versions of one, page by page.
    GetParameterHistory
    /// Lists without values, page by page.
    DescribeParameters
    /// Deletes one.
    DeleteParameter
    /// Deletes up to ten.
    DeleteParameters
    /// Attaches or moves labels.
    LabelParameterVersion
    /// Takes labels off.
    UnlabelParameterVersion
    /// Tags a parameter.
    AddTagsToResource
    /// Takes tags off a parameter.
    RemoveTagsFromResource
    /// Lists the tags of a parameter.
    ListTagsForResource
    /// Lambda: lists functions, page by page.
    ListFunctions
    /// Lambda: reads the configuration of one function.
    GetFunctionConfiguration
    /// Lambda: changes the configuration of one function.
    UpdateFunctionConfiguration
    /// Lambda: lists the aliases of a function, page by page.
    ListAliases
    /// Lambda: lists the versions of a function, page by page.
    ListVersionsByFunction
    /// Lambda: lists what of a function is kept warm, page by page.
    ListProvisionedConcurrencyConfigs
    /// Lambda: lists the tags of a function.
    ListTags
}
