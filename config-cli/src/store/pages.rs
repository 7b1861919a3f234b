//! The way through a listing, of either service.

use super::Trouble;

/// What leads to the next page, of all pages so far.
#[derive(Default)]
pub(crate) struct Pages(Vec<String>);

impl Pages {
    /// Where the page begins that is to be asked for.
    pub(crate) fn at(&self) -> Option<String> {
        self.0.last().cloned()
    }

    /// Whether there is a next page. One that was seen already would be the first of the same ones, for ever.
    pub(crate) fn turn(&mut self, next: Option<String>) -> Result<bool, Trouble> {
        match next.filter(|token| !token.is_empty()) {
            None => Ok(false),
            Some(token) if self.0.contains(&token) || self.0.len() >= MOST => Err(Trouble::Garbled),
            Some(token) => {
                self.0.push(token);
                Ok(true)
            }
        }
    }
}

/// An account has at most 100,000 parameters, ten of them on a page.
const MOST: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_lead_in_a_circle_end() {
        let mut pages = Pages::default();
        let mut turn = |token: &str| pages.turn(Some(token.to_owned()));
        assert_eq!([turn("a"), turn("b"), turn("a"), turn("")], [Ok(true), Ok(true), Err(Trouble::Garbled), Ok(false)]);
        assert_eq!(pages.turn(None), Ok(false));
        assert_eq!(pages.at().as_deref(), Some("b"));
        let mut all = Pages((0..MOST).map(|at| at.to_string()).collect());
        assert_eq!(all.turn(Some("next".to_owned())), Err(Trouble::Garbled), "and so do those that lead ever further");
    }
}
