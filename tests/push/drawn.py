"""Real pictures of any kind and size, the same from the same seed."""

from __future__ import annotations

import io
import random

import numpy as np
from PIL import Image

FORMATS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF"}


def photo(suffix: str, width: int, height: int, seed: int = 0) -> bytes:
    """Noise over a gradient: compresses as badly as the worst photograph."""
    draw = np.random.default_rng(seed)
    slope = np.linspace(0, 160, width, dtype=np.float64)[None, :, None]
    pixels = (draw.random((height, width, 3)) * 95 + slope).astype(np.uint8)
    return written(Image.fromarray(pixels), suffix)


def drawing(suffix: str, width: int, height: int, seed: int = 0) -> bytes:
    """Some rectangles: compresses to almost nothing."""
    draw = random.Random(seed)
    image = Image.new("RGBA", (width, height), "#ffffff00")
    for _ in range(5):
        x, y = draw.randrange(width), draw.randrange(height)
        image.paste((draw.randrange(256), 90, 140, 255), (x, y, x + width // 4 + 1, y + 9))
    return written(image if suffix == "png" else image.convert("RGB"), suffix)


def written(image: Image.Image, suffix: str) -> bytes:
    out = io.BytesIO()
    image.save(out, FORMATS[suffix])
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
