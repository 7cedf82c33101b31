//! SIP sockets: UDP and TCP.
