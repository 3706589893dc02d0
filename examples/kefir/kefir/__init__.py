"""The Kefir app's infrastructure, as functions that declare it in the stack whose program runs."""
