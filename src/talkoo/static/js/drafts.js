// Drafts of form[data-draft-url]: sent to the server a moment after the last change; kept on this device only while
// the server cannot be reached (never with data-draft-local="no"), and gone from here once the server has them.
// The server answers with plain words ("Draft saved 09:12") or JSON {"words": …}; [data-saved] shows them.
(() => {
  "use strict";
  const { $, $$, words, toast, post, ready } = window.talkoo;
  const PAUSE = 700;
  const AGAIN = 5000;
  const key = (form) => `draft:${form.dataset.draftUrl}`;
  const skipped = new Set(["csrfmiddlewaretoken"]);
  const fields = (form) => [...new FormData(form)].filter(([name, value]) => !skipped.has(name) && typeof value === "string");

  const say = (form, text) => {
    const place = $("[data-saved] span", form) ?? $("[data-saved] span");
    if (place) place.textContent = text;
  };
  const unsaved = new Set(); // forms whose text may lie nowhere but in this page, and is not at the server yet
  const keep = (form, status) => {
    if (form.dataset.draftLocal === "no") {
      unsaved.add(form);
      say(form, status === "401" ? words.signedOut : words.notSaved);
      setTimeout(() => { if (unsaved.has(form) && form.isConnected) save(form); }, AGAIN);
      return;
    }
    localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), fields: fields(form) }));
    say(form, words.kept);
  };
  const wordsOf = async (answer) => {
    const text = (await answer.text()).trim();
    const spoken = answer.headers.get("Content-Type")?.includes("json") ? JSON.parse(text).words : text;
    return spoken && !spoken.startsWith("<") ? spoken : words.draftSaved;
  };

  const waiting = new Map(); // forms with a timer running
  const going = new Map(); // forms whose draft is on its way
  const save = (form, options = {}) => {
    const sent = send(form, options).finally(() => { if (going.get(form) === sent) going.delete(form); });
    going.set(form, sent);
    return sent;
  };
  const send = async (form, options) => {
    clearTimeout(waiting.get(form));
    waiting.delete(form);
    try {
      const body = new FormData(form);
      [...body].forEach(([name, value]) => { if (typeof value !== "string") body.delete(name); });   // files wait for the form itself
      const answer = await post(form.dataset.draftUrl, body, options);
      if (!answer.ok) throw new Error(String(answer.status));
      localStorage.removeItem(key(form));
      unsaved.delete(form);
      const edition = answer.headers.get("Talkoo-Edition"); // what is stored now is ours: seen, and no surprise later
      if (edition && form.elements.edition) form.elements.edition.value = edition;
      say(form, await wordsOf(answer));
    } catch (error) { keep(form, error.message); }
  };
  const later = (form) => {
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(() => save(form), PAUSE));
    say(form, words.saving);
  };
  const changed = (event) => {
    const form = event.target.closest?.("form[data-draft-url]");
    if (form && event.target.name) later(form);
  };
  document.addEventListener("input", changed);
  document.addEventListener("submit", (event) => { clearTimeout(waiting.get(event.target)); waiting.delete(event.target); }, true);

  // Another form of the page leads away from here: it goes once the server has what is typed.
  document.addEventListener("submit", (event) => {
    const other = event.target;
    const unsaved = $$("form[data-draft-url]").filter((form) => form !== other && (waiting.has(form) || going.has(form)));
    if (!unsaved.length || other.method !== "post") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    other.removeAttribute("aria-busy");
    Promise.all(unsaved.map((form) => (waiting.has(form) ? save(form) : going.get(form)))).then(() => other.requestSubmit(event.submitter));
  }, true);
  const sent = (act) => (event) => {
    const form = event.detail.requestConfig?.elt;
    if (form?.matches?.("form[data-draft-url]")) act(form, event.detail.successful);
  };
  document.body.addEventListener("htmx:afterRequest", sent((form, successful) => { if (successful) { localStorage.removeItem(key(form)); unsaved.delete(form); } }));
  document.body.addEventListener("htmx:sendError", sent((form) => keep(form)));
  window.addEventListener("beforeunload", (event) => { if ([...unsaved].some((form) => form.isConnected)) event.preventDefault(); });
  document.addEventListener("submit", (event) => unsaved.delete(event.target)); // it is on its way, or kept by who asks for it
  const flush = () => $$("form[data-draft-url]").forEach((form) => { if (waiting.has(form)) save(form, { keepalive: true }); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });
  window.addEventListener("pagehide", flush);
  window.addEventListener("online", () => $$("form[data-draft-url]").forEach((form) => { if (localStorage.getItem(key(form)) || unsaved.has(form)) save(form); }));

  // A draft that never reached the server comes back into its form.
  const fill = (form, kept) => {
    const left = new Map();
    kept.forEach(([name, value]) => left.set(name, [...(left.get(name) ?? []), value]));
    [...form.elements].filter((input) => input.name && !skipped.has(input.name) && !["hidden", "submit", "button", "file"].includes(input.type)).forEach((input) => {
      const values = left.get(input.name) ?? [];
      if (["checkbox", "radio"].includes(input.type)) input.checked = values.includes(input.value);
      else if (values.length) input.value = values.shift();
    });
    $$("details", form).forEach((more) => { more.open ||= $$("textarea, select, input", more).some((input) => input.value && input.type !== "hidden" && !["checkbox", "radio"].includes(input.type)); });
  };
  window.talkoo.fill = fill;
  ready((root) => {
    const forms = root.matches?.("form[data-draft-url]") ? [root] : $$("form[data-draft-url]", root);
    forms.forEach((form) => {
      const kept = JSON.parse(localStorage.getItem(key(form)) ?? "null");
      if (!kept || JSON.stringify(kept.fields) === JSON.stringify(fields(form))) { localStorage.removeItem(key(form)); return; }
      fill(form, kept.fields);
      toast(words.restored);
      later(form);
    });
  });

  // Old copies go after a week, all of them when somebody signs out.
  const forget = (test) => Object.keys(localStorage).filter((name) => name.startsWith("draft:") && test(name)).forEach((name) => localStorage.removeItem(name));
  forget((name) => Date.now() - (JSON.parse(localStorage.getItem(name))?.at ?? 0) > 7 * 86_400_000);
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-sign-out]")) forget(() => true); });
})();
