"""A page to try inkread on, with Gradio: drop a picture, see its digits.

pip install gradio inkread; python examples/gradio_demo.py
"""

from typing import Any

import gradio as gr
from PIL import Image

import inkread

reader = inkread.Reader()


def read(picture: Image.Image | None) -> tuple[Image.Image | None, str, dict[str, Any]]:
    """The annotated picture, the text, and the reading as JSON."""
    if picture is None:
        return None, "", {}
    reading = reader.read(picture)
    return reading.annotated(), reading.text, reading.to_dict()


demo = gr.Interface(
    fn=read,
    inputs=gr.Image(type="pil", label="Picture"),
    outputs=[gr.Image(label="Digits"), gr.Textbox(label="Text"), gr.JSON(label="Reading")],
    title="inkread",
)

if __name__ == "__main__":
    demo.launch()
