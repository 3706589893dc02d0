"""What every entry point that publishes has in common: nothing in it knows who calls."""
