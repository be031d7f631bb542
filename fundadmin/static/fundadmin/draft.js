// Says so when a draft could not be saved while typing, and that nothing on the page is lost.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("saved");
  const say = () => { place.textContent = place.dataset.failed; };
  document.body.addEventListener("htmx:sendError", say);
  document.body.addEventListener("htmx:timeout", say);
  document.body.addEventListener("htmx:responseError", say);
});
