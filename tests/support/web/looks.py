"""What is looked at on a page: what it complains of, how wide it is, what its keys reach, what it prints."""

from __future__ import annotations

from tests.support.web.browser import Tab

__all__ = ["faults_of", "keyboard_faults", "links", "lost_anchors", "print_faults"]

_MOST_KEYS = 1500
_NAME_STOPS = """() => {
  const stops = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]';
  const seen = [...document.querySelectorAll(stops)].filter(it => !it.disabled && it.checkVisibility());
  seen.forEach((it, place) => it.setAttribute("data-stop", place));
  return seen.map(it => `${it.tagName.toLowerCase()} ${(it.textContent || it.name || "").trim().slice(0, 40)}`.trim());
}"""
_WHERE = """() => {
  const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
  const ring = style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2
    && style.outlineColor !== getComputedStyle(document.body).backgroundColor;
  const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return [it.getAttribute("data-stop"), ring, seen];
}"""
_PRINTED = """() => {
  const dropped = [...document.querySelectorAll(".top, .filters, .chips, .btns, .onpage, .jump, .skip, .pick, .acts")];
  const wrong = dropped.filter(it => it.checkVisibility()).map(it => `printed: ${it.className}`);
  for (const fold of document.querySelectorAll("details:not([open])")) {
    if (!fold.checkVisibility()) continue;
    for (const it of fold.children)
      if (it.tagName !== "SUMMARY" && (!it.checkVisibility() || it.getBoundingClientRect().height === 0))
        wrong.push(`not printed: ${fold.textContent.trim().slice(0, 40)}`);
  }
  const ground = getComputedStyle(document.body).backgroundColor;
  return ground === "rgb(255, 255, 255)" ? wrong : [...wrong, `printed on ${ground}`];
}"""
_LOST = """() => [...document.querySelectorAll('a[href^="#"]')]
  .map(it => it.getAttribute("href").slice(1)).filter(it => !document.getElementById(it))"""
_LINKS = """() => [...document.querySelectorAll("a[href], link[href]")]
  .map(it => it.href).filter(it => it.startsWith(location.origin)).map(it => it.slice(location.origin.length))"""


def faults_of(tab: Tab, path: str) -> list[str]:
    """Open a page, and return what is wrong with it: a failure, a complaint of the browser, a way to the side, a
    link to a place of its own that is not there.
    """
    tab.open(path)
    wrong = [f"answer {tab.status}"] if tab.status >= 500 or not tab.status else []
    wrong += tab.sideways()
    tab.open_all()
    wrong += [f"unfolded: {it}" for it in tab.sideways()]
    wrong += [f"no such place: #{it}" for it in lost_anchors(tab)]
    return [f"{path}: {it}" for it in (*wrong, *tab.complaints)]


def keyboard_faults(tab: Tab) -> list[str]:
    """Press Tab from the top of the open page to its end. Return what is not reached, or out of order, or unseen."""
    stops: list[str] = tab.page.evaluate(_NAME_STOPS)
    wrong: list[str] = []
    for place, name in enumerate(stops[:_MOST_KEYS]):
        tab.page.keyboard.press("Tab")
        reached, has_ring, is_seen = tab.page.evaluate(_WHERE)
        if reached != str(place):
            other = stops[int(reached)] if reached else "something else"
            return [*wrong, f"Tab reaches {other!r} before {name!r}"]
        if not has_ring:
            wrong.append(f"no ring: {name!r}")
        if not is_seen:
            wrong.append(f"out of sight: {name!r}")
    return wrong if stops else ["there is nothing to reach"]


def print_faults(tab: Tab) -> list[str]:
    """Return what is wrong with the open page on paper: folds are open there, and what is for a screen is gone."""
    tab.page.emulate_media(media="print")
    found: list[str] = tab.page.evaluate(_PRINTED)
    tab.page.emulate_media(media="screen")
    return found


def lost_anchors(tab: Tab) -> list[str]:
    """Return the places of the open page that its links name and that are not there."""
    found: list[str] = tab.page.evaluate(_LOST)
    return found


def links(tab: Tab) -> list[str]:
    """Return the addresses on this server that the open page links to."""
    found: list[str] = tab.page.evaluate(_LINKS)
    return found
