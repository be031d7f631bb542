// Says again, as amounts are typed and files are ticked, what they come to and what is left.
// Without it the same is said after “Reckon again”, and by the page that confirms.
"use strict";

function centsTyped(text) {
  const clean = text.replace(/[\s€\u00a0\u202f]/g, "").replace(",", ".");
  const parts = /^(\d+)(?:\.(\d{1,2}))?$/.exec(clean);
  return parts ? Number(parts[1]) * 100 + Number((parts[2] || "").padEnd(2, "0")) : 0;
}

function euros(cents) {
  const lang = document.documentElement.lang || "fr";
  return new Intl.NumberFormat(lang, { style: "currency", currency: "EUR" }).format(cents / 100);
}

for (const form of document.querySelectorAll("[data-reckon]")) {
  const ticks = form.querySelectorAll("input[data-cents]");
  const amounts = form.querySelectorAll("input.amount");
  const left = Number(form.dataset.left);
  const say = (name, text) => {
    for (const place of form.querySelectorAll(`[data-${name}]`)) place.textContent = text;
  };
  const reckon = () => {
    const chosen = [...ticks].filter((tick) => tick.checked);
    const total = ticks.length
      ? chosen.reduce((sum, tick) => sum + Number(tick.dataset.cents), 0)
      : [...amounts].reduce((sum, field) => sum + centsTyped(field.value), 0);
    say("total", euros(total));
    say("after", euros(left - total));
    if (form.dataset.none) {
      const text = form.dataset[["none", "one"][chosen.length] || "many"];
      say("sentence", text.replace("{n}", chosen.length).replace("{left}", euros(left - total)).replace("{total}", euros(total)));
    }
  };
  form.addEventListener("input", reckon);
}

for (const all of document.querySelectorAll("[data-ticks]")) {
  all.closest("[hidden]")?.removeAttribute("hidden");
  all.addEventListener("change", () => {
    for (const tick of all.form.querySelectorAll(`input[name="${all.dataset.ticks}"]`)) tick.checked = all.checked;
    all.form.dispatchEvent(new Event("input"));
  });
}
