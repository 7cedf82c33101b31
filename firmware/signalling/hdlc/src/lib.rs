//! HDLC framing of a D-channel in software: flags, bit stuffing, FCS.
