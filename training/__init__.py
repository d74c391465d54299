"""Headless scripts that make and measure models. Run from the checkout, never installed."""

import os

# Even where it reads this computer alone, the hub's library would ask the hub which programs may
# have started this one, and tell it with every request. It looks here when it is imported.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
