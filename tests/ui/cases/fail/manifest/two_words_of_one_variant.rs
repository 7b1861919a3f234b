bind_config::bind_config!(#[allow(dead_code)] "manifests/bad/two_words_of_one_variant.json");

fn main() {
    println!("{}", CONFIG.VERSION);
}
