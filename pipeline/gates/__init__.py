"""What holds a post's text back until a person decides: names, personal matter, tone (rules 12 to 14).

Pure: texts and people in, findings out. Who lacks consent, what was released and what a finding stops is
decided by the rules; nothing here knows of consent, channels or the store.
"""
