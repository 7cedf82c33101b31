//! Prompt files in, recording files out.
