"""What clerks leave and find at their desk: feedback, acknowledgements, look-ups, favourites, shifts."""
