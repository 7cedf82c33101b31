//! SIP user agents, registrar and dialogs under the leg primitives, sans-IO.
