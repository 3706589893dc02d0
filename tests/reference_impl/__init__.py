"""Tests of the reference provider as Python code; the suite judges it as a provider."""
