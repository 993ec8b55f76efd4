"""Models behind one protocol: transformers, ONNX Runtime GenAI, endpoints, recorded runs."""
