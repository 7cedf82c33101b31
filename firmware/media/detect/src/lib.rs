//! DTMF detection to Q.24.
