//! IVR flows as data, and the machine that walks them.
