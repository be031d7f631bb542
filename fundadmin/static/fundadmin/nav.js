// On a telephone the pages of a fund stand in one line that is pushed sideways: show where one is in it.
for (const here of document.querySelectorAll(".fund-nav [aria-current]")) {
  const line = here.closest("nav"), { left, width } = here.getBoundingClientRect(), from = line.getBoundingClientRect().left;
  line.scrollLeft += left - from - (line.clientWidth - width) / 2;
}
