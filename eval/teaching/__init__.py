"""Teaching a model to read questions beside facets: lessons, the encoder's graph, the training."""
