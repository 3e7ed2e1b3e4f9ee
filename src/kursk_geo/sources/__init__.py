"""One module a source: its vocabulary, its parser, where it is published."""
