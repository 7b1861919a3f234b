bind_config::bind_config!(bindings.json);

fn main() {}
