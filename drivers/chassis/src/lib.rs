//! Simulated E1 and analog cards with the surface of the kernel driver.
