// The privacy screen: F8 or [data-cover] hides what the page shows, any key or click shows it again. It stays over the
// pages of this tab. Loaded before the page is drawn, so that nothing flashes up.
(() => {
  "use strict";
  const root = document.documentElement;
  const KEY = "covered";
  const on = () => sessionStorage.getItem(KEY) === "yes";
  let title = "";

  const draw = () => {
    const cover = document.getElementById("cover");
    if (!cover) return;
    [...document.body.children].forEach((part) => { if (part !== cover) part.inert = on(); });
    cover.hidden = !on();
    if (on()) { title ||= document.title; document.title = cover.dataset.title; cover.querySelector("button").focus(); } else if (title) { document.title = title; title = ""; }
  };
  const set = (covered) => {
    sessionStorage.setItem(KEY, covered ? "yes" : "no");
    root.classList.toggle("covered", covered);
    draw();
  };
  root.classList.toggle("covered", on());
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-cover]").forEach((button) => { button.hidden = false; });
    draw();
  });
  const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  document.addEventListener("keydown", (event) => {
    if (event.key === "F8" && document.getElementById("cover")) { stop(event); set(!on()); return; }
    if (!on() || ["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) return;
    stop(event);
    set(false);
  }, true);
  document.addEventListener("click", (event) => {
    if (on()) { stop(event); set(false); return; }
    if (event.target.closest?.("[data-cover]")) set(true);
  }, true);
})();
