"""
Tables and states onto matplotlib Axes.

Every function takes a finished table or history, draws on `ax` or on a figure of its
own, and returns the Axes. Nothing is shown, saved or closed, and matplotlib's settings
stay as they are.
"""
