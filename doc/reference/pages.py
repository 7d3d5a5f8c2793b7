# SPDX-License-Identifier: BSD-3-Clause
"""Turns a page of doc/, which is read as it lies there, into one of the reference."""
import re

from mentions import link_page


def link_elsewhere(found):
    """Files that are not part of the reference are named, since there is nothing to link to."""
    words, target = found[1], found[2].removeprefix("../")
    return f"`{target}`" if words.strip("`") == target else f"{words} (`{target}`)"


def title_of(text):
    return re.search(r"^# (.*)", text, re.M)[1]


def to_reference(text, links, titles):
    """titles are those of all pages, by their file names."""
    def link_page_by_title(found):
        words, name, anchor = found[1], found[2], found[3] or ""
        return f"[{titles[name] if words == name else words}]({name[:-3]}.html{anchor})"

    title = title_of(text)
    text = re.sub(r"^<!-- SPDX.*?-->\n", "", text)
    text = re.sub(r"\]\(pictures/([\w-]+\.svg)\)", r"](\1)", text)
    text = re.sub(r"(?<!!)\[([^]]*)\]\((\.\./[^)#]*)\)", link_elsewhere, text)
    text = re.sub(r"\[([^]]*)\]\(([\w-]+\.md)(#[\w-]+)?\)", link_page_by_title, text)
    return f"Title: {title}\n\n{link_page(text, links)}"
