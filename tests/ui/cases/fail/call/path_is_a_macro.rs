bind_config::bind_config!(env!("PATH_TO_MANIFEST"));

fn main() {}
