"""What is agreed about guests and about looking through somebody's eyes: marks in a session, and how long it may last."""

VISIT = "visit"  # its name in the session: the code of the invitation that a guest came by
TERMS = 1  # the version of the words that guests accept; another number, and every guest is asked again
LONGEST = 90  # days
LOOK = "look"  # its name in the session of a helper: which consent they look through somebody's eyes by
