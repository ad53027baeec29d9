"""What the pages of the desk show: reads that join people and small work."""
