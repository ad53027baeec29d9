"""What the API is made of, whatever it speaks of: pages, problems, texts that a database can keep."""
