"""Reading Exchange Online over Microsoft Graph."""
