"""The page: the text widget, its headings and emphasis, and the chips that stand for blanks."""
