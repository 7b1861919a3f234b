bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/names_that_fold.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
