"""Headless scripts that make and measure models. Run from the checkout, never installed."""
