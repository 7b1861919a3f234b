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
            Some(token) if self.0.contains(&token) => Err(Trouble::Garbled),
            Some(token) => {
                self.0.push(token);
                Ok(true)
            }
        }
    }
}

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
    }
}
