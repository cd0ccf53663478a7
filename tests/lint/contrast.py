#!/usr/bin/env python3
"""contrast: the colours of latchkey.css, in light and dark, against WCAG 2.2 AA."""
import os
import re
import sys

CSS = os.path.join(os.path.dirname(__file__), "..", "..", "static", "css", "latchkey.css")
TEXT = 4.5
SHAPE = 3.0
GROUNDS = ("paper", "surface", "sunk")
PAIRS = (
    [(ink, ground, TEXT) for ink in ("ink", "soft", "link") for ground in GROUNDS]
    + [("on-solid", "solid", TEXT), ("ink", "tint", TEXT), ("link", "tint", TEXT)]
    + [(kind, kind + "-tint", TEXT) for kind in ("ok", "wait", "warn", "bad", "off")]
    + [("ink", kind + "-tint", TEXT) for kind in ("ok", "wait", "warn", "bad", "off")]
    + [("bad", ground, TEXT) for ground in GROUNDS]
    + [("edge", ground, SHAPE) for ground in ("paper", "surface")]
)


def luminance(colour):
    colour = colour.lstrip("#")
    if len(colour) == 3:
        colour = "".join(c * 2 for c in colour)
    parts = [int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def main():
    with open(CSS, encoding="utf-8") as file:
        blocks = re.findall(r":root\s*\{(.*?)\}", file.read(), re.S)
    light = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]+|var\(--[a-z-]+\))", blocks[0]))
    dark_block = next(b for b in blocks if "--ink: #e" in b)
    dark = {**light, **dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]+)", dark_block))}
    passed = failed = 0
    for name, colours in (("light", light), ("dark", dark)):
        for front, back, least in PAIRS:
            values = []
            for part in (front, back):
                value = colours[part]
                while value.startswith("var("):
                    value = colours[value[6:-1]]
                values.append(value)
            found = contrast(*values)
            if found < least:
                print(f"{name}: --{front} on --{back} is {found:.2f}, wanted {least}")
                failed += 1
            else:
                passed += 1
    print(f"contrast: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
