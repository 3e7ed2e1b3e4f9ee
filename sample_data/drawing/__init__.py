"""What the sample maps are drawn with."""
