"""Earnings: what reports of affiliate programmes say of sales and rewards."""
