// Signing in: passkeys and security keys (form[data-passkey]), and forms that were kept while somebody proved more.
(() => {
  "use strict";
  const { $, $$, ready } = window.talkoo;

  // The server writes bytes as base64url, browsers want buffers.
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list = []) => list.map((each) => ({ ...each, id: bytes(each.id) }));
  const asked = {
    create: ({ publicKey: key }) => navigator.credentials.create({
      publicKey: { ...key, challenge: bytes(key.challenge), user: { ...key.user, id: bytes(key.user.id) }, excludeCredentials: named(key.excludeCredentials) },
    }),
    get: ({ publicKey: key }) => navigator.credentials.get({
      publicKey: { ...key, challenge: bytes(key.challenge), allowCredentials: named(key.allowCredentials) },
    }),
  };
  const written = (found) => {
    const said = { clientDataJSON: text(found.response.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach((name) => {
      if (found.response[name]) said[name] = text(found.response[name]);
    });
    if (found.response.getTransports) said.transports = found.response.getTransports();
    return JSON.stringify({
      id: found.id, rawId: text(found.rawId), type: found.type, response: said,
      authenticatorAttachment: found.authenticatorAttachment, clientExtensionResults: found.getClientExtensionResults(),
    });
  };
  const optionsOf = async (form) => {
    if (!form.dataset.optionsUrl) return JSON.parse($("script[type='application/json']", form).textContent);
    const answer = await fetch(form.dataset.optionsUrl, { credentials: "same-origin", headers: { "X-Requested-With": "XMLHttpRequest" } });
    return (await answer.json()).request_options;
  };
  const use = async (form) => {
    const failed = $("[data-passkey-failed]", form);
    failed.hidden = true;
    try {
      form.elements.credential.value = written(await asked[form.dataset.passkey](await optionsOf(form)));
    } catch {
      failed.hidden = false;
      return;
    }
    form.requestSubmit();
  };
  ready((root) => $$("form[data-passkey]", root).forEach((form) => {
    if (!window.PublicKeyCredential) return;
    $("[data-passkey-button]", form).hidden = false;
    $("[data-passkey-unable]", form).hidden = true;
    $("[data-passkey-go]", form).addEventListener("click", () => use(form));
    form.addEventListener("submit", (event) => { if (!form.elements.credential.value) { event.preventDefault(); use(form); } }, true);
  }));

  // A kept form comes back into the form it was typed in; sending it is left to its person.
  ready((root) => $$("[data-kept-form]", root).forEach((kept) => {
    const fields = JSON.parse($("script", kept).textContent);
    const path = new URL(kept.dataset.keptForm, location.href).pathname;
    const goes = (form) => new URL(form.getAttribute("hx-post") ?? form.getAttribute("action") ?? "", location.href).pathname === path;
    const form = $$("main form").find((each) => !kept.contains(each) && goes(each) && Object.keys(fields).some((name) => each.elements[name]));
    if (!form) return;
    window.talkoo.fill(form, Object.entries(fields).flatMap(([name, values]) => values.map((value) => [name, value])));
    $("[data-kept-filled]", kept).hidden = false;
    $("[data-kept-again]", kept).remove();
  }));
})();
