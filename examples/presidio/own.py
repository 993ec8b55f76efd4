"""A recognizer of your own: shelf marks of a library, with a check letter."""

from presidio_analyzer import Pattern, PatternRecognizer

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


class ShelfMarks(PatternRecognizer):
    """Finds marks such as ``QA-1043-J``; the letter is the number's remainder."""

    def __init__(self) -> None:
        pattern = Pattern("shelf mark", r"\b[A-Z]{2}-[0-9]{4}-[A-Z]\b", 0.6)
        super().__init__("SHELF_MARK", patterns=[pattern])

    def validate_result(self, pattern_text: str) -> bool:
        """Tells whether the letter is the right one."""
        return LETTERS[int(pattern_text[3:7]) % len(LETTERS)] == pattern_text[-1]
