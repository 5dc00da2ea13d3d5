/// A list in whoami. An element that cannot be read is left out, and the list is then not complete: what is missing from it
/// is unknown, not absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// What could be read.
    pub known: Vec<T>,
    /// Whether that is all.
    pub completeness: Completeness,
}

/// Whether a list is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// It is.
    Complete,
    /// Something in it could not be read, or the list itself could not.
    Partial,
}

impl<T> Listing<T> {
    /// A list that holds nothing.
    pub const EMPTY: Self = Self { known: Vec::new(), completeness: Completeness::Complete };
    /// A list of which nothing is known.
    pub const UNKNOWN: Self = Self { known: Vec::new(), completeness: Completeness::Partial };

    /// What could be read.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.known.iter()
    }

    /// True where nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.completeness == Completeness::Complete
    }
}

impl<'a, T> IntoIterator for &'a Listing<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

impl<T> From<Vec<T>> for Listing<T> {
    fn from(known: Vec<T>) -> Self {
        Self { known, completeness: Completeness::Complete }
    }
}

impl<T> FromIterator<Option<T>> for Listing<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(elements: I) -> Self {
        let mut list = Self::EMPTY;
        for element in elements {
            match element {
                Some(element) => list.known.push(element),
                None => list.completeness = Completeness::Partial,
            }
        }
        list
    }
}
