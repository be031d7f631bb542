// Says so when a draft could not be saved while typing, and that nothing on the page is lost.
document.documentElement.classList.add("runs-scripts");
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("saved");
  const form = document.getElementById("draft");
  const failed = () => { place.textContent = place.dataset.failed; };
  const expired = () => {
    const link = document.createElement("a");
    Object.assign(link, { href: place.dataset.logIn, target: "_blank", rel: "noopener" });
    link.textContent = place.dataset.logInLabel;
    place.replaceChildren(`${place.dataset.expired} `, link);
  };
  document.body.addEventListener("htmx:sendError", failed);
  document.body.addEventListener("htmx:timeout", failed);

  // Another page than the one asked for is the log-in: the session has ended.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const answered = new URL(event.detail.xhr.responseURL || location.href).pathname;
    if (answered === event.detail.pathInfo.requestPath) return;
    event.detail.shouldSwap = false;
    expired();
  });

  // After a log-in in another tab this page's token is an old one: take the new one and save again.
  let tried = false;
  document.body.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) tried = false; });
  document.body.addEventListener("htmx:responseError", async (event) => {
    if (event.detail.xhr.status !== 403 || tried) { tried = false; return failed(); }
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#draft input[name=csrfmiddlewaretoken]");
    if (!fresh) return expired();
    tried = true;
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = fresh.value;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh.value }));
    htmx.trigger(form, "change");
  });
});
