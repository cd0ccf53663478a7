#!/usr/bin/env python3
"""templates: what must hold of every template, so that no text can become markup.

  templates.py [DIR]             lint DIR (templates/); exit 1 when something is wrong
  templates.py --symbols [DIR]   every template with its symbols, for render_all
  templates.py --tags OUT        the rendered pages in OUT: tags closed, ids unique

A template is joined as src/view/template.c joins it. Rules: braces hold a symbol, {if},
{else} or {end}; comparisons stand alone in parentheses; a symbol never stands in script,
style, on*, style="", a tag or an unquoted attribute; an address begins with a literal
path or with a symbol whose name ends in _url (or is url); both branches of an {if} end where they
began (in the same tag or attribute); forms that post carry the token; pictures have their
size and alt; a page ends with </html>.
"""
import html.parser
import os
import re
import sys

FOLDERS = ("portal", "admin", "mail", "error", "sandbox")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
        "track", "wbr"}
ADDRESSES = {"href", "src", "action", "formaction", "poster", "cite", "data", "srcset"}
SAFE_START = re.compile(r"(/[a-z0-9]|mailto:|#|\?|https?://[^/{]+/)", re.I)
SYMBOL = re.compile(r"[a-z_][a-z0-9_]*")
OPERAND = re.compile(r"\s*([a-z0-9_]+|\"[^\"\\]*\")\s*")
OPERATOR = re.compile(r"==|!=|<=|>=|<|>|&&|\|\|")


class Problem(Exception):
    pass


# --- joining -----------------------------------------------------------------

def join(root, name, body=None, depth=0):
    """[(file, line number, text)] with newlines; what stands alone loses its own."""
    if depth > 7:
        raise Problem(f"{name}: included too deep")
    try:
        with open(os.path.join(root, name), encoding="utf-8") as file:
            lines = file.read().rstrip("\n").split("\n")
    except OSError as error:
        raise Problem(f"{name}: {error.strerror}") from error
    first = lines[0].strip()
    is_body = name == body
    if first.startswith("@layout ") and not is_body:
        return join(root, first[8:].strip(), name, depth + 1)
    out = []
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if number == 1 and bare.startswith("@layout "):
            continue
        if bare.startswith("@include "):
            out += join(root, bare[9:].strip(), None, depth + 1)
        elif bare.startswith("@#"):
            continue
        elif bare == "@body":
            if body is None or is_body:
                raise Problem(f"{name}:{number}: @body stands outside a layout")
            if body:
                out += join(root, body, body, depth + 1)
        elif re.fullmatch(r"\{(if[ (][^}]*|else|end)\}", bare):
            out.append((name, number, bare))
        else:
            out.append((name, number, line + "\n"))
    return out


def templates(root):
    for folder in FOLDERS:
        for where, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                if name.endswith((".html", ".txt")):
                    yield os.path.relpath(os.path.join(where, name), root)


# --- conditions ----------------------------------------------------------------

def read_condition(text, uses):
    """Check CONDITION and note in USES how each symbol is tested."""
    def operand(at):
        if text[at:].lstrip().startswith("("):
            at = text.index("(", at) + 1
            at = expression(at)
            if text[at:at + 1] != ")":
                raise Problem("a parenthesis is not closed")
            return at + 1 + (len(text[at + 1:]) - len(text[at + 1:].lstrip())), None
        match = OPERAND.match(text, at)
        if not match:
            raise Problem('expected a symbol, a number or a "text"')
        return match.end(), match.group(1)

    def note(left, right):
        for name, other in ((left, right), (right, left)):
            if name and SYMBOL.fullmatch(name):
                uses.setdefault(name, set()).add(other if other is not None else "")

    def expression(at):
        at, left = operand(at)
        before = None
        while match := OPERATOR.match(text, at):
            kind = match.group() if match.group() in ("&&", "||") else "compare"
            if before and (kind == "compare" or kind != before):
                raise Problem("put each comparison, and each && beside ||, in parentheses")
            at, right = operand(match.end())
            if kind == "compare":
                if left is None or right is None:
                    raise Problem("compare a symbol with a value")
                note(left, right)
                left = None
            else:
                note(left, None)
                left = right
            before = kind
        note(left, None)
        return at

    if expression(0) != len(text):
        raise Problem("the condition does not end where it should")


# --- where in the markup are we ---------------------------------------------------

class Markup:
    """Follows HTML far enough to know what a symbol at this point would be part of."""

    def __init__(self, mail, sessions):
        self.mail = mail
        self.sessions = sessions    # whether its forms carry a token
        self.state = "text"         # text, tag, name, value, raw
        self.tag = self.attribute = self.value = self.quote = ""
        self.attributes = {}
        self.form = None            # a posting form without its token yet

    def key(self):
        return (self.state, self.quote, self.attribute if self.state == "value" else "")

    def symbol(self, name):
        if self.state == "raw":
            if not (self.mail and self.tag == "style" and name == "accent"):
                raise Problem(f"{{{name}}} stands in <{self.tag}>")
        elif self.state == "value":
            self.in_value(name)
        elif self.state != "text":
            raise Problem(f"{{{name}}} stands in a tag or an unquoted attribute")

    def in_value(self, name):
        if self.attribute in ADDRESSES:
            if self.value == "":
                if name != "url" and not name.endswith("_url"):
                    raise Problem(f"{self.attribute} begins with {{{name}}}: use a symbol "
                                  "that ends in _url, or a literal path before it")
            elif self.value[0] != "\0" and not SAFE_START.match(self.value):
                raise Problem(f"{{{name}}} in {self.attribute} after {self.value!r}")
        self.value += "\0"

    def feed(self, text):
        for char in text:
            getattr(self, "in_" + self.state)(char) if self.state != "value" else \
                self.more_value(char)

    def in_text(self, char):
        if char == "<":
            self.state, self.tag, self.attributes, self.attribute = "tag", "", {}, ""
            self.naming = True

    def in_tag(self, char):
        if self.naming:
            if char in "!/" or char.isalnum() or char == "-":
                self.tag += char.lower()
                if self.tag == "!--":
                    raise Problem("a comment that readers would receive: use @#")
                return
            self.naming = False
        if char == ">":
            self.end_attribute()
            self.end_tag()
        elif char in " \n\t/":
            self.end_attribute()
        elif char == "=":
            self.state = "name"     # a quote must follow
        else:
            self.attribute += char.lower()

    def in_name(self, char):
        if char not in "\"'":
            raise Problem(f"the attribute {self.attribute} is not quoted")
        if self.attribute.startswith("on") or (self.attribute == "style" and not self.mail):
            raise Problem(f"{self.attribute}=\"\" is refused by the content policy")
        self.state, self.quote, self.value = "value", char, ""

    def more_value(self, char):
        if char == self.quote:
            self.attributes[self.attribute] = self.value
            if self.attribute in ADDRESSES and re.match(r"\s*(javascript|data(?!:,$)|vbscript):",
                                                        self.value, re.I):
                raise Problem(f"{self.attribute} with {self.value!r}")
            self.state, self.quote, self.attribute, self.value = "tag", "", "", ""
        else:
            self.value += char

    def end_attribute(self):
        if self.attribute:
            self.attributes.setdefault(self.attribute, "")
        self.attribute = ""

    def end_tag(self):
        given, tag = self.attributes, self.tag
        self.state = "raw" if tag in ("script", "style") else "text"
        self.seen = ""
        if tag == "style" and not self.mail:
            raise Problem("<style> is refused by the content policy")
        if tag == "script" and "src" not in given:
            raise Problem("a script without src is refused by the content policy")
        if tag == "img" and not ("alt" in given and "width" in given and "height" in given):
            raise Problem("<img> needs alt, width and height")
        if tag == "form":
            self.form = given.get("method", "").lower() == "post" and \
                not given.get("action", "").startswith("http")
        elif tag == "input" and given.get("name") == "csrf_token":
            self.form = False
        elif tag == "/form" and self.form and self.sessions:
            raise Problem("a form that posts without csrf_token")

    def in_raw(self, char):
        self.seen = (self.seen + char)[-10:].lower()
        if self.seen.endswith("</" + self.tag + ">"):
            self.state = "text"
        elif self.tag == "script" and not self.seen.endswith(("<", "</", "</s")) and \
                not re.search(r"</s[crip]*t?$", self.seen):
            raise Problem("a script is written out in the page")


# --- one template ---------------------------------------------------------------

def examine(root, name, body=None):
    """(problems, uses, outputs) of NAME: what is wrong, how symbols are tested, which are
    shown."""
    problems, uses, outputs = [], {}, {}
    plain = name.endswith(".txt")
    markup = Markup(name.startswith("mail/") or name == "layout/mail.html",
                    not name.startswith("sandbox/"))
    opened = []
    try:
        pieces = join(root, name, body)
    except Problem as error:
        return [str(error)], {}, {}
    where = (name, 0)

    def tag(text):
        if text.startswith(("if ", "if(")):
            read_condition(text[2:], uses)
            opened.append([where, markup.key(), None])
        elif text == "else":
            if not opened or opened[-1][2]:
                raise Problem("{else} without its {if}")
            opened[-1][2] = markup.key()
            restore(opened[-1][1])
        elif text == "end":
            if not opened:
                raise Problem("{end} without its {if}")
            start = opened.pop()
            other = start[2] if start[2] else start[1]
            if not plain and markup.key() != other:
                raise Problem("the branches of this {if} end in different places of the markup")
        elif SYMBOL.fullmatch(text) and text not in ("for", "if"):
            outputs.setdefault(text, set()).add(
                markup.attribute if markup.state == "value" and markup.value == "" else "")
            if not plain:
                markup.symbol(text)
        else:
            raise Problem(f"{{{text}}} is not a symbol, {{if}}, {{else}} or {{end}}")

    def restore(key):
        if markup.key() != key and not plain:
            raise Problem("the branches of this {if} end in different places of the markup")

    def piece(token):
        if token[0] == "{" and len(token) > 1:
            tag(token[1:-1])
        elif token in "{}":
            raise Problem(f"a brace as text is \\{token}")
        elif not plain:
            markup.feed(token[1:] if token[0] == "\\" else token)

    def finish():
        nonlocal where
        if opened:
            where = opened[-1][0]
            raise Problem("{if} without its {end}")
        if not plain and markup.state != "text":
            raise Problem("the template ends within a tag")
        joined = "".join(text for _, _, text in pieces)
        if "<html" in joined and not joined.rstrip().endswith("</html>"):
            raise Problem("a page ends with </html>")

    def attempt(step, *given):
        """The first problem is told; what follows from it is not, but is still read."""
        try:
            step(*given)
        except Problem as error:
            if not problems:
                problems.append(f"{where[0]}:{where[1]}: {error}")

    for file, number, text in pieces:
        where = (file, number)
        for token in re.findall(r"\\.|\{[^{}\n]*\}|[^\\{}]+|.", text, re.S):
            attempt(piece, token)
    attempt(finish)
    return problems, uses, outputs


def lint(root):
    problems = []
    count = 0
    for name in templates(root):
        problems += examine(root, name)[0]
        count += 1
    for folder in ("layout", "part"):
        where = os.path.join(root, folder)
        for name in sorted(os.listdir(where)) if os.path.isdir(where) else []:
            problems += examine(root, f"{folder}/{name}", "")[0]
            count += 1
    for problem in sorted(set(problems)):
        print(f"{root}/{problem}")
    failed = len(set(problems))
    print(f"templates: {max(count - failed, 0)} passed, {failed} failed")
    return 1 if failed else 0


# --- for render_all ---------------------------------------------------------------

def describe(name, tests, shown):
    """KIND and VALUES of a symbol from how it is used."""
    strings = sorted(t[1:-1] for t in tests if t.startswith('"'))
    numbers = sorted(int(t) for t in tests if t.isdigit())
    if name == "url" or name.endswith("_url") or shown & {"href", "src", "action"}:
        return ["url"] + (["", "x"] if tests else [])
    if strings:
        return ["text"] + sorted({"", *strings, "other"})
    if numbers:
        return ["number"] + sorted({str(v) for n in numbers for v in (0, n, n + 1)}, key=int)
    if name.endswith("_count") or name.endswith("_set"):
        return ["number", "0", "1", "2"] if tests else ["number"]
    if tests:
        return ["text", "", "other"] if shown else ["number", "0", "1"]
    return ["text"]


def print_symbols(root):
    for name in templates(root):
        _, uses, outputs = examine(root, name)
        print(name)
        for symbol in sorted({*uses, *outputs}):
            kind = describe(symbol, uses.get(symbol, set()), outputs.get(symbol, set()))
            print("\t".join([name, symbol, *kind]))
    return 0


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.problems, self.ids = [], [], set()
        self.outer = []             # what a row closes of its page, to open it again

    def handle_starttag(self, tag, attrs):
        for key, value in attrs:
            if key == "id":
                if value in self.ids:
                    self.problems.append(f"the id {value} stands twice")
                self.ids.add(value)
        if tag == "a" and "a" in self.open:
            self.problems.append("a link within a link")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open:
            self.outer.append(tag)
        elif self.open[-1] != tag:
            self.problems.append(f"</{tag}> in line {self.getpos()[0]} closes "
                                 f"<{self.open[-1]}>")
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def check_tags(out):
    failed = passed = 0
    for name in sorted(os.listdir(out)):
        if not name.endswith(".html"):
            continue
        tags = Tags()
        with open(os.path.join(out, name), encoding="utf-8") as file:
            text = file.read()
        tags.feed(text)
        problems = tags.problems
        if "<html" in text or tags.open[::-1] != tags.outer:
            problems += [f"<{tag}> is not closed" for tag in tags.open]
            problems += [f"</{tag}> closes nothing" for tag in tags.outer]
        for problem in problems:
            print(f"{name}: {problem}")
        failed += bool(problems)
        passed += not problems
    print(f"tags: {passed} passed, {failed} failed")
    return 1 if failed else 0


def main(arguments):
    default = os.path.join(os.path.dirname(__file__), "..", "..", "templates")
    if arguments[:1] == ["--tags"] and len(arguments) == 2:
        return check_tags(arguments[1])
    if arguments[:1] == ["--symbols"]:
        return print_symbols(os.path.normpath((arguments[1:] or [default])[0]))
    return lint(os.path.normpath((arguments or [default])[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
