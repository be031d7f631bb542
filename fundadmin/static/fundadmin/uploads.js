// Files dropped on a place are chosen there, and how much of them was sent is shown. Without this file, forms just work.
document.documentElement.classList.add("runs-scripts");
document.addEventListener("dragover", (event) => {
  const place = event.target.closest("[data-drop]");
  if (!place) return;
  event.preventDefault();
  place.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  event.target.closest("[data-drop]")?.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  const place = event.target.closest("[data-drop]");
  if (!place) return;
  event.preventDefault();
  place.classList.remove("over");
  const input = place.querySelector("input[type=file]");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = event.target.closest("[data-drop]")?.querySelector("progress");
  if (!bar || !event.detail.lengthComputable) return;
  bar.classList.remove("unseen");
  bar.value = (100 * event.detail.loaded) / event.detail.total;
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-progress]");
  if (!form) return;
  form.querySelector("[data-sending]").hidden = false;
});
