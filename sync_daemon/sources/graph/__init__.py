"""Exchange Online, read over Microsoft Graph by an application that Entra knows (app-only).

https://learn.microsoft.com/en-us/graph/api/calendar-list-calendarview
"""
