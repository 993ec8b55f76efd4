"""What a process uses: time, memory, energy."""
