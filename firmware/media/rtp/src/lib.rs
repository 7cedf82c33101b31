//! RTP, RTCP, RFC 4733 and the adaptive jitter buffer.
