// Sending forms: once only, never lost, and the focus goes to what changed.
(() => {
  "use strict";
  const { $, $$, words, toast } = window.talkoo;
  const PAUSES = [2, 5, 10, 20, 30]; // seconds between tries while the connection is away
  const busy = (form, on) => (on ? form.setAttribute("aria-busy", "true") : form.removeAttribute("aria-busy"));

  // A second click while the first is on its way does nothing. Buttons stay enabled, so their value is sent.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); event.stopImmediatePropagation(); return; }
    const plain = !form.closest("[hx-post], [data-hx-post]") && !event.submitter?.closest("[hx-post]");
    if (plain && !navigator.onLine) { event.preventDefault(); sendLater(form, event.submitter); return; }
    if (plain) busy(form, true);
  }, true);
  window.addEventListener("pageshow", () => $$("form[aria-busy]").forEach((form) => busy(form, false)));

  const sendLater = (form, submitter) => {
    toast(words.notSent, { tone: "warm", stay: true, name: "sending" });
    window.addEventListener("online", () => form.isConnected && form.requestSubmit(submitter), { once: true });
  };

  // After a swap the form may be gone from the page and the event come from its place; the request remembers it.
  const formOf = (event) => (event.detail.requestConfig?.elt ?? event.detail.elt).closest?.("form");
  document.body.addEventListener("htmx:beforeRequest", (event) => { const form = formOf(event); if (form && isSending(event)) busy(form, true); });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event);
    if (form && isSending(event)) busy(form, false);
    if (form && event.detail.successful) { delete form.dataset.tries; toast("", { name: "sending" }); }
  });

  // The connection failed: the form is sent again by itself. The server knows a form it has seen by its key.
  document.body.addEventListener("htmx:sendError", (event) => {
    const form = formOf(event);
    if (!form || !isSending(event)) return;
    const tries = Number(form.dataset.tries || 0);
    form.dataset.tries = String(tries + 1);
    toast(words.notSent, { tone: "warm", stay: true, name: "sending" });
    const submitter = event.detail.requestConfig?.triggeringEvent?.submitter;
    setTimeout(() => { if (form.isConnected) form.requestSubmit(submitter); }, 1000 * PAUSES[Math.min(tries, PAUSES.length - 1)]);
  });
  window.addEventListener("offline", () => toast(words.offline, { tone: "warm", stay: true, name: "offline" }));
  window.addEventListener("online", () => { toast("", { name: "offline" }); toast(words.online); });

  // The server said no: its words are shown above what was sent, which stays as it is.
  document.body.addEventListener("htmx:responseError", (event) => {
    if (!isSending(event)) return;
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const refusal = $("[data-refusal]", answer);
    const parts = refusal ? $$("h1, .lead, .message p", refusal).map((part) => part.textContent.trim()) : [words.failed];
    $("#refused-here")?.remove();
    const box = document.createElement("div");
    box.id = "refused-here";
    box.className = "errors";
    box.tabIndex = -1;
    box.setAttribute("role", "alert");
    const said = document.createElement("div");
    said.append(...parts.map((text, i) => Object.assign(document.createElement(i ? "p" : "h2"), { textContent: text })));
    box.append(said);
    (formOf(event) ?? $("#main")).prepend(box);
    box.focus();
  });

  // What a person sent deserves the focus where its answer is; what loads by itself must not take it.
  const isSending = (event) => {
    const by = event.detail.requestConfig?.elt ?? event.detail.elt;
    return by.matches?.("form, a, button") && !by.matches("[hx-trigger], [data-quiet]");
  };
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (!isSending(event)) return;
    const place = event.detail.elt.isConnected ? event.detail.elt : document;
    const goal = $("#errors", place) ?? $("[data-focus]", place) ?? $("h1", place) ?? $("h2", place);
    if (!goal) return;
    if (!goal.hasAttribute("tabindex")) goal.tabIndex = -1;
    goal.focus({ preventScroll: true });
    const { top } = goal.getBoundingClientRect();
    if (top < 0 || top > window.innerHeight - 80 || goal.id === "errors") goal.scrollIntoView({ block: "start" });
    else if (goal.matches("h1")) window.scrollTo({ top: 0 });
  });
  document.addEventListener("DOMContentLoaded", () => document.getElementById("errors")?.focus());
})();
