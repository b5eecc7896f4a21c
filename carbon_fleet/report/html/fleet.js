"use strict";
const filters = [...document.querySelectorAll("[data-filter]")];
const macs = [...document.querySelectorAll("[data-mac]")];
const shown = document.getElementById("shown");
function filter() {
  const wanted = filters.map((select) => [select.dataset.filter, select.value]).filter(([, value]) => value);
  const rows = new Set();
  for (const mac of macs) {
    const fits = wanted.every(([key, value]) => (mac.dataset[key] || "").split("\t").includes(value));
    mac.hidden = !fits;
    if (fits) rows.add(mac.dataset.mac);
  }
  shown.textContent = wanted.length ? `${rows.size} shown` : "";
}
for (const select of filters) {
  select.disabled = false;
  select.addEventListener("change", filter);
}
