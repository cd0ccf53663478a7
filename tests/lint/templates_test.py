#!/usr/bin/env python3
"""The template linter finds each fault that it is there for, and leaves good ones alone."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import templates  # noqa: E402

BAD = {
    "{if a > 2 || b > 50}x{end}": "parentheses",
    "{if (a == 1) && (b == 2) || c}x{end}": "parentheses",
    "{if a}x": "without its {end}",
    "x{end}": "without its {if}",
    "{else}": "without its {if}",
    "a { b": "brace",
    "a } b": "brace",
    "{a + b}": "not a symbol",
    "{for a in b}x{end}": "not a symbol",
    "<script>x({a})</script>": "script",
    "<script src=\"/a.js\">x()</script>": "written out",
    "<style>a \\{ color: {a} \\}</style>": "<style>",
    "<p style=\"color: red\">x</p>": "content policy",
    "<p onclick=\"x()\">x</p>": "content policy",
    "<p class={a}>x</p>": "unquoted",
    "<p {a}>x</p>": "in a tag",
    "<{a}>x": "in a tag",
    "<a href=\"{place}\">x</a>": "begins with",
    "<a href=\"javascript:{a}\">x</a>": "javascript:",
    "<a href=\"/{a}\">x</a>": "after",
    "<a href=\"{a_url}\" {if b}class=\"x{end}\">x</a>": "different places",
    "<p{if a}>{else} class=\"b\"{end}>": "different places",
    "<form method=\"post\" action=\"/x\"><button>x</button></form>": "csrf_token",
    "<img src=\"/a.png\" alt=\"\">": "width",
    "<!-- note -->": "comment",
    "<html>\n<p>x</p>": "</html>",
    "@include part/none.html": "No such file",
    "@body": "outside a layout",
}
GOOD = [
    "{if (a == 1) && (b == \"x\")}x{else}y{end}",
    "<a href=\"{a_url}\">{a}</a>",
    "<a href=\"/orders/{number}?x={y}\" class=\"b{if c} d{end}\"{if e} hidden{end}>x</a>",
    "<a href=\"{portal_url}/orders/{number}\">x</a>",
    "<a href=\"mailto:{email}\">x</a>",
    "<form method=\"post\" action=\"/x\"><input name=\"csrf_token\" value=\"{csrf}\"></form>",
    "<form method=\"get\" action=\"/x\"></form>",
    "\\{ \\} &lt;",
    "@# a note {not a symbol\n<p>x</p>",
]


def found(text):
    with tempfile.TemporaryDirectory() as root:
        os.mkdir(os.path.join(root, "portal"))
        with open(os.path.join(root, "portal", "a.html"), "w", encoding="utf-8") as file:
            file.write(text + "\n")
        return templates.examine(root, "portal/a.html")[0]


def main():
    failed = 0
    for text, says in BAD.items():
        problems = found(text)
        if not any(says in problem for problem in problems):
            print(f"not found: {text!r} ({problems})")
            failed += 1
    for text in GOOD:
        problems = found(text)
        if problems:
            print(f"refused: {text!r} ({problems})")
            failed += 1
    print(f"templates_test: {len(BAD) + len(GOOD) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
