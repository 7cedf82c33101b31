//! A typed ring of trace records, read by the call ladder and the support dump.
