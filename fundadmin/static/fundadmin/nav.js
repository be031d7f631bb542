// On a telephone the pages of a fund stand in one line that is pushed sideways: show where one is in it.
const line = document.querySelector(".fund-nav"), here = line?.querySelector("[aria-current]");
const show = () => {
  const { left, width } = here.getBoundingClientRect();
  line.scrollLeft += left - line.getBoundingClientRect().left - (line.clientWidth - width) / 2;
};
if (here) {
  show();
  addEventListener("resize", show);
}

// A table that fits can't be pushed anywhere: then the keys need not stop at it.
const fits = new ResizeObserver((changed) => changed.forEach(({ target }) => {
  const box = target.closest(".scroll");
  if (!box) return; // htmx took the table out of it
  if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}));
const look = () => document.querySelectorAll(".scroll, .scroll > table").forEach((one) => fits.observe(one));
look();
addEventListener("htmx:afterSettle", look);

// The menu of the person covers what stands below it: it closes when the keys leave it, and on Escape.
const menu = document.querySelector(".who");
menu?.addEventListener("focusout", ({ relatedTarget }) => {
  if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
});
menu?.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
