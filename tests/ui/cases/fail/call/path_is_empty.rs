bind_config::bind_config!("");

fn main() {}
