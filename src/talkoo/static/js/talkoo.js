// Everything here improves pages that already work without it. This file: what the others share, and small comforts.
// window.talkoo: $, $$, words (translated, from elements/script_words.html), toast, post, ready.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = document.getElementById("script-words").dataset;
  const token = $('meta[name="csrf-token"]').content;
  const starts = [];

  // A start runs for the page and again for every part that htmx puts into it.
  const ready = (start) => { starts.push(start); start(document.body); };
  document.body.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) starts.forEach((start) => start(event.detail.elt));
  });

  const toast = (text, { tone = "", stay = false, name = "" } = {}) => {
    const box = document.getElementById("toasts");
    if (name) $(`[data-name="${name}"]`, box)?.remove();
    if (!text) return;
    const shown = document.createElement("p");
    shown.className = "toast";
    if (tone) shown.dataset.tone = tone;
    if (name) shown.dataset.name = name;
    shown.textContent = text;
    box.append(shown);
    if (!stay) setTimeout(() => shown.remove(), 8000);
  };

  const post = (address, body, options = {}) => fetch(address, {
    method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" }, ...options,
  });

  window.talkoo = { $, $$, words, toast, post, ready };
  document.body.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = token; });

  // Phone: filters start folded. Drawers close with Escape and by a click elsewhere.
  ready((root) => {
    if (matchMedia("(max-width: 56rem)").matches) $$("details.fold", root).forEach((fold) => { fold.open = false; });
  });
  document.addEventListener("click", (event) => {
    $$("details[data-drawer][open]").forEach((drawer) => { if (!drawer.contains(event.target)) drawer.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && $("details[data-drawer][open]");
    if (open) { open.open = false; $("summary", open).focus(); }
  });

  // Copy buttons show themselves where copying works.
  ready((root) => $$("[data-copy]", root).forEach((button) => {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      toast(button.dataset.copied);
    });
  }));

  // A colour is written, or picked beside it; the one that was written last counts.
  ready((root) => $$("[data-colour]", root).forEach((line) => {
    const picker = document.createElement("input");
    picker.type = "color";
    picker.className = "colour-picker";
    picker.setAttribute("aria-label", words.pickColour);
    const follow = () => { if (/^#[0-9a-f]{6}$/i.test(line.value)) picker.value = line.value; };
    line.addEventListener("input", follow);
    picker.addEventListener("input", () => { line.value = picker.value; });
    follow();
    line.after(picker);
  }));

  // Larger text, remembered on this device.
  const resize = (larger) => {
    document.documentElement.classList.toggle("larger-text", larger);
    $$("[data-larger-text]").forEach((button) => button.setAttribute("aria-pressed", String(larger)));
  };
  ready(() => resize(localStorage.getItem("larger-text") === "yes"));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-larger-text]")) return;
    const larger = !document.documentElement.classList.contains("larger-text");
    localStorage.setItem("larger-text", larger ? "yes" : "no");
    resize(larger);
  });

  // A dropped file: the zone answers, and a file that is too large is said before it travels.
  ready((root) => $$("[data-drop]", root).forEach((zone) => {
    const input = $("input[type=file]", zone);
    const over = (on) => { if (on) zone.dataset.over = ""; else delete zone.dataset.over; };
    ["dragenter", "dragover"].forEach((kind) => zone.addEventListener(kind, (event) => { event.preventDefault(); over(true); }));
    ["dragleave", "drop"].forEach((kind) => zone.addEventListener(kind, () => over(false)));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    input.addEventListener("change", () => {
      const most = Number(input.dataset.maxMb || 0) * 1_000_000;
      const large = most && input.files[0]?.size > most;
      input.setCustomValidity(large ? input.dataset.tooLarge : "");
      if (large) input.reportValidity();
    });
  }));
})();
