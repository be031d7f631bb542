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
