// Two kinds of answers made comfortable: an order moved by buttons, and a sum that is told while points are given.
// Both are plain number fields without this file.
(() => {
  "use strict";
  const { $, $$, ready } = window.talkoo;
  const rows = (list) => $$("[data-rank-row]", list);
  const place = (row) => Number($("input", row).value);
  const ordered = (list) => {
    const places = rows(list).map(place);
    return places.every((number) => Number.isInteger(number) && number > 0 && number <= places.length) && new Set(places).size === places.length;
  };
  const sort = (list) => { if (ordered(list)) rows(list).sort((one, other) => place(one) - place(other)).forEach((row) => list.append(row)); };
  const mark = (list) => rows(list).forEach((row, at, all) => {
    $("[data-rank-up]", row).disabled = at === 0;
    $("[data-rank-down]", row).disabled = at === all.length - 1;
  });

  ready((root) => $$("[data-rank]", root).forEach((list) => {
    $$("[data-rank-up], [data-rank-down]", list).forEach((button) => { button.hidden = false; });
    sort(list);
    mark(list);
  }));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-rank-up], [data-rank-down]");
    if (!button) return;
    const row = button.closest("[data-rank-row]");
    const list = row.closest("[data-rank]");
    if (button.matches("[data-rank-up]")) row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    rows(list).forEach((each, at) => { $("input", each).value = String(at + 1); });
    mark(list);
    (button.disabled ? $("[data-rank-up]:not(:disabled), [data-rank-down]:not(:disabled)", row) : button).focus();
    const said = list.parentElement.querySelector("[data-rank-said]");
    if (said) said.textContent = said.dataset.rankSaid.replace("#name", $("label", row).textContent).replace("#place", $("input", row).value);
    $("input", row).dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    const list = event.target.closest?.("[data-rank]");
    if (!list) return;
    sort(list);
    mark(list);
    event.target.focus();
  });

  const tell = (box) => {
    const given = $$("input", box).reduce((sum, input) => sum + (Number(input.value) || 0), 0);
    const left = Number(box.dataset.points) - given;
    $("[data-points-given]", box).textContent = String(given);
    $("[data-points-left]", box).textContent = String(left);
    box.toggleAttribute("data-over", left < 0);
  };
  document.addEventListener("input", (event) => { const box = event.target.closest?.("[data-points]"); if (box) tell(box); });
  ready((root) => $$("[data-points]", root).forEach(tell));
})();
