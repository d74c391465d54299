"""Speed, side by side, in one run. Run from the checkout, never installed."""
