"""What the province can report: figures that are always ready, and the forms that people receive them in.

Decision 28/2018/QĐ-TTg Điều 11: statistics on sending and receiving are taken automatically; Điều 15(1): they are
reported every quarter.
"""
