//! Dial plan, services by DNIS, outbound routes and emergency numbers.
