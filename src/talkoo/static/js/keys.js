// Keys for form[data-keys]: 1–9 choose, with shift how sure, Ctrl+Enter sends, S skips, ? shows the help.
// WCAG 2.1.4: they can be turned off (remembered on this device) and are ignored while typing.
(() => {
  "use strict";
  const { $, $$, ready } = window.talkoo;
  let on = localStorage.getItem("keys") !== "off" && !document.body.hasAttribute("data-keys-off");   // this device, or the person

  const show = () => $$("[data-toggle-keys]").forEach((button) => {
    button.textContent = on ? button.dataset.off : button.dataset.on;
    button.setAttribute("aria-pressed", String(!on));
  });
  ready(() => {
    $$("[data-keys-help]").forEach((help) => { help.hidden = false; });
    document.documentElement.classList.toggle("keys-off", !on);
    show();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-toggle-keys]")) return;
    on = !on;
    localStorage.setItem("keys", on ? "on" : "off");
    document.documentElement.classList.toggle("keys-off", !on);
    show();
  });

  const typing = (target) => target.closest?.("textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])");
  const actions = {
    "?": () => $("[data-toggle-keys]")?.focus(),
    s: (form) => $("[name=skip], [data-skip]", form)?.click(),
  };
  document.addEventListener("keydown", (event) => {
    const form = $("form[data-keys]");
    if (!form || !on || event.isComposing || event.repeat) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit($("[data-send]", form) ?? undefined);
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    // Where digits are typed with shift (French keyboards), the same key without it says how sure.
    const place = /^Digit([1-9])$/.exec(event.code)?.[1];
    const key = /^[1-9]$/.test(event.key) ? event.key : place && `⇧${place}`;
    const choice = key && $(`[data-key="${key}"]:not(:disabled)`, form);
    const act = actions[event.key.toLowerCase()];
    if (choice) { choice.click(); choice.focus({ preventScroll: true }); } else if (act) act(form); else return;
    event.preventDefault();
  });
})();
