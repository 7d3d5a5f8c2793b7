# SPDX-License-Identifier: BSD-3-Clause
"""Turns the names of the interface, wherever a text mentions them, into links for gi-docgen."""
import re
import xml.etree.ElementTree as ET

CORE = "{http://www.gtk.org/introspection/core/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"
TYPES = {"record": "struct", "enumeration": "enum", "bitfield": "flags", "callback": "callback"}


def add_functions(links, parent, prefix):
    for element in parent:
        kind = element.tag.removeprefix(CORE)
        if kind in ("function", "method") and "moved-to" not in element.attrib:
            fragment = "method" if kind == "method" else "func"
            links[element.get(C + "identifier")] = f"[{fragment}@{prefix}{element.get('name')}]"


def links_of(namespace):
    """What to write for each function and type of the interface, by its name in C."""
    links = {}
    add_functions(links, namespace, "")
    for element in namespace:
        fragment = TYPES.get(element.tag.removeprefix(CORE))
        if fragment is not None:
            links[element.get(C + "type")] = f"[{fragment}@{element.get('name')}]"
            add_functions(links, element, f"{element.get('name')}.")
    return links


def link_comment(text, links):
    """A comment of a header, in which names stand as they are."""
    text = re.sub(r"#?\b(daxwin_\w+)\(\)|#(Daxwin\w+)",
                  lambda found: links.get(found[1] or found[2], found[0]), text)
    return re.sub(r"\b(DAXWIN_[A-Z0-9_]+|NULL)\b", r"`\1`", text)


def link_page(text, links):
    """A page, in which they stand between backticks; blocks of code are left alone."""
    blocks = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(block if block.startswith("```") else
                   re.sub(r"`(\w+)(?:\(\))?`",
                          lambda found: links.get(found[1], found[0]), block)
                   for block in blocks)


def link_gir(path):
    """Links the comments in a GIR file, in place, and returns the links."""
    ET.register_namespace("", CORE.strip("{}"))
    ET.register_namespace("c", C.strip("{}"))
    tree = ET.parse(path)
    namespace = tree.getroot().find(CORE + "namespace")
    for macro in namespace.findall(CORE + "function-macro"):
        if macro.get("name").startswith("DEPRECATED_"):
            namespace.remove(macro)  # for our headers, not for their readers
    links = links_of(namespace)
    for doc in tree.getroot().iter(CORE + "doc"):
        doc.text = link_comment(doc.text, links)
    for element in tree.getroot().iter(CORE + "type"):
        if element.get(C + "type") == "_Bool":
            element.set(C + "type", "bool")  # which is a macro, of which the scanner sees behind
    tree.write(path, encoding="unicode", xml_declaration=True)
    return links
