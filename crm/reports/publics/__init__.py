"""Attendance by type of public: of one event, of a year, against others."""
