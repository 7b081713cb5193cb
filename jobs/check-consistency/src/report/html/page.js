"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const matrix = byId("matrix");
  if (!matrix) return;
  const rows = [...matrix.tBodies].map((body) => ({
    body,
    family: body.dataset.family,
    text: (body.dataset.family + " " + body.textContent).toLowerCase(),
  }));
  const chips = [...document.querySelectorAll(".chip input")];
  const search = byId("search");
  const family = byId("family");
  const expand = byId("expand");

  // Words may stand in any order; check boxes hide by CSS, and are only counted here.
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = new Set(chips.filter((chip) => chip.checked).map((chip) => "is-" + chip.id.slice(5)));
    let shown = 0;
    for (const row of rows) {
      const matches =
        (!family.value || row.family === family.value) &&
        words.every((word) => row.text.includes(word));
      row.body.hidden = !matches;
      if (matches && [...row.body.classList].some((name) => kinds.has(name))) shown += 1;
    }
    byId("shown").value = shown + " of " + rows.length;
    byId("nothing").hidden = shown > 0;
  };

  const setAll = (open) => {
    for (const details of matrix.querySelectorAll("details")) details.open = open;
    expand.setAttribute("aria-pressed", String(open));
    expand.textContent = open ? "Collapse all" : "Expand all";
  };

  search.addEventListener("input", show);
  family.addEventListener("change", show);
  for (const chip of chips) chip.addEventListener("change", show);
  expand.addEventListener("click", () => setAll(expand.getAttribute("aria-pressed") !== "true"));
  // A click on a row opens what is below it, unless a text is being marked.
  matrix.addEventListener("click", (event) => {
    const row = event.target.closest("tbody > tr:first-child");
    const details = row && row.parentElement.querySelector("details");
    if (details && String(getSelection()) === "") details.open = !details.open;
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      search.focus();
    }
  });
  byId("tools").hidden = false;
  show();
})();
