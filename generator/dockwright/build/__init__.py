"""The only room that starts processes: engines, builds, proofs."""
