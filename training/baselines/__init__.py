"""Other ways to fill masks, as lean as the engine: what MARIA is measured against."""
