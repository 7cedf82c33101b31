//! Peers that we did not write, on the far end of our lines.
//!
//! Our encoder against our own decoder proves little. Here are libpri (ISDN), libopenr2 (R2), sipp and baresip (SIP) and tshark (reading what we
//! send). The peers are programs of their own; none of their code becomes part of the product.

pub mod baresip;
pub mod capture;
pub mod curl;
pub mod libpri;
pub mod openr2;
pub mod our_side;
pub mod said;
pub mod sip_exchange;
pub mod sipp;
pub mod speech;
pub mod tap;
pub mod tone;
