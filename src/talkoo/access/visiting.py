"""What is agreed about guests: their mark in a session, how long they may stay, and which words they accept."""

VISIT = "visit"  # its name in the session: the code of the invitation that a guest came by
TERMS = 1  # the version of the words that guests accept; another number, and every guest is asked again
LONGEST = 90  # days
