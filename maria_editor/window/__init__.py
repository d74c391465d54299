"""The main window: menus, top row, status bar, notices, and the flows that join page and engine."""
