//! Real peers: libpri, sipp, baresip, tshark.
