// Says on a page how many changes have come since it was made. Nothing else on the page moves, and without this script
// nothing is missing. A hidden page does not listen: a browser keeps few connections to one server.
"use strict";
(() => {
  const FIRST = 30, LONGEST = 900;
  let source = null, followed = "", pause = FIRST, timer = 0;
  const notice = () => document.getElementById("news");

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function say(words) {
    const place = notice();
    // The link stays the same one: it may have the focus.
    const link = place.querySelector("a") ?? place.appendChild(document.createElement("a"));
    link.href = place.dataset.show;
    link.textContent = words;
  }

  function open() {
    close();
    const place = notice();
    followed = place?.dataset.news ?? "";
    if (!followed || document.hidden) return;
    source = new EventSource(followed);
    source.addEventListener("open", () => { pause = FIRST; });
    source.addEventListener("changes", (event) => {
      const { count } = JSON.parse(event.data);
      say(count === 1 ? "1 new change: show it" : `${count.toLocaleString("en")} new changes: show them`);
    });
    source.addEventListener("reset", () => {
      close();
      say("Another store is shown now: load the page again");
    });
    source.addEventListener("error", () => {
      // A browser connects again by itself, but not after a refusal.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, pause * 1000);
      pause = Math.min(pause * 2, LONGEST);
    });
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  // A filter that is chosen brings another notice, which follows another question.
  new MutationObserver(() => { if ((notice()?.dataset.news ?? "") !== followed) open(); })
    .observe(document.getElementById("main"), { childList: true, subtree: true });
  open();
})();
