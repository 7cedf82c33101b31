//! Call progress tones of China and DTMF generation.
