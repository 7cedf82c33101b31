use super::fault::IeErrorKind;

/// Reads the content of one information element from front to back.
pub(super) struct Octets<'a> {
    rest: &'a [u8],
}

/// The extension bit (bit 8): 1 ends a group of octets, 0 continues it (4.5.1).
pub(super) const LAST: u8 = 0x80;

impl<'a> Octets<'a> {
    pub(super) fn new(content: &'a [u8]) -> Octets<'a> {
        Octets { rest: content }
    }

    pub(super) fn next(&mut self) -> Result<u8, IeErrorKind> {
        let (first, rest) = self.rest.split_first().ok_or(IeErrorKind::Short)?;
        self.rest = rest;
        Ok(*first)
    }

    /// Passes over the octets that extend one whose extension bit was 0.
    pub(super) fn skip_group(&mut self, mut octet: u8) -> Result<(), IeErrorKind> {
        while octet & LAST == 0 {
            octet = self.next()?;
        }
        Ok(())
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}
