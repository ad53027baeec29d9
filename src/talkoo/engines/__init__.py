"""Pure engines: arrays and frozen dataclasses in and out; no Django, clock, input or output, no global randomness."""
