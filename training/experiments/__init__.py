"""Experiments: what is measured on a finished model, and constants fitted to it."""
