# Alphabets, segments, reassembly, the record that crosses.
