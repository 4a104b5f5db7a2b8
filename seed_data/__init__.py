"""The demo world: texts and their loader. Imports models and matching; only ``app`` imports it."""
