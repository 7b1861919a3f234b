//! The rows are what the npm packages made of the same input; everything else holds for generated files, too.
