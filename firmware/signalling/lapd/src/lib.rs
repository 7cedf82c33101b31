//! Q.921 data link of an ISDN D-channel, sans-IO.
