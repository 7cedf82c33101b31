//! A primary rate span: LAPD and Q.931 under the leg primitives.
