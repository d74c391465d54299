"""A document as files and positions: storage, recovery, and Qt's offsets against Python's."""
