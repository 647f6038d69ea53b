"""A walk over all pages of a board: by its links, one page of each kind; and what stands on a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from tests.browser.town import PEOPLE, TENANTS

if TYPE_CHECKING:
    from playwright.sync_api import Page

_LINKS = "links => links.map(link => link.getAttribute('href'))"

_TEXTS = """
() => {
  const own = document.documentElement.lang;
  const ours = element => element.closest("[lang]").lang === own;
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (ours(parent) && !parent.closest("script, style, code, kbd")) texts.push(walker.currentNode.data);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (ours(element)) texts.push(element.getAttribute(name));
  return texts;
}
"""

_DATA = re.compile(
    "|".join(
        re.escape(word)
        for word in sorted(
            {*TENANTS, *(part for person in PEOPLE for part in (person.name, person.department) if part)},
            key=len,
            reverse=True,
        )
    ),
    re.IGNORECASE,
)


_TENANT = re.compile(f"/(?:{'|'.join(TENANTS)})(?=/|$)")


def all_pages(page: Page, address: str, start: str = "/") -> list[str]:
    """Where the board's links lead to, the first of each kind: a kind is the path without numbers and what is asked."""
    found: dict[str, str] = {_kind(start): start}
    to_do = [start]
    while to_do:
        page.goto(address + to_do.pop())
        for link in page.eval_on_selector_all("a[href^='/']", _LINKS):
            if "lang=" not in link and _kind(link) not in found:
                found[_kind(link)] = link
                to_do.append(link)
    return list(found.values())


def _kind(link: str) -> str:
    parts = urlsplit(link)
    path = re.sub(r"\d+", "0", _TENANT.sub("/tenant", parts.path))
    return path + "?" + "&".join(sorted(name for name, _ in parse_qsl(parts.query)))


def words_on(page: Page) -> list[str]:
    """Every text that the page has for its reader, heard or seen, without what a person or a directory has written."""
    texts: list[str] = page.evaluate(_TEXTS)
    return [_DATA.sub(" ", text) for text in texts if text.strip()]
