// The batch builder: lines for answers come and go, and the slider tells what a level costs.
(() => {
  "use strict";
  const { $, $$, words, toast, ready } = window.talkoo;

  // [data-rows] holds [data-row]s. Without scripts there are spare empty rows; with them, buttons add and remove.
  // Numbers in name, id and for ("choices-3-label") are rewritten, and a TOTAL_FORMS beside them is kept right.
  const number = (row, order) => {
    $$("[name], [id], [for]", row).forEach((part) => ["name", "id", "for"].forEach((attribute) => {
      const old = part.getAttribute(attribute);
      if (old) part.setAttribute(attribute, old.replace(/([-_])\d+(?=[-_]|$)/, `$1${order}`));
    }));
    $$("[data-row-number]", row).forEach((shown) => { shown.textContent = String(order + 1); });
    $$("[data-row-label]", row).forEach((part) => part.setAttribute("aria-label", part.dataset.rowLabel.replace("#", String(order + 1))));
  };
  const renumber = (box) => {
    const rows = $$("[data-row]", box);
    rows.forEach(number);
    const total = $("[name$=TOTAL_FORMS]", box);
    if (total) total.value = String(rows.length);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  ready((root) => $$("[data-add-row], [data-remove-row]", root).forEach((button) => { button.hidden = false; }));
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    const remove = event.target.closest("[data-remove-row]");
    if (add) {
      const box = document.getElementById(add.dataset.addRow) ?? add.closest("[data-rows]") ?? $("[data-rows]");
      const row = $$("[data-row]", box).at(-1).cloneNode(true);
      $$("input, textarea", row).forEach((input) => { input.value = ""; input.removeAttribute("aria-invalid"); });
      $$(".field-error", row).forEach((error) => error.remove());
      $$("[data-row]", box).at(-1).after(row);
      renumber(box);
      $("input, textarea", row).focus();
      toast(words.added);
    }
    if (remove) {
      const box = remove.closest("[data-rows]");
      const rows = $$("[data-row]", box);
      const row = remove.closest("[data-row]");
      const neighbour = rows[rows.indexOf(row) - 1] ?? rows[1];
      if (rows.length > 1) row.remove();
      else $$("input, textarea", row).forEach((input) => { input.value = ""; });
      renumber(box);
      $("input, textarea", neighbour ?? row)?.focus();
      toast(words.removed);
    }
  });

  // input[type=range][data-levels=<id of a table>]: its n-th row says what the n-th level means. A column's
  // th[data-level] names it; everything with data-shows=<that name> says its cell. A row's data-x and data-y (per cent
  // and pixels) move the dot of the chart named by data-chart.
  const tell = (slider) => {
    const table = document.getElementById(slider.dataset.levels);
    const row = table?.tBodies[0].rows[Number(slider.value) - Number(slider.min || 0)];
    if (!row) return;
    [...table.tHead.rows[0].cells].forEach((head, i) => {
      $$(`[data-shows="${head.dataset.level}"]`).forEach((place) => { place.textContent = row.cells[i].textContent; });
      if (i === 0) slider.setAttribute("aria-valuetext", row.cells[0].textContent);
    });
    const dot = slider.dataset.chart && $("circle.dot", document.getElementById(slider.dataset.chart));
    if (dot && row.dataset.x) { dot.setAttribute("cx", `${row.dataset.x}%`); dot.setAttribute("cy", row.dataset.y); }
  };
  document.addEventListener("input", (event) => { if (event.target.matches?.("[data-levels]")) tell(event.target); });
  ready((root) => $$("[data-levels]", root).forEach(tell));
})();
