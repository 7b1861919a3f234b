bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/function_binds_an_unknown_name.json", function = "api");

fn main() {
    println!("{}", CONFIG.VERSION);
}
