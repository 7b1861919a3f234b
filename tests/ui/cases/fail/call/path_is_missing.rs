bind_config::bind_config!(pub(crate) struct Config);

fn main() {}
