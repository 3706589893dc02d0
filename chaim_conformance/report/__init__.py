"""Words for people: what is printed and what is written, with every secret taken out."""
