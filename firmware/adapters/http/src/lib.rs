//! The versioned HTTP API, event stream and embedded console.
