"""Networks in files: any network that people have as ONNX, and its session in ONNX Runtime."""
