# Framing, PDUs, sessions, receipts, addresses.
