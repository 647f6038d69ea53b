"""How rightly answers of Exchange are read: beside exchangelib, and where somebody means harm."""
